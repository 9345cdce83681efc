"""Rasa's tracker store on the project's database."""

from __future__ import annotations

import asyncio
import inspect
import warnings
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from rasa.core.tracker_store import FailSafeTrackerStore, TrackerStore, check_if_tracker_store_async
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    Event,
    Restarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses
from rasa.utils.endpoints import EndpointConfig
from sqlalchemy import func, select

from bot.store import alerts, conversations, handoff, inbox, privacy, tracker_store
from bot.store.columns import now
from bot.store.database import session_scope
from bot.store.models import EventRow, InboxMessage
from bot.store.tracker_store import RepereTrackerStore, event_of

from .rasa_turns import DOMAIN, RED, start, texts, turn

LIMIT = 40
Fresh = Callable[[], RepereTrackerStore]


@pytest.fixture
async def fresh(url: str) -> AsyncIterator[Fresh]:
    """Makes stores as different server processes would, with nothing in memory."""
    made: list[RepereTrackerStore] = []

    def make() -> RepereTrackerStore:
        made.append(RepereTrackerStore(DOMAIN, url=url, tracker_events=LIMIT))
        return made[-1]

    yield make
    for store in made:
        store.close()


async def begin(store: RepereTrackerStore, name: str = "c") -> DialogueStateTracker:
    tracker = await store.get_or_create_tracker(name, append_action_listen=False)
    if not tracker.events:
        start(tracker)
    return tracker


async def talk(store: RepereTrackerStore, turns: int, first: int = 1, **options: Any) -> DialogueStateTracker:
    for number in range(first, first + turns):
        tracker = await begin(store)
        turn(tracker, number, **options)
        await store.save(tracker)
    return tracker


def stored(url: str) -> list[tuple[str, str | None]]:
    with session_scope(url, write=False) as session:
        rows = session.execute(select(EventRow.type_name, EventRow.action_name).order_by(EventRow.id))
        return [(kind, action) for kind, action in rows]


async def test_what_was_saved_comes_back_the_same(fresh: Fresh) -> None:
    saved = await talk(fresh(), 3, slots={"topic": "causes", "options": ["a", {"b": 1}]})
    found = await fresh().retrieve("c")
    assert found is not None
    assert [event.as_dict() for event in found.events] == [event.as_dict() for event in saved.events]
    assert found.current_state() == saved.current_state()


async def test_unknown_conversations(fresh: Fresh) -> None:
    store = fresh()
    assert await store.retrieve("c") is None
    assert await store.retrieve_full_tracker("c") is None
    assert not await store.exists("c")
    await store.get_or_create_tracker("c", append_action_listen=False)
    assert list(await store.keys()) == [], "an empty tracker is no conversation"


async def test_only_new_events_are_written(fresh: Fresh, url: str) -> None:
    await talk(fresh(), 2)
    await talk(fresh(), 1, first=3)
    kinds = [kind for kind, _ in stored(url)]
    assert kinds.count("user") == 3
    assert kinds.count("session_started") == 1
    tracker = await fresh().retrieve("c")
    assert tracker is not None
    store = fresh()
    await store.save(tracker)
    await store.save(tracker)
    assert len(stored(url)) == len(kinds)


async def test_a_tracker_saved_twice_is_written_once(fresh: Fresh, url: str) -> None:
    store = fresh()
    tracker = await begin(store)
    await store.save(tracker)
    turn(tracker, 1)
    await store.save(tracker)
    await store.save(tracker)
    assert [kind for kind, _ in stored(url)].count("user") == 1
    assert len(stored(url)) == len(tracker.events)


async def test_two_servers_take_turns(fresh: Fresh, url: str) -> None:
    one, two = fresh(), fresh()
    for number in range(1, 7):
        store = one if number % 2 else two
        await talk(store, 1, first=number)
    found = await one.retrieve("c")
    assert found is not None
    assert texts(found) == [f"message {n} é" for n in range(1, 7)]
    assert [kind for kind, _ in stored(url)].count("user") == 6


async def test_a_long_conversation_is_cut_at_a_turn(fresh: Fresh) -> None:
    await talk(fresh(), 30)
    tracker = await fresh().retrieve("c")
    assert tracker is not None
    assert len(tracker.events) <= LIMIT
    first = list(tracker.events)[:2]
    assert isinstance(first[0], ActionExecuted)
    assert first[0].action_name == "action_listen"
    assert isinstance(first[1], UserUttered)
    assert texts(tracker)[-1] == "message 30 é"


@pytest.mark.parametrize("same_process", [True, False])
async def test_slots_from_before_the_window_survive(fresh: Fresh, same_process: bool) -> None:
    store = fresh()
    await talk(store, 1, slots={"language": "fr", "country": "be", "misses": 2.0, "topic": "causes"})
    await talk(store, 30, first=2)
    await talk(store, 1, first=32, slots={"topic": "what_is", "country": None})
    tracker = await (store if same_process else fresh()).retrieve("c")
    assert tracker is not None
    expected = {"language": "fr", "country": None, "misses": 2.0, "topic": "what_is"}
    for seen in (
        tracker,
        tracker.copy(),
        DialogueStateTracker.from_events("c", list(tracker.events), DOMAIN.slots),
    ):
        assert {name: seen.get_slot(name) for name in expected} == expected
    # Rasa carries over slots into a new session from the applied events.
    carried = {event.key for event in tracker.applied_events() if isinstance(event, SlotSet)}
    assert {"language", "misses"} <= carried


async def test_restored_state_is_never_saved(fresh: Fresh, url: str) -> None:
    await talk(fresh(), 1, slots={"language": "fr"})
    for number in range(2, 40):
        await talk(fresh(), 1, first=number)
    assert [kind for kind, _ in stored(url)].count("slot") == 1


async def test_an_open_form_and_a_pause_survive_the_window(fresh: Fresh) -> None:
    store = fresh()
    tracker = await begin(store)
    tracker.update(ActiveLoop("comment_form"))
    tracker.update(ConversationPaused())
    await store.save(tracker)
    await talk(store, 20)
    for reader in (store, fresh()):
        found = await reader.retrieve("c")
        assert found is not None
        for seen in (found, found.copy()):
            assert seen.active_loop_name == "comment_form"
            assert seen.is_paused()


@pytest.mark.parametrize("forget", [AllSlotsReset, Restarted])
async def test_slots_that_were_reset_stay_so(fresh: Fresh, forget: type[Event]) -> None:
    store = fresh()
    tracker = await talk(store, 1, slots={"topic": "causes", "misses": 4.0})
    tracker.update(forget())
    await store.save(tracker)
    found = await fresh().retrieve("c")
    assert found is not None
    assert (found.get_slot("topic"), found.get_slot("misses")) == (None, 0)


async def test_a_new_session_starts_the_window(fresh: Fresh) -> None:
    store = fresh()
    tracker = await talk(store, 3)
    start(tracker)
    turn(tracker, 4)
    await store.save(tracker)
    found = await fresh().retrieve("c")
    full = await fresh().retrieve_full_tracker("c")
    assert found is not None
    assert full is not None
    assert texts(found) == ["message 4 é"]
    assert texts(full) == [f"message {n} é" for n in range(1, 5)]


async def test_a_person_typing_many_lines_does_not_push_the_message_out(fresh: Fresh) -> None:
    store = fresh()
    await talk(store, 1)
    for line in range(LIMIT + 10):
        for use in (store, fresh()) if line == LIMIT + 9 else (store,):
            tracker = await begin(use)
            assert tracker.latest_message is not None
            assert tracker.latest_message.text == "message 1 é"
            assert tracker.get_latest_input_channel() == "widget"
        tracker.update(BotUttered(f"line {line}", {"custom": None}, {"sender": "staff"}))
        await store.save(await begin(store) if tracker.sender_id != "c" else tracker)


async def test_handoff_state_is_put_into_its_slot(fresh: Fresh, url: str) -> None:
    await talk(fresh(), 2)
    with session_scope(url) as session:
        handoff.request(session, "c", "asked")
    for number, expected in ((3, "waiting"), (4, "human"), (5, "bot")):
        tracker = await fresh().retrieve("c")
        assert tracker is not None
        assert tracker.get_slot("handoff") == expected
        assert tracker.copy().get_slot("handoff") == expected
        turn(tracker, number)
        await fresh().save(tracker)
        with session_scope(url) as session:
            if expected == "waiting":
                assert handoff.claim(session, "c", 1)
            elif expected == "human":
                handoff.release(session, "c", 1)
    assert [kind for kind, _ in stored(url)].count("slot") == 3, "each change is saved, once"


async def test_handoff_state_reaches_a_server_that_has_the_tracker_in_memory(fresh: Fresh, url: str) -> None:
    store = fresh()
    await talk(store, 1)
    with session_scope(url) as session:
        handoff.request(session, "c", "asked")
        handoff.claim(session, "c", 1)
    tracker = await store.retrieve("c")
    assert tracker is not None
    assert tracker.get_slot("handoff") == "human"


async def test_handoff_state_before_the_first_turn_lets_the_session_start(fresh: Fresh, url: str) -> None:
    with session_scope(url) as session:
        handoff.request(session, "c", "red_flag", "C1")
    store = fresh()
    tracker = await store.get_or_create_tracker("c", append_action_listen=False)
    assert tracker.applied_events() == []
    start(tracker)
    turn(tracker, 1)
    assert tracker.get_slot("handoff") == "waiting"
    assert tracker.copy().get_slot("handoff") == "waiting"
    await store.save(tracker)
    with session_scope(url, write=False) as session:
        assert "handoff" not in conversations.get(session, "c").slots


async def test_summary_turns_inbox_and_alert_in_one_save(fresh: Fresh, url: str) -> None:
    with session_scope(url) as session:
        inbox.receive(
            session,
            message_id="c-2",
            conversation_id="c",
            channel="widget",
            text="39",
            metadata=None,
            received_at=now(),
            assessment=None,
            language=None,
            country=None,
        )
    store = fresh()
    await talk(store, 1, slots={"language": "en", "country": "ie"})
    await talk(store, 1, first=2, action="utter_safety_E1", flags=RED)
    await talk(store, 1, first=3, action="utter_no_answer")
    await talk(store, 1, first=4, action="utter_clarify", slots={"options": ["causes", "what_is"]})
    with session_scope(url, write=False) as session:
        row = conversations.get(session, "c")
        counts = (row.turns, row.answered, row.clarified, row.fallbacks, row.escalations)
        made = conversations.turns(session, "c")
        (alert,) = alerts.unresolved(session)
        message = session.get(InboxMessage, "c-2")
    assert counts == (4, 1, 1, 1, 1)
    assert (row.language, row.country, row.channel, row.state) == ("en", "ie", "widget", "waiting")
    assert (row.last_topic, row.lowest_confidence) == ("causes", 0.8)
    assert [t.outcome for t in made] == ["answer", "escalate", "fallback", "clarify"]
    assert [(t.topic, t.tier, t.options) for t in made] == [
        ("causes", None, None),
        (None, "E1", None),
        (None, None, None),
        (None, None, ["causes", "what_is"]),
    ]
    assert (made[0].text, made[0].intent, made[0].confidence, made[0].language) == (
        "message 1 é",
        "causes",
        0.8,
        "en",
    )
    assert made[0].ms is not None
    assert made[0].ms >= 0
    assert (alert.message_id, alert.tier, alert.layer, alert.language, alert.country) == (
        "c-2",
        "E1",
        2,
        "en",
        "ie",
    )
    assert (message.text, message.handled_at is not None) == (None, True)


async def test_a_message_handled_again_makes_no_second_turn_or_alert(fresh: Fresh, url: str) -> None:
    await talk(fresh(), 1, flags=RED, message_id="same")
    await talk(fresh(), 1, first=2, flags=RED, message_id="same")
    with session_scope(url, write=False) as session:
        assert conversations.get(session, "c").turns == 1
        assert len(alerts.unresolved(session)) == 1


async def test_who_taps_in_danger_now_is_an_alert_of_its_own(fresh: Fresh, url: str) -> None:
    store = fresh()
    await talk(store, 1, flags=RED, slots={"tier": "E1"})
    await talk(store, 1, first=2, action="utter_safety_danger_now", intent_name="danger_now")
    with session_scope(url, write=False) as session:
        found = {alert.message_id: (alert.tier, alert.layer) for alert in alerts.unresolved(session)}
    assert found == {"c-1": ("E1", 2), "c-2": ("E0", 1)}


async def test_rasas_own_triggers_are_no_messages(fresh: Fresh, url: str) -> None:
    store = fresh()
    tracker = await talk(store, 1)
    tracker.update(UserUttered.create_external("EXTERNAL_reminder"))
    tracker.update(ActionExecuted("utter_follow_up_silent"))
    await store.save(tracker)
    with session_scope(url, write=False) as session:
        assert conversations.get(session, "c").turns == 1


async def test_lines_of_staff_are_no_answers_of_the_bot(fresh: Fresh, url: str) -> None:
    store = fresh()
    tracker = await begin(store)
    tracker.update(UserUttered("help", {"name": "ask_human"}, [], message_id="m"))
    tracker.update(ActionExecuted("action_listen"))
    tracker.update(BotUttered("I am Ana", {"custom": None}, {"sender": "staff", "utter_action": "utter_causes"}))
    await store.save(tracker)
    with session_scope(url, write=False) as session:
        (only,) = conversations.turns(session, "c")
        lines = conversations.transcript(session, "c")
    assert (only.outcome, only.ms) == ("silent", None)
    assert [line.sender for line in lines] == ["patient", "staff"]


async def test_a_tracker_from_elsewhere_is_merged_by_its_events(fresh: Fresh, url: str) -> None:
    saved = await talk(fresh(), 2)
    foreign = DialogueStateTracker.from_events("c", list(saved.events), DOMAIN.slots)
    turn(foreign, 3)
    await fresh().save(foreign)
    assert [kind for kind, _ in stored(url)].count("user") == 3
    assert len(stored(url)) == len(foreign.events)


async def test_forget_me_in_the_middle_of_a_turn(fresh: Fresh, url: str) -> None:
    store = fresh()
    await talk(store, 3, slots={"language": "fr", "country": "be", "topic": "causes"}, flags=RED)
    tracker = await begin(store)
    tracker.update(UserUttered("oubliez-moi, je suis Zoé", {"name": "erase_data"}, [], message_id="m-erase"))
    with session_scope(url) as session:
        counts = privacy.erase(session, "c")
    await asyncio.sleep(0.001)
    tracker.update(ActionExecuted("action_forget_me"))
    tracker.update(BotUttered("C’est fait.", {}, {"utter_action": "utter_erase_done"}))
    tracker.update(ActionExecuted("action_listen"))
    await store.save(tracker)
    assert counts.events > 10
    for reader in (store, fresh()):
        found = await reader.retrieve("c")
        assert found is not None
        assert texts(found) == []
        assert (found.get_slot("language"), found.get_slot("topic"), found.get_slot("country")) == (
            "fr",
            None,
            None,
        )
    with session_scope(url, write=False) as session:
        left = session.execute(select(EventRow.data)).scalars().all()
        assert not any("Zoé" in data or "message" in data for data in left)
        assert conversations.turns(session, "c") == []
        assert all(alert.evidence == [] for alert in alerts.unresolved(session))


async def test_works_inside_rasas_wrappers(url: str) -> None:
    config = EndpointConfig(type="bot.store.tracker_store.RepereTrackerStore", url=url)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        store = TrackerStore.create(config, DOMAIN)
    assert isinstance(store, RepereTrackerStore)
    assert check_if_tracker_store_async(store)
    safe = FailSafeTrackerStore(store)
    tracker = await safe.get_or_create_tracker("c", append_action_listen=False)
    start(tracker)
    turn(tracker, 1)
    await safe.save(tracker)
    assert await safe.exists("c")
    assert not await safe.exists("d")
    assert list(await safe.keys()) == ["c"]
    assert texts(await safe.get_or_create_full_tracker("c")) == ["message 1 é"]
    store.close()


async def test_new_events_go_to_the_event_broker_once(fresh: Fresh) -> None:
    class Broker:
        def __init__(self) -> None:
            self.published: list[dict[str, Any]] = []

        def publish(self, event: dict[str, Any]) -> None:
            self.published.append(event)

    store, broker = fresh(), Broker()
    store.event_broker = broker
    await talk(store, 2)
    assert [event["event"] for event in broker.published].count("user") == 2
    assert {event["sender_id"] for event in broker.published} == {"c"}


async def test_fifty_conversations_at_once(fresh: Fresh, url: str) -> None:
    store = fresh()

    async def one(number: int) -> None:
        tracker = await begin(store, f"c{number}")
        turn(tracker, 1, flags=RED, action="utter_safety_E1")
        await store.save(tracker)

    await asyncio.gather(*(one(number) for number in range(50)))
    store.backlog.flush()
    with session_scope(url, write=False) as session:
        assert len(alerts.unresolved(session)) == 50
        assert session.execute(select(func.count()).select_from(EventRow)).scalar() == 50 * 8


def test_every_kind_of_event_is_read_like_rasa_reads_it() -> None:
    tracker = DialogueStateTracker("c", DOMAIN.slots)
    start(tracker)
    turn(tracker, 1, slots={"topic": "causes"})
    for event in tracker.events:
        data = event.as_dict()
        ours, rasas = event_of(data), Event.from_parameters(data)
        assert type(ours) is type(rasas)
        assert ours.as_dict() == rasas.as_dict()
    for kind in all_subclasses(Event):
        if not inspect.isabstract(kind):
            assert type(event_of({"event": "slot", "name": "a", "value": 1})) is SlotSet
            assert Event.resolve_by_type(kind.type_name) is tracker_store._classes[kind.type_name]
    with pytest.raises(KeyError):
        event_of({"event": "no such thing"})


@pytest.mark.parametrize(
    ("flags", "staff", "repeatable"), [(None, False, True), (RED, False, False), (None, True, False)]
)
async def test_only_a_turn_that_waits_in_the_inbox_may_be_lost_with_the_power(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch, flags: dict[str, Any] | None, staff: bool, repeatable: bool
) -> None:
    store = fresh()
    tracker = await begin(store)
    await store.save(tracker)
    asked: list[bool] = []
    real = store.runner.write

    async def write(work: Callable[[Any], Any], *, repeatable: bool = False) -> Any:
        asked.append(repeatable)
        return await real(work, repeatable=repeatable)

    monkeypatch.setattr(store.runner, "write", write)
    if staff:
        tracker.update(BotUttered("Bonjour, ici une personne.", metadata={"sender": "staff"}))
    else:
        turn(tracker, 1, flags=flags)
    await store.save(tracker)
    assert asked == [repeatable]
