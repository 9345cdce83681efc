"""The Rasa policy: a plan is made once a message, and carried out action by action."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue import policies
from bot.dialogue.policies import ConversationPolicy, _WhenAsked, turn_of
from bot.settings import ROOT

LISTEN = ActionExecuted("action_listen")


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.load(str(ROOT / "bot" / "domain"))


@pytest.fixture
def policy(tmp_path: Any) -> ConversationPolicy:
    context = ExecutionContext(GraphSchema({}), "id")
    return ConversationPolicy.create({"priority": 10}, LocalModelStorage(tmp_path), Resource("x"), context)


def message(text: str, intent: str, **parsed: Any) -> UserUttered:
    gate = {"outcome": "answer", "intent": intent, "confidence": 0.9, "options": []}
    data = {
        "outcome_gate": gate,
        "red_flags": None,
        "language": {"detected": "en", "confidence": 0.9, "words": 5},
        **parsed,
    }
    return UserUttered(text, {"name": intent, "confidence": 0.9}, parse_data={"intent": {"name": intent}, **data})


def payload(text: str, intent: str) -> UserUttered:
    return UserUttered(text, {"name": intent, "confidence": 1.0}, parse_data={"intent": {"name": intent}})


def tracker(domain: Domain, *events: Event) -> DialogueStateTracker:
    return DialogueStateTracker.from_events("c1", list(events), domain.slots)


class Predicted:
    """The next action (None: no opinion) and the slots set with it."""

    def __init__(self, policy: ConversationPolicy, domain: Domain, *events: Event) -> None:
        found = policy.predict_action_probabilities(tracker(domain, *events), domain)
        best = max(found.probabilities)
        self.action = domain.action_names_or_texts[found.probabilities.index(best)] if best > 0 else None
        self.slots = {event.key: event.value for event in found.events if isinstance(event, SlotSet)}


WELCOMED = (SlotSet("welcomed", True), SlotSet("language", "en"))


def test_a_plan_is_made_and_kept(policy: ConversationPolicy, domain: Domain) -> None:
    first = Predicted(policy, domain, LISTEN, message("What does it mean?", "what_is"))
    assert first.action == "utter_welcome"
    assert first.slots["plan"] == ["utter_welcome", "utter_what_is"]
    assert (first.slots["language"], first.slots["topic"], first.slots["welcomed"]) == ("en", "what_is", True)


def test_it_is_carried_out_in_order_and_then_the_bot_listens(policy: ConversationPolicy, domain: Domain) -> None:
    events: list[Event] = [LISTEN, message("What does it mean?", "what_is")]
    done = []
    for _ in range(4):
        step = Predicted(policy, domain, *events)
        events += [SlotSet(key, value) for key, value in step.slots.items()]
        assert step.action is not None
        done.append(step.action)
        events.append(ActionExecuted(step.action))
        if step.action.startswith("utter_"):
            events.append(BotUttered("words"))
        if step.action == "action_listen":
            break
    assert done == ["utter_welcome", "utter_what_is", "action_listen"]


@pytest.mark.parametrize("intent", ["help", "ask_source"])
def test_rules_have_the_word_where_the_plan_leaves_it(policy: ConversationPolicy, domain: Domain, intent: str) -> None:
    left = Predicted(policy, domain, *WELCOMED, LISTEN, message("What can you do?", intent))
    assert left.action is None
    assert left.slots.get("plan") is None
    assert left.slots["misses"] == 0
    planned = SlotSet("plan", ["utter_causes"])
    assert Predicted(policy, domain, *WELCOMED, planned, LISTEN, message("Help?", intent)).slots["plan"] is None
    ran = (
        message("What can you do?", intent),
        SlotSet("plan", None),
        ActionExecuted(f"utter_{intent}"),
        BotUttered("x"),
    )
    assert Predicted(policy, domain, *WELCOMED, LISTEN, *ran).action == "action_listen"


def test_what_a_slot_holds_already_is_no_event(policy: ConversationPolicy, domain: Domain) -> None:
    first = Predicted(policy, domain, *WELCOMED, LISTEN, message("Why?", "causes"))
    assert first.slots["topic"] == "causes"
    again = [SlotSet(name, value) for name, value in first.slots.items()]
    second = Predicted(policy, domain, *WELCOMED, *again, LISTEN, message("And what is it?", "what_is"))
    assert second.slots["topic"] == "what_is"
    assert second.slots["plan"] != first.slots["plan"]
    unchanged = {name for name, value in first.slots.items() if second.slots.get(name, value) == value}
    assert unchanged
    assert unchanged.isdisjoint(second.slots)


def test_silence_is_never_the_answer(policy: ConversationPolicy, domain: Domain) -> None:
    """An action that was to answer and said nothing, since its server is away or failed."""
    asked = message("Has my comment been published?", "leave_comment")
    planned = SlotSet("plan", ["action_comment_status"])
    silent = (*WELCOMED, LISTEN, asked, planned, ActionExecuted("action_comment_status"))
    assert Predicted(policy, domain, *silent).action == "utter_technical_problem"
    said = (*silent, ActionExecuted("utter_technical_problem"), BotUttered("sorry"))
    assert Predicted(policy, domain, *said).action == "action_listen"
    welcomed = (SlotSet("plan", ["utter_welcome", "action_handoff_request"]), ActionExecuted("utter_welcome"))
    greeted = (*welcomed, BotUttered("hello", metadata={"utter_action": "utter_welcome"}))
    failed = (LISTEN, asked, *greeted, ActionExecuted("action_handoff_request"))
    assert Predicted(policy, domain, *failed).action == "utter_technical_problem"
    by_rule = (message("A person please", "ask_human"), SlotSet("plan", None), ActionExecuted("action_handoff_request"))
    assert Predicted(policy, domain, *WELCOMED, LISTEN, *by_rule).action == "utter_technical_problem"


def test_with_a_person_the_bot_listens_at_once(policy: ConversationPolicy, domain: Domain) -> None:
    found = Predicted(policy, domain, *WELCOMED, SlotSet("handoff", "human"), LISTEN, message("What is it?", "what_is"))
    assert found.action == "action_listen"
    assert found.slots["plan"] == []


def test_before_any_message_it_has_no_opinion(policy: ConversationPolicy, domain: Domain) -> None:
    assert Predicted(policy, domain, LISTEN).action is None


@pytest.mark.parametrize(
    ("text", "tier"), [("/J’ai 39 de fièvre et je suis sous chimio", "E1"), ("/I want to die", None)]
)
def test_danger_behind_a_slash_is_looked_for(domain: Domain, text: str, tier: str | None) -> None:
    said = payload(text, "greet")
    found = turn_of(tracker(domain, *WELCOMED, LISTEN, said), said)
    assert found.payload
    assert found.flags is not None
    assert found.flags["escalate"]
    assert tier in (None, found.flags["tier"])


def test_the_turn_that_the_rules_work_on(domain: Domain) -> None:
    buttons = [{"title": "x", "payload": "/causes"}, {"title": "y", "payload": '/set_country{"country":"be"}'}]
    said = message("I am from Ireland", "no_answer")
    said.metadata.update({"language": "en", "country": "gb"})
    events = (
        *WELCOMED,
        LISTEN,
        message("Hello", "greet"),
        ActionExecuted("utter_greet"),
        BotUttered("…", {"buttons": buttons}),
        LISTEN,
        message("And?", "tell_more"),
        ActionExecuted("utter_no_context"),
        BotUttered("…", {"buttons": buttons}),
        LISTEN,
        said,
    )
    found = turn_of(tracker(domain, *events), said)
    assert found.last_actions == ("utter_no_context",)
    assert found.offered == ("causes", 'set_country{"country":"be"}')
    assert (found.country, found.page_language, found.payload) == ("ie", "en", False)
    assert (found.detection.language, found.detection.words) == ("en", 5)
    assert found.slots["welcomed"] is True


def test_the_country_of_the_page_counts_until_one_is_known(domain: Domain) -> None:
    said = message("What is it?", "what_is")
    said.metadata["country"] = "gb"
    assert turn_of(tracker(domain, LISTEN, said), said).country == "gb"
    assert turn_of(tracker(domain, SlotSet("country", "be"), LISTEN, said), said).country is None


def test_an_unknown_language_of_the_page_is_none(domain: Domain) -> None:
    said = message("What is it?", "what_is")
    said.metadata["language"] = "de"
    assert turn_of(tracker(domain, LISTEN, said), said).page_language is None


class Asked(Policy):
    """Stands where Rasa's own policy does: notes that it was asked."""

    times = 0

    def predict_action_probabilities(self, *_: Any, **__: Any) -> PolicyPrediction:
        self.times += 1
        return PolicyPrediction([1.0], "asked")


class WhenAsked(_WhenAsked, Asked):
    """The condition without any policy of Rasa's behind it."""

    def __init__(self) -> None:
        self.priority = 1

    def train(self, *_: Any, **__: Any) -> Any:
        return None

    def _prediction(self, probabilities: list[float], **_: Any) -> PolicyPrediction:
        return PolicyPrediction(probabilities, "not asked")


@pytest.mark.parametrize(
    ("events", "times"),
    [
        ([LISTEN, message("What does it mean?", "what_is")], 0),
        ([LISTEN, message("What does it mean?", "what_is"), ActionExecuted("utter_what_is")], 0),
        ([*WELCOMED, LISTEN, message("forget me", "erase_data")], 1),
        ([LISTEN], 1),
    ],
    ids=["planned", "under way", "left to the rules", "nothing said"],
)
def test_rules_and_stories_are_asked_only_about_what_no_plan_decides(
    domain: Domain, events: list[Event], times: int
) -> None:
    policy = WhenAsked()
    found = policy.predict_action_probabilities(tracker(domain, *events), domain)
    assert policy.times == times
    assert (max(found.probabilities) > 0) is bool(times)


def test_one_plan_serves_all_policies(
    policy: ConversationPolicy, domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = []
    real = policies.plan_turn
    monkeypatch.setattr(policies, "plan_turn", lambda *given: planned.append(given) or real(*given))
    talk = tracker(domain, *WELCOMED, LISTEN, message("What does it mean?", "what_is"))
    policy.predict_action_probabilities(talk, domain)
    WhenAsked().predict_action_probabilities(talk, domain)
    assert len(planned) == 1
    # The next message is planned anew.
    talk.update(message("and why?", "causes"))
    policy.predict_action_probabilities(talk, domain)
    assert len(planned) == 2
