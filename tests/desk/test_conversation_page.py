"""Reading and leading one conversation."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.store import handoff, presence, remarks, widget_receipts
from bot.store.columns import now
from bot.store.database import session_scope
from bot.store.desk_models import AuditEntry, Reveal, StaffReply
from bot.store.models import Alert, Conversation
from tests.desk.conftest import Dialogue, Person, Team

RED = [("patient", "je m'appelle Bernard, mon numéro 06 12 34 56 78", {"intent": "crisis_suicide", "confidence": 0.93})]


def audited(team: Team, *actions: str) -> list[tuple[int | None, str | None]]:
    with session_scope(team.url) as session:
        rows = session.query(AuditEntry).filter(AuditEntry.action.in_(actions)).order_by(AuditEntry.id)
        return [(row.staff_id, row.conversation_id) for row in rows]


def state(team: Team, identity: str) -> tuple[str, int | None]:
    with session_scope(team.url) as session:
        row = session.get(Conversation, identity)
        assert row is not None
        return row.state, row.owner_id


@pytest.mark.parametrize(
    ("language", "words"), [("fr", ("93 % sûr", "[nom]", "[téléphone]")), ("en", ("93 % sure", "[name]", "[phone]"))]
)
def test_transcript_shows_what_was_understood_and_masks(
    team: Team, talk: Callable[..., str], language: str, words: tuple[str, ...]
) -> None:
    identity = talk([*RED, ("bot", "Bonjour Bernard.", {"utter_action": "utter_safety_C1"})], tier="C1")
    html = team.sign_in("amelie", language).get(f"/conversations/{identity}").text
    for expected in (*words, "crisis_suicide"):
        assert expected in html
    assert "Bernard" not in html
    assert "06 12" not in html
    assert audited(team, "transcript.read") == [(team.amelie.id, identity)]


def test_every_opening_is_a_reading(team: Team, talk: Callable[..., str]) -> None:
    identity = talk(RED, tier="C1")
    amelie = team.amelie
    for _ in range(3):
        amelie.get(f"/conversations/{identity}")
    assert len(audited(team, "transcript.read")) == 3
    amelie.get(f"/conversations/{identity}/lines?after=0")
    assert len(audited(team, "transcript.read")) == 3
    # Whoever asks for the lines without the page reads as well.
    team.marc.get(f"/conversations/{identity}/lines?after=0")
    assert len(audited(team, "transcript.read")) == 4


def test_agents_read_only_what_was_handed_over(team: Team, talk: Callable[..., str]) -> None:
    quiet, flagged, asked = talk([("patient", "secret")]), talk(RED, tier="E1"), talk([("patient", "aide")], asked=True)
    for part in ("", "/lines?after=0", "/earlier?before=999"):
        answer = team.amelie.get(f"/conversations/{quiet}{part}")
        assert answer.status_code == 403
        assert "secret" not in answer.text
        assert team.lea.get(f"/conversations/{quiet}{part}").status_code == 200
    assert team.amelie.post(f"/conversations/{quiet}/notes", {"text": "x"}).status_code == 403
    assert team.amelie.get(f"/conversations/{flagged}").status_code == 200
    assert team.amelie.get(f"/conversations/{asked}").status_code == 200
    assert team.amelie.get("/conversations/unknown").status_code == 404


def race(people: list[Person], identity: str) -> dict[str, str]:
    """Where each is sent after claiming at the same moment, by name."""
    barrier = threading.Barrier(len(people))
    answers: dict[str, str] = {}

    def claim(person: Person) -> None:
        barrier.wait()
        answers[person.name] = person.post(f"/conversations/{identity}/claim").headers["location"]

    threads = [threading.Thread(target=claim, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_one_of_two_wins_the_claim_and_the_other_is_told(team: Team, talk: Callable[..., str]) -> None:
    people = [team.amelie, team.marc]
    for _ in range(5):
        identity = talk(RED, tier="C1")
        answers = race(people, identity)
        losers = [person for person in people if answers[person.name].endswith("?taken=1")]
        assert len(losers) == 1
        winner = next(person for person in people if person not in losers)
        assert state(team, identity) == ("human", winner.id)
        told = losers[0].get(answers[losers[0].name]).text
        assert f"{winner.name.capitalize()} a pris cette conversation avant vous" in told
        assert "Votre message" not in told


def test_claim_tells_the_patient_through_the_bot(team: Team, talk: Callable[..., str], dialogue: Dialogue) -> None:
    identity = talk(RED, tier="C1")
    amelie = team.amelie
    amelie.post(f"/conversations/{identity}/claim")
    amelie.post(f"/conversations/{identity}/release")
    said = [(path, event) for path, _, event in dialogue.requests]
    assert said == [
        (f"/conversations/{identity}/execute", {"name": "utter_handoff_claimed"}),
        (f"/conversations/{identity}/execute", {"name": "utter_handoff_released"}),
    ]
    assert state(team, identity) == ("bot", None)


def test_replies_go_out_in_order_marked_as_a_person(team: Team, talk: Callable[..., str], dialogue: Dialogue) -> None:
    identity = talk(RED, tier="C1")
    amelie = team.amelie
    amelie.post(f"/conversations/{identity}/claim")
    dialogue.delay = lambda text: 0.3 if text == "un" else 0.0
    threads = []
    for text in ("un", "deux", "trois"):
        thread = threading.Thread(
            target=amelie.htmx, args=(f"/conversations/{identity}/reply", {"text": text, "key": f"k-{text}-123"})
        )
        thread.start()
        threads.append(thread)
        time.sleep(0.1)
    for thread in threads:
        thread.join()
    assert dialogue.texts == ["un", "deux", "trois"]
    event = dialogue.requests[-1][2]
    assert event["metadata"] == {"sender": "staff", "staff_id": amelie.id, "staff_name": "Amelie"}


def test_a_doubled_click_sends_once(team: Team, talk: Callable[..., str], dialogue: Dialogue) -> None:
    identity = talk(RED, tier="C1")
    amelie = team.amelie
    amelie.post(f"/conversations/{identity}/claim")
    for _ in range(2):
        assert (
            amelie.htmx(f"/conversations/{identity}/reply", {"text": "bonjour", "key": "same-key-1"}).status_code == 204
        )
    assert dialogue.texts == ["bonjour"]


def test_a_line_that_failed_stays_and_can_be_sent_again(
    team: Team, talk: Callable[..., str], dialogue: Dialogue
) -> None:
    identity = talk(RED, tier="C1")
    amelie = team.amelie
    amelie.post(f"/conversations/{identity}/claim")
    dialogue.status = 500
    amelie.htmx(f"/conversations/{identity}/reply", {"text": "Êtes-vous là ?", "key": "key-0001"})
    page = amelie.get(f"/conversations/{identity}").text
    assert "Non envoyé" in page
    assert "Êtes-vous là ?" in page
    dialogue.status = 200
    with session_scope(team.url) as session:
        reply = session.query(StaffReply).one().id
    amelie.htmx(f"/conversations/{identity}/replies/{reply}/again")
    assert dialogue.texts == ["Êtes-vous là ?", "Êtes-vous là ?"]
    with session_scope(team.url) as session:
        row = session.query(StaffReply).one()
        assert (row.state, row.text) == ("delivered", None)
    amelie.htmx(f"/conversations/{identity}/replies/{reply}/again")
    assert len(dialogue.texts) == 2


def test_sending_again_does_not_double_a_line_that_arrived_after_all(
    team: Team, talk: Callable[..., str], dialogue: Dialogue
) -> None:
    identity = talk(RED, tier="C1")
    amelie = team.amelie
    amelie.post(f"/conversations/{identity}/claim")
    dialogue.status = 500
    amelie.htmx(f"/conversations/{identity}/reply", {"text": "bonjour", "key": "key-0001"})
    talk([("staff", "bonjour", {"staff_id": amelie.id})], id=identity, at=time.time())
    dialogue.status = 200
    sent = len(dialogue.texts)
    with session_scope(team.url) as session:
        reply = session.query(StaffReply).one().id
    amelie.htmx(f"/conversations/{identity}/replies/{reply}/again")
    assert len(dialogue.texts) == sent
    assert "Non envoyé" not in amelie.get(f"/conversations/{identity}").text


def test_only_the_owner_writes_releases_and_closes(team: Team, talk: Callable[..., str], dialogue: Dialogue) -> None:
    identity = talk(RED, tier="C1")
    team.amelie.post(f"/conversations/{identity}/claim")
    sent = len(dialogue.requests)
    for person in (team.marc, team.chef):
        assert person.htmx(f"/conversations/{identity}/reply", {"text": "moi", "key": "key-0001"}).status_code == 409
        assert person.post(f"/conversations/{identity}/release").status_code == 409
        assert person.post(f"/conversations/{identity}/close", {"outcome": "other"}).status_code == 409
    assert len(dialogue.requests) == sent
    assert state(team, identity) == ("human", team.amelie.id)


def test_close_needs_an_outcome_that_the_alerts_take_over(team: Team, talk: Callable[..., str]) -> None:
    identity = talk(RED, tier="C1")
    amelie = team.amelie
    amelie.post(f"/conversations/{identity}/claim")
    assert amelie.post(f"/conversations/{identity}/close", {"outcome": ""}).status_code == 422
    assert amelie.post(f"/conversations/{identity}/close", {"outcome": "called_emergency"}).status_code == 303
    with session_scope(team.url) as session:
        alert = session.query(Alert).filter_by(conversation_id=identity).one()
        assert (alert.outcome, alert.resolved_at is not None) == ("called_emergency", True)
    assert "Les secours ont été appelés" in amelie.get(f"/conversations/{identity}").text


def test_reveal_is_for_the_owner_and_admins_and_ends(team: Team, talk: Callable[..., str]) -> None:
    identity = talk(RED, tier="C1")
    amelie, marc, chef = team.amelie, team.marc, team.chef
    assert amelie.post(f"/conversations/{identity}/reveal").status_code == 403
    amelie.post(f"/conversations/{identity}/claim")
    assert marc.post(f"/conversations/{identity}/reveal").status_code == 403
    assert team.lea.post(f"/conversations/{identity}/reveal").status_code == 403
    assert amelie.post(f"/conversations/{identity}/reveal").status_code == 303
    assert "Bernard" in amelie.get(f"/conversations/{identity}").text
    assert "Bernard" not in marc.get(f"/conversations/{identity}").text
    assert "Bernard" not in team.sign_in("amelie").get(f"/conversations/{identity}").text  # another browser
    amelie.post(f"/conversations/{identity}/hide")
    assert "Bernard" not in amelie.get(f"/conversations/{identity}").text
    assert chef.post(f"/conversations/{identity}/reveal").status_code == 303
    with session_scope(team.url) as session:
        session.query(Reveal).one().until_at = now() - timedelta(seconds=1)
    assert "Bernard" not in chef.get(f"/conversations/{identity}").text
    assert audited(team, "details.revealed") == [(amelie.id, identity), (chef.id, identity)]


def test_reveal_ends_with_the_claim(team: Team, talk: Callable[..., str]) -> None:
    identity = talk(RED, tier="C1")
    amelie = team.amelie
    amelie.post(f"/conversations/{identity}/claim")
    amelie.post(f"/conversations/{identity}/reveal")
    amelie.post(f"/conversations/{identity}/release")
    assert "Bernard" not in amelie.get(f"/conversations/{identity}").text


def test_lines_brings_what_is_new_and_the_facts(team: Team, talk: Callable[..., str]) -> None:
    identity = talk(RED, tier="C1")
    amelie = team.amelie
    first = amelie.get(f"/conversations/{identity}/lines?after=0").text
    last = first.split('data-last="')[1].split('"')[0]
    assert first.count('class="line') == 1
    assert 'class="line' not in amelie.get(f"/conversations/{identity}/lines?after={last}&form=waiting").text
    talk([("patient", "encore une ligne")], id=identity, at=time.time())
    later = amelie.get(f"/conversations/{identity}/lines?after={last}&form=waiting").text
    assert later.count('class="line') == 1
    assert "encore une ligne" in later
    assert 'id="status"' in later
    assert "reply-text" not in later
    amelie.post(f"/conversations/{identity}/claim")
    assert "reply-text" in amelie.get(f"/conversations/{identity}/lines?after={last}&form=waiting").text


def test_an_open_page_offers_what_the_new_state_allows(team: Team, talk: Callable[..., str]) -> None:
    identity = talk([("patient", "aide")], asked=True)
    amelie, marc = team.amelie, team.marc
    amelie.post(f"/conversations/{identity}/claim")
    amelie.post(f"/conversations/{identity}/release")
    page = amelie.get(f"/conversations/{identity}").text
    newer = page.split('data-url="')[1].split('"')[0].replace("&amp;", "&")
    assert "/claim" not in amelie.get(newer).text
    talk([("patient", "je vais sauter")], id=identity, tier="C1", at=time.time())
    assert f'action="/conversations/{identity}/claim"' in amelie.get(newer).text
    marc.post(f"/conversations/{identity}/claim")
    assert "Une autre personne suit" in amelie.get(newer.replace("form=bot", "form=waiting")).text
    # While somebody writes nothing replaces the field.
    assert "reply-text" not in marc.get(newer.replace("form=bot", "form=mine")).text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_stepping_in_where_nobody_asked(
    team: Team, talk: Callable[..., str], dialogue: Dialogue, language: str
) -> None:
    identity = talk([("patient", "tout va bien")], language=language)
    chef = team.sign_in("chef", language)
    where = f"/conversations/{identity}"
    assert ("Intervenir" if language == "fr" else "Step in") in chef.get(where).text
    assert "step-in" not in team.lea.get(where).text
    assert team.amelie.post(f"{where}/step-in").status_code == 403
    assert state(team, identity) == ("bot", None)
    assert chef.post(f"{where}/step-in").headers["location"] == where
    assert state(team, identity) == ("human", chef.id)
    assert "reply-text" in chef.get(where).text
    assert audited(team, "conversation.entered") == [(chef.id, identity)]
    assert [event for _, _, event in dialogue.requests] == [{"name": "utter_handoff_claimed"}]
    # Somebody else's click comes too late and is told so; nobody is announced twice.
    assert chef.post(f"{where}/close", {"outcome": "answered"}).status_code == 303
    amelie, marc = team.amelie, team.marc
    assert amelie.post(f"{where}/step-in").headers["location"] == where
    assert marc.post(f"{where}/step-in").headers["location"].endswith("?taken=1")
    assert state(team, identity) == ("human", amelie.id)
    assert [event["name"] for _, _, event in dialogue.requests].count("utter_handoff_claimed") == 2


def test_stepping_in_claims_what_began_to_wait_meanwhile(team: Team, talk: Callable[..., str]) -> None:
    identity = talk(RED, tier="C1")
    amelie = team.amelie
    amelie.post(f"/conversations/{identity}/step-in")
    assert state(team, identity) == ("human", amelie.id)
    assert audited(team, "conversation.claimed") == [(amelie.id, identity)]
    with session_scope(team.url) as session:
        assert session.query(Alert).one().claimed_by == amelie.id


def test_who_gave_a_conversation_back_can_still_read_it(team: Team, talk: Callable[..., str]) -> None:
    identity = talk([("patient", "aide")], asked=True)
    amelie = team.amelie
    amelie.post(f"/conversations/{identity}/claim")
    back = amelie.post(f"/conversations/{identity}/release").headers["location"]
    assert amelie.get(back).status_code == 200


def test_typing_delivery_and_notes(team: Team, talk: Callable[..., str]) -> None:
    at = time.time() - 60
    identity = talk([*RED, ("staff", "bonjour")], tier="C1", at=at)
    amelie = team.amelie
    assert "Le patient écrit" not in amelie.get(f"/conversations/{identity}").text
    with session_scope(team.url) as session:
        presence.note_typing(session, identity, on=True)
        widget_receipts.note(session, identity, at + 30, seen=False)
    page = amelie.get(f"/conversations/{identity}").text
    assert "Le patient écrit" in page
    assert "Reçu" in page
    with session_scope(team.url) as session:
        widget_receipts.note(session, identity, at + 30, seen=True)
        presence.note_typing(session, identity, on=False)
    page = amelie.get(f"/conversations/{identity}").text
    assert "Vu" in page
    assert "Le patient écrit" not in page
    amelie.htmx(f"/conversations/{identity}/notes", {"text": "sa fille arrive"})
    assert "sa fille arrive" in team.marc.get(f"/conversations/{identity}").text
    assert amelie.post(f"/conversations/{identity}/notes", {"text": "  "}).status_code == 422


def test_long_conversations_come_in_pages(team: Team, talk: Callable[..., str]) -> None:
    identity = talk([("patient", f"ligne {number}") for number in range(230)], tier="C1", at=time.time() - 600)
    page = team.amelie.get(f"/conversations/{identity}").text
    assert "ligne 229" in page
    assert "ligne 29<" not in page
    older = page.split("/earlier?before=")[1].split('"')[0]
    before = team.amelie.get(f"/conversations/{identity}/earlier?before={older}").text
    assert "ligne 29<" in before
    assert "ligne 30<" not in before


def test_buttons_are_shown_by_their_titles(team: Team, talk: Callable[..., str]) -> None:
    identity = talk([("patient", "/tell_more"), ("patient", "/causes")], tier="C1")
    page = team.sign_in("lea", "en").get(f"/conversations/{identity}").text
    assert "/tell_more" not in page.replace("/conversations", "")
    assert "Why it resists" in page


def test_review_state_and_language_are_those_of_the_reader(team: Team, talk: Callable[..., str]) -> None:
    identity = talk(RED)
    with session_scope(team.url) as session:
        remarks.set_review(session, identity, "flagged")
    assert "Flagged" in team.sign_in("lea", "en").get(f"/conversations/{identity}").text
    assert "Marquée" in team.sign_in("lea", "fr").get(f"/conversations/{identity}").text


def test_a_new_flag_while_a_person_talks_is_shown(team: Team, talk: Callable[..., str]) -> None:
    identity = talk(RED, tier="E2")
    amelie = team.amelie
    amelie.post(f"/conversations/{identity}/claim")
    talk([("patient", "je vais sauter")], id=identity, tier="C1", evidence=["je vais sauter"], at=time.time())
    with session_scope(team.url) as session:
        assert handoff.state(session, identity) == "human"
    assert "C1 ·" in amelie.get(f"/conversations/{identity}").text
