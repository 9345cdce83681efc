"""The desk's queries on both databases."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from bot.store import (
    audit,
    canned,
    desk_rows,
    figures,
    judgements,
    presence,
    privacy,
    ratings,
    remarks,
    review,
    saved_views,
    sign_ins,
    staff,
    staff_replies,
)
from bot.store.columns import now
from bot.store.database import session_scope
from bot.store.models import Turn
from tests.desk.conversations import write_conversation

PARIS = ZoneInfo("Europe/Paris")


def found(url: str, **wanted: object) -> list[str]:
    with session_scope(url, write=False) as session:
        return [row.id for row in review.page(session, review.Wanted(**wanted))]  # type: ignore[arg-type]


def test_search_follows_messages_as_they_come_and_go(url: str) -> None:
    identity = write_conversation(url, [("patient", "L’air de Nîmes est sec, ma sœur tousse")])
    other = write_conversation(url, [("patient", "rien à voir")])
    for words in ("nimes", "NÎM", "soeur", "sœur tous", "air sec"):
        assert found(url, words_in=words) == [identity], words
    assert found(url, words_in="nimes voir") == []
    assert found(url, words_in="a | b & !c '") == []
    with session_scope(url) as session:
        session.query(Turn).filter_by(conversation_id=identity).one().text = "autre chose"
    assert found(url, words_in="nimes") == []
    assert found(url, words_in="autre") == [identity]
    with session_scope(url) as session:
        privacy.erase(session, identity)
    assert found(url, words_in="autre") == []
    assert found(url) == [other]


def test_filters_together_and_pages(url: str) -> None:
    began = time.time() - 500
    ids = [write_conversation(url, [("patient", f"message {n}")], at=began + n) for n in range(5)]
    with session_scope(url) as session:
        ratings.rate(session, conversation_id=ids[2], utterance_id="u", topic="causes", language="fr", useful=True)
        tag = remarks.tag(session, ids[2], "un mot", staff_id=1).id
        remarks.set_review(session, ids[2], "flagged")
    assert found(url, rating="useful", tag=tag, review="flagged", topic="causes", language="fr", outcome="answer") == [
        ids[2]
    ]
    assert found(url, rating="not_useful") == []
    with session_scope(url, write=False) as session:
        first = review.page(session, review.Wanted(), limit=2)
        place = review.Place(first[-1].last_at.timestamp(), first[-1].id)
        second = review.page(session, review.Wanted(), limit=9, after=place)
        assert review.channels(session) == ["widget"]
    assert [row.id for row in (*first, *second)] == ids[::-1]


def test_alike_whatever_case_accents_and_punctuation(url: str) -> None:
    same = [write_conversation(url, [("patient", text)]) for text in ("Où se garer ?", "ou SE garer")]
    write_conversation(url, [("patient", "où se garer le soir")])
    with session_scope(url) as session:
        turn = session.query(Turn).filter_by(conversation_id=same[0]).one().id
    assert set(found(url, alike=turn)) == set(same)
    assert found(url, alike=10**9) == []


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-03-28T22:59:00", "2026-03-28"),
        ("2026-03-28T23:01:00", "2026-03-29"),
        ("2026-10-25T23:30:00", "2026-10-26"),
    ],
)
def test_days_are_those_of_the_staff_through_summer_time(url: str, moment: str, day: str) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=timezone.utc)
    write_conversation(url, [("patient", "message", {"actions": ["utter_no_answer"]})], at=at.timestamp())
    span = figures.between(datetime(2026, 3, 1).date(), datetime(2026, 11, 30).date(), PARIS)
    with session_scope(url, write=False) as session:
        assert {d.isoformat(): counts["fallback"] for d, counts in figures.outcomes(session, span).items()} == {day: 1}
        assert {d.isoformat(): many for d, many in figures.conversations(session, span).by_day.items()} == {day: 1}
        assert len(span.days) == 275


def test_figures_of_topics_ratings_and_claims(url: str) -> None:
    identity = write_conversation(url, [("patient", "a"), ("patient", "b")], tier="E1")
    with session_scope(url) as session:
        ratings.rate(session, conversation_id=identity, utterance_id="1", topic="causes", language="fr", useful=True)
        ratings.rate(session, conversation_id=identity, utterance_id="2", topic="causes", language="fr", useful=False)
    span = figures.span_of(7, PARIS, now())
    with session_scope(url, write=False) as session:
        assert figures.topics(session, span) == [("causes", 2)]
        assert [(row.topic, row.useful, row.not_useful) for row in figures.ratings(session, span)] == [("causes", 1, 1)]
        by_day, claims = figures.alerts(session, span)
        assert sum(by_day.values()) == 1
        assert (claims[0].tier, claims[0].claimed, claims[0].median) == ("E1", 0, None)
        english = figures.span_of(7, PARIS, now(), "en")
        assert figures.topics(session, english) == []
        assert figures.conversations(session, english).total == 0


def test_staff_sessions_and_failures(url: str) -> None:
    with session_scope(url) as session:
        member = staff.add(session, name="Ann  Lee", role="admin", password_hash="x")
        assert staff.by_name(session, "ann lee") is member
        with pytest.raises(ValueError, match="last admin"):
            staff.disable(session, member.id)
        token = sign_ins.start(session, member, timedelta(minutes=5))
        visitor = sign_ins.visitor(session, token)
        assert visitor is not None
        assert visitor.role == "admin"
        until = remarks.reveal(session, "c", visitor.session_id)
        assert remarks.revealed_until(session, "c", visitor.session_id) == until
        assert remarks.revealed_until(session, "c", visitor.session_id, at=until) is None
        assert staff.sign_out_everywhere(session, member.id) == 1
        assert sign_ins.visitor(session, token) is None
        assert remarks.revealed_until(session, "c", visitor.session_id) is None


def test_everything_about_a_conversation_is_forgotten_and_exported(url: str) -> None:
    identity, other = (write_conversation(url, [("patient", "bonjour")]) for _ in range(2))
    for each in (identity, other):
        with session_scope(url) as session:
            turn = session.query(Turn).filter_by(conversation_id=each).one().id
            judgements.judge(session, turn, "right", staff_id=1)
            remarks.add_note(session, each, staff_id=1, staff_name="A", text="note")
            remarks.tag(session, each, "mot", staff_id=1)
            remarks.reveal(session, each, 1)
            presence.note_typing(session, each, on=True)
            staff_replies.begin(session, key=f"key-{each}", conversation_id=each, staff_id=1, text="bonjour")
            audit.write(session, "transcript.read", staff_id=1, conversation_id=each)
    with session_scope(url, write=False) as session:
        assert desk_rows.export(session, identity)["tags"] == ["mot"]
        assert desk_rows.count(session, [identity]) == len(desk_rows.OWN)
    with session_scope(url) as session:
        assert privacy.erase(session, identity).others >= len(desk_rows.OWN)
    with session_scope(url, write=False) as session:
        assert desk_rows.count(session, [identity]) == 0
        assert desk_rows.count(session, [other]) == len(desk_rows.OWN)
        assert len(audit.listing(session, audit.Wanted(conversation_id=identity))) == 1


def test_a_judgement_changes_in_place_and_waits_again(url: str) -> None:
    identity = write_conversation(url, [("patient", "bonjour")])
    with session_scope(url) as session:
        turn = session.query(Turn).filter_by(conversation_id=identity).one().id
        first = judgements.judge(session, turn, "wrong_topic", staff_id=1, expected="causes")
        judgements.mark_exported(session, [first.id])
    with session_scope(url) as session:
        assert judgements.waiting(session) == 0
        assert len(judgements.to_export(session, again=True)) == 1
        judgements.judge(session, turn, "wrong_topic", staff_id=2, expected="what_is")
        assert judgements.waiting(session) == 1


def test_views_tags_and_ready_replies(url: str) -> None:
    with session_scope(url) as session:
        one = staff.add(session, name="one", role="reviewer", password_hash="x").id
        two = staff.add(session, name="two", role="reviewer", password_hash="x").id
        view = saved_views.save(session, one, " Ma  vue ", {"topic": "causes"}, shared=False)
        assert saved_views.save(session, one, "Ma vue", {}, shared=True).id == view.id
        assert [row.name for row in saved_views.listing(session, two)] == ["Ma vue"]
        tag = remarks.tag(session, "c", "mot", staff_id=1)
        remarks.untag(session, "c", tag.id)
        assert remarks.tags(session) == []
        values = {"title_fr": "a", "title_en": "b", "text_fr": "c", "text_en": "d"}
        positions = [canned.save(session, None, values, staff_id=None).position for _ in range(3)]
        assert positions == sorted(set(positions))
