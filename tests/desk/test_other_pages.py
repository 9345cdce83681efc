"""Comments, figures, privacy, staff, ready replies, audit."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.desk import charts
from bot.settings import get_settings
from bot.store import comments, desk_rows, handoff, judgements, ratings, remarks, staff_replies
from bot.store.columns import now
from bot.store.database import session_scope
from bot.store.desk_models import AuditEntry, CannedReply
from bot.store.models import Alert, Conversation, EventRow, Turn
from tests.desk.conftest import Team


def submit(team: Team, text: str, name: str | None = None, language: str = "fr") -> int:
    with session_scope(team.url) as session:
        return int(comments.submit(session, conversation_id=None, text=text, display_name=name, language=language).id)


# --- comments ---


def test_only_approved_comments_are_public(team: Team) -> None:
    first, second, third = submit(team, "Merci"), submit(team, "Non", "Paul"), submit(team, "Thanks", language="en")
    lea = team.lea
    assert team.client.get("/comments.json").json() == {"comments": []}
    lea.post(f"/comments/{first}/decide", {"decision": "approved"})
    lea.post(f"/comments/{third}/decide", {"decision": "approved"})
    assert lea.post(f"/comments/{second}/decide", {"decision": "rejected", "reason": " "}).status_code == 422
    lea.post(f"/comments/{second}/decide", {"decision": "rejected", "reason": "hors sujet"})
    answer = team.client.get("/comments.json")
    assert [row["text"] for row in answer.json()["comments"]] == ["Thanks", "Merci"]
    assert [row["text"] for row in team.client.get("/comments.json?lang=fr").json()["comments"]] == ["Merci"]
    assert "public" in answer.headers["cache-control"]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert set(answer.json()["comments"][0]) == {"id", "text", "name", "language", "at"}
    again = team.client.get("/comments.json", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
    assert again.text == ""
    assert "hors sujet" in lea.get("/comments?status=rejected").text
    # Somebody changes their mind.
    lea.post(f"/comments/{first}/decide", {"decision": "rejected", "reason": "à la demande de l’auteur"})
    assert [row["text"] for row in team.client.get("/comments.json").json()["comments"]] == ["Thanks"]


def test_correcting_keeps_what_was_said(team: Team) -> None:
    comment = submit(team, "Ecrivez-moi a ann@example.org", "Ann")
    lea = team.lea
    assert "un courriel" in lea.get("/comments").text
    lea.post(f"/comments/{comment}/correct", {"text": "Merci.", "display_name": ""})
    page = lea.get("/comments").text
    assert "1 version précédente" in page
    assert "ann@example.org" in page
    assert "un courriel" not in page


# --- figures ---


def test_figures_count_and_link(team: Team, talk: Callable[..., str]) -> None:
    talk([("patient", "un"), ("patient", "deux", {"actions": ["utter_no_answer"]})])
    talk([("patient", "Deux !", {"actions": ["utter_no_answer"]})], language="en", channel="telegram")
    identity = talk([("patient", "trois", {"actions": ["utter_safety_C1"]})], tier="C1", at=time.time() - 700)
    with session_scope(team.url) as session:
        ratings.rate(session, conversation_id=identity, utterance_id="u", topic="causes", language="fr", useful=True)
        alert = session.query(Alert).one()
        handoff.claim(session, identity, 1, at=alert.created_at + timedelta(seconds=125))
    html = team.lea.get("/figures").text
    tiles = [(int(number), label) for number, label in re.findall(r"<b>(\d+)</b> <span>([^<]+)</span>", html)]
    assert tiles == [
        (3, "Conversations"), (1, "Répondu"), (0, "Question en retour"), (2, "Sans réponse"), (1, "Réponse de sécurité"),
        (1, "Alertes"),
    ]  # fmt: skip
    assert "2 min" in html
    assert "2 fois" in html  # "deux" and "Deux !"
    links = set(re.findall(r'href="(/review[^"]*)"', html.replace("&amp;", "&")))
    assert len(links) > 10
    for link in sorted(links)[:40]:
        assert team.lea.get(link).status_code == 200
    only_english = team.lea.get("/figures?language=en").text
    assert re.findall(r"<b>(\d+)</b>", only_english)[:4] == ["1", "0", "0", "1"]


def test_numbers_lead_to_as_many_conversations(team: Team, talk: Callable[..., str]) -> None:
    for number in range(3):
        talk([("patient", f"sans réponse {number}", {"actions": ["utter_no_answer"]})])
    talk([("patient", "bien")])
    html = team.lea.get("/figures").text.replace("&amp;", "&")
    link = re.search(r'href="(/review\?[^"]*outcome=fallback[^"]*)"', html)
    assert link is not None
    assert team.lea.get(link[1]).text.count('class="result r-') == 3


def test_csv_holds_the_same_and_no_formula(team: Team, talk: Callable[..., str]) -> None:
    talk([("patient", "=cmd|calc", {"actions": ["utter_no_answer"]})])
    talk([("patient", "je m'appelle Odile", {"actions": ["utter_no_answer"]})])
    answer = team.lea.get("/figures.csv?days=7")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert rows[0] == ["section", "item", "measure", "value"]
    assert sum(int(row[3]) for row in rows if row[0] == "day" and row[2] == "fallback") == 2
    assert ["unanswered", "'=cmd|calc", "times", "1"] in rows
    assert "Odile" not in answer.text
    with session_scope(team.url) as session:
        assert session.query(AuditEntry).filter_by(action="figures.exported").count() == 1


def test_empty_figures_and_odd_spans(team: Team) -> None:
    for query in ("", "?from=2026-03-01&to=2026-01-01", "?from=x&to=y", "?days=5", "?from=2000-01-01&to=2030-01-01"):
        assert team.lea.get(f"/figures{query}").status_code == 200


def test_axis_of_a_chart() -> None:
    svg = str(charts.columns([charts.Column({"answer": 7}, "1/1", '<b>"', "/review?a=1&b=2")], ("answer",)))
    assert ">8</text>" in svg
    assert "&lt;b&gt;" in svg
    assert "a=1&amp;b=2" in svg
    assert "style=" not in svg


# --- privacy ---


def seeded(team: Team, talk: Callable[..., str]) -> str:
    identity = talk([("patient", "je m'appelle Odile")])
    with session_scope(team.url) as session:
        turn = session.query(Turn).filter_by(conversation_id=identity).one()
        judgements.judge(session, turn.id, "wrong_topic", staff_id=1, expected="causes", comment="remarque")
        remarks.add_note(session, identity, staff_id=1, staff_name="A", text="note sur Odile")
        remarks.tag(session, identity, "étiquette", staff_id=1)
        staff_replies.begin(session, key="key-0001", conversation_id=identity, staff_id=1, text="bonjour Odile")
    return identity


def test_export_and_erase_one_person_everywhere(team: Team, talk: Callable[..., str]) -> None:
    identity = seeded(team, talk)
    chef = team.chef
    assert "Notes privées" in chef.post("/privacy/find", {"conversation": identity}).text
    answer = chef.post("/privacy/export", {"conversation": identity})
    exported = json.loads(answer.text)
    assert exported["notes"][0]["text"] == "note sur Odile"
    assert exported["judgements"][0]["comment"] == "remarque"
    assert exported["tags"] == ["étiquette"]
    assert identity not in answer.headers["content-disposition"]
    assert chef.post("/privacy/erase", {"conversation": identity}).status_code == 422
    assert "Tout a été effacé" in chef.post("/privacy/erase", {"conversation": identity, "sure": "on"}).text
    with session_scope(team.url) as session:
        assert desk_rows.count(session, [identity]) == 0
        assert session.query(EventRow).count() == 0
    assert "Odile" not in chef.post("/privacy/export", {"conversation": identity}).text
    assert chef.post("/privacy/find", {"conversation": "unknown"}).status_code == 404
    with session_scope(team.url) as session:
        actions = {row.action for row in session.query(AuditEntry).filter_by(conversation_id=identity)}
    assert actions >= {"person.looked_up", "person.exported", "person.erased"}


def test_erased_text_is_gone_from_the_search(team: Team, talk: Callable[..., str]) -> None:
    identity = seeded(team, talk)
    assert identity in team.lea.htmx("/review", {"text": "odile"}).text
    team.chef.post("/privacy/erase", {"conversation": identity, "sure": "on"})
    with session_scope(team.url) as session:
        hits = session.connection().exec_driver_sql("SELECT count(*) FROM turn_search WHERE turn_search MATCH 'odile'")
        assert hits.scalar() == 0


def test_whoever_waits_or_talks_is_not_erased(team: Team, talk: Callable[..., str]) -> None:
    identity = talk([("patient", "aide")], tier="C1")
    assert team.chef.post("/privacy/erase", {"conversation": identity, "sure": "on"}).status_code == 422
    with session_scope(team.url) as session:
        assert session.query(EventRow).count() > 0


def test_purge_rehearses_first_and_keeps_flagged_ones_longer(team: Team, talk: Callable[..., str]) -> None:
    day = 86400.0
    settings = get_settings()
    old = talk([("patient", "vieux")], at=time.time() - (settings.retention_days + 1) * day)
    kept = talk([("patient", "marqué")], at=time.time() - (settings.retention_days + 1) * day)
    new = talk([("patient", "récent")])
    with session_scope(team.url) as session:
        remarks.set_review(session, kept, "flagged")
    chef = team.chef
    assert "1 conversation serait effacée" in chef.post("/privacy/purge").text
    with session_scope(team.url) as session:
        assert session.get(Conversation, old) is not None
    assert "1 conversation effacée" in chef.post("/privacy/purge", {"sure": "on"}).text
    with session_scope(team.url) as session:
        assert {row.id for row in session.query(Conversation)} == {kept, new}
        rows = session.query(AuditEntry).filter(AuditEntry.action.like("purge.%")).order_by(AuditEntry.id)
        assert [row.action for row in rows] == ["purge.tried", "purge.done"]


# --- staff, ready replies, audit ---


def test_adding_people_and_changing_roles(team: Team) -> None:
    chef = team.chef
    page = chef.post("/staff", {"name": "Nina", "role": "agent", "display_name": "Nina", "language": "en"}).text
    password = re.search(r'class="password">([^<]+)<', page)
    assert password is not None
    assert password[1] not in chef.get("/staff").text
    assert chef.post("/staff", {"name": "nina", "role": "agent"}).status_code == 422
    assert chef.post("/staff", {"name": "otto", "role": "king"}).status_code == 422
    nina = team.sign_in("nina", "en")
    assert nina.get("/figures").status_code == 403
    chef.post(f"/staff/{nina.id}", {"what": "role", "role": "reviewer"})
    assert nina.get("/figures").status_code == 200
    assert nina.get("/alerts").status_code == 403
    fresh = chef.post(f"/staff/{nina.id}/password").text
    assert password[1] not in fresh
    assert nina.get("/figures").status_code == 303


def test_nobody_locks_the_desk_for_ever(team: Team) -> None:
    chef = team.chef
    for what in ({"what": "disable"}, {"what": "role", "role": "agent"}):
        assert chef.post(f"/staff/{chef.id}", what).status_code == 422
    assert chef.get("/staff").status_code == 200
    assert chef.post("/staff/999", {"what": "disable"}).status_code == 404


def test_ready_replies_begin_planted_and_are_edited(team: Team, talk: Callable[..., str]) -> None:
    chef, amelie = team.chef, team.amelie
    with session_scope(team.url) as session:
        assert session.query(CannedReply).count() >= 6
    values = {"title_fr": "Titre", "title_en": "Title", "text_fr": "Texte à nous", "text_en": "Our text"}
    assert chef.post("/replies/0", {**values, "text_en": ""}).status_code == 422
    assert chef.post("/replies/0", values).status_code == 303
    for language, text in (("fr", "Texte à nous"), ("en", "Our text")):
        identity = talk([("patient", "aide")], tier="C1", language=language)
        amelie.post(f"/conversations/{identity}/claim")
        # The text is in the patient's language, whatever the desk speaks.
        assert f'data-fill="{text}"' in amelie.get(f"/conversations/{identity}").text
    with session_scope(team.url) as session:
        number = session.query(CannedReply).filter_by(title_fr="Titre").one().id
    assert chef.post(f"/replies/{number}/remove").status_code == 303
    assert chef.post(f"/replies/{number}/remove").status_code == 404


def test_audit_page_filters_and_is_audited(team: Team, talk: Callable[..., str]) -> None:
    identity = talk([("patient", "aide")], tier="C1")
    team.amelie.get(f"/conversations/{identity}")
    team.marc.get("/figures")
    chef = team.chef
    page = chef.get(f"/audit?action=transcript.read&staff={team.amelie.id}").text
    assert page.count("<tr><td><time") == 1
    assert "Accès refusé" in chef.get("/audit?action=access.refused").text
    assert chef.get("/audit?action=nonsense&staff=x&before=y&from=z").status_code == 200
    with session_scope(team.url) as session:
        assert session.query(AuditEntry).filter_by(action="audit.read").count() == 3
    assert "<tr><td><time" not in chef.get("/audit?to=2020-01-01").text


def test_audit_holds_nothing_patients_wrote(team: Team, talk: Callable[..., str]) -> None:
    identity = talk([("patient", "confidence-du-patient")], tier="C1", evidence=["confidence-du-patient"])
    amelie, lea, chef = team.amelie, team.lea, team.chef
    for person, path in (
        (amelie, "/alerts"),
        (amelie, f"/conversations/{identity}"),
        (lea, "/review"),
        (lea, "/figures"),
    ):
        person.get(path)
    lea.htmx("/review", {"text": "confidence"})
    chef.post("/privacy/export", {"conversation": identity})
    with session_scope(team.url) as session:
        for row in session.query(AuditEntry):
            assert "confidence" not in f"{row.action}{row.detail}{row.staff_name}"
            assert row.at <= now()


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", ("conversations montrées : 1", "état : Marquée")), ("en", ("conversations shown: 1", "state: Flagged"))],
)
def test_details_of_the_log_are_in_the_readers_language(
    team: Team, talk: Callable[..., str], language: str, words: tuple[str, str]
) -> None:
    identity = talk([("patient", "bonjour")])
    team.lea.htmx("/review")
    team.lea.post(f"/conversations/{identity}/state", {"state": "flagged"})
    page = team.sign_in("chef", language).get("/audit").text
    assert "state: flagged" not in page
    for expected in words:
        assert expected in page
