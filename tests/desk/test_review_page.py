"""Searching, saved views, states, tags and judgements."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.settings import get_settings
from bot.store import judgements, ratings, remarks, review
from bot.store.database import session_scope
from bot.store.desk_models import AuditEntry
from bot.store.models import Turn
from tests.desk.conftest import Team


@pytest.fixture
def mixed(team: Team, talk: Callable[..., str]) -> dict[str, str]:
    """Conversations that differ in one thing each, by name."""
    day = 86400.0
    now = time.time()
    made = {
        "plain": talk([("patient", "pourquoi ça résiste")], at=now - 1000),
        "english": talk([("patient", "why does it resist")], language="en", at=now - 900),
        "telegram": talk([("patient", "bonjour vous")], channel="telegram", at=now - 800),
        "trials": talk([("patient", "les essais", {"intent": "clinical_trials"})], at=now - 700),
        "unsure": talk([("patient", "hum", {"confidence": 0.21})], at=now - 600),
        "fallback": talk([("patient", "la météo à Cœur-la-Vallée", {"actions": ["utter_no_answer"]})], at=now - 500),
        "clarify": talk([("patient", "traitement ?", {"actions": ["utter_clarify"]})], at=now - 400),
        "flagged": talk([("patient", "un message")], tier="C2", at=now - 300),
        "old": talk([("patient", "il y a longtemps")], at=now - 40 * day),
        "rated": talk([("patient", "utile ou pas")], at=now - 200),
        "tagged": talk([("patient", "étiquette")], at=now - 100),
        "judged": talk([("patient", "mauvaise réponse")], at=now - 50),
    }
    with session_scope(team.url) as session:
        ratings.rate(
            session, conversation_id=made["rated"], utterance_id="u", topic="causes", language="fr", useful=False
        )
        remarks.tag(session, made["tagged"], "À relire", staff_id=1)
        remarks.set_review(session, made["tagged"], "todo")
        turn = session.query(Turn).filter_by(conversation_id=made["judged"]).one()
        judgements.judge(session, turn.id, "incomplete", staff_id=1)
    return made


def found(html: str, made: dict[str, str]) -> set[str]:
    names = {identity: name for name, identity in made.items()}
    return {names[identity] for identity in re.findall(r'href="/conversations/([0-9a-f]{32})"', html)}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"language": "en"}, {"english"}),
        ({"channel": "telegram"}, {"telegram"}),
        ({"topic": "clinical_trials"}, {"trials"}),
        ({"below": "30"}, {"unsure"}),
        ({"outcome": "fallback"}, {"fallback"}),
        ({"outcome": "clarify"}, {"clarify"}),
        ({"tier": "any"}, {"flagged"}),
        ({"tier": "C1"}, set()),
        ({"rating": "not_useful"}, {"rated"}),
        ({"rating": "useful"}, set()),
        ({"review": "todo"}, {"tagged"}),
        ({"tag": "1"}, {"tagged"}),
        ({"verdict": "incomplete"}, {"judged"}),
        ({"to": "2020-01-01"}, set()),
        ({"text": "RÉSISTE"}, {"plain"}),
        ({"text": "resist"}, {"plain", "english"}),
        ({"text": "pourquoi resi"}, {"plain"}),
        ({"text": "coeur meteo"}, {"fallback"}),
        ({"text": "cœur"}, {"fallback"}),
        ({"text": '"; DROP TABLE turns; --'}, set()),
        ({"text": "resist", "language": "en"}, {"english"}),
        ({"text": "!!!"}, set()),
    ],
)
def test_each_filter_finds_its_own(
    team: Team, mixed: dict[str, str], filters: dict[str, str], expected: set[str]
) -> None:
    lea = team.lea
    assert found(lea.htmx("/review", filters).text, mixed) == expected
    if "text" not in filters:
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        assert found(lea.get(f"/review?{query}").text, mixed) == expected


def test_dates_are_days_of_the_staff_and_the_last_one_counts(team: Team, mixed: dict[str, str]) -> None:
    written = datetime.fromtimestamp(time.time() - 40 * 86400, ZoneInfo(get_settings().duty_timezone)).date()
    day, before, after = (str(written + timedelta(days=more)) for more in (0, -1, 1))
    assert found(team.lea.get(f"/review?to={day}").text, mixed) == {"old"}
    assert found(team.lea.get(f"/review?to={before}").text, mixed) == set()
    assert "old" in found(team.lea.get(f"/review?from={day}").text, mixed)
    assert "old" not in found(team.lea.get(f"/review?from={after}").text, mixed)


def test_nonsense_in_the_address_is_ignored(team: Team, mixed: dict[str, str]) -> None:
    html = team.lea.get("/review?language=xx&outcome=yy&tag=zz&below=-3&from=tomorrow&review=%27&tier=Z9&after=1").text
    assert found(html, mixed) == set(mixed)


def test_latest_first_and_page_by_page(team: Team, talk: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.desk.review_page.PAGE", 3)
    ids = [talk([("patient", f"message {n}")], at=time.time() - 1000 + n) for n in range(8)]
    lea = team.lea
    page, seen = lea.htmx("/review").text, []
    for _ in range(5):
        seen += re.findall(r'href="/conversations/([0-9a-f]{32})"', page)
        after = re.search(r'name="after" value="([^"]+)"', page)
        if after is None:
            break
        page = lea.htmx("/review", {"after": after[1]}).text
    assert seen == ids[::-1]


def test_results_are_masked_and_show_the_message_that_matters(team: Team, talk: Callable[..., str]) -> None:
    talk([
        ("patient", "bonjour"),
        ("patient", "je m'appelle Odile et mon chat aussi", {"actions": ["utter_no_answer"]}),
    ])  # fmt: skip
    html = team.lea.htmx("/review", {"outcome": "fallback"}).text
    assert "je m&#39;appelle [nom] et mon chat aussi" in html
    assert "Odile" not in html
    assert "bonjour" in team.lea.get("/review").text


def test_a_searched_text_is_in_no_address_audit_or_view(team: Team, mixed: dict[str, str]) -> None:
    lea = team.lea
    html = lea.htmx("/review", {"text": "resist"}).text
    assert "resist" not in "".join(re.findall(r'(?:href|action|hx-\w+)="([^"]*)"', html))
    lea.post("/review/views", {"view_name": "vue", "text": "resist", "language": "fr"})
    assert "resist" not in lea.get("/review?view=1").text.replace("résiste", "")
    with session_scope(team.url) as session:
        assert all("resist" not in str(row.detail) for row in session.query(AuditEntry))
        listed = session.query(AuditEntry).filter_by(action="review.listed").first()
        assert listed is not None
        assert set(listed.detail["shown"]) == {mixed["plain"], mixed["english"]}


def test_saved_views_are_ones_own_or_shared(team: Team, mixed: dict[str, str]) -> None:
    lea, chef = team.lea, team.chef
    lea.post("/review/views", {"view_name": "À moi", "language": "en"})
    lea.post("/review/views", {"view_name": "Pour tous", "outcome": "fallback", "shared": "on"})
    assert found(lea.get("/review?view=1").text, mixed) == {"english"}
    page = chef.get("/review").text
    assert "Pour tous" in page
    assert "À moi" not in page
    assert found(chef.get("/review?view=2").text, mixed) == {"fallback"}
    assert found(chef.get("/review?view=1").text, mixed) == set(mixed)
    assert chef.post("/review/views/2/remove").status_code == 404
    assert lea.post("/review/views/2/remove").status_code == 303
    assert "Pour tous" not in chef.get("/review").text


def test_alike_finds_the_same_words_whatever_their_case(team: Team, talk: Callable[..., str]) -> None:
    same = [
        talk([("patient", text, {"actions": ["utter_no_answer"]})])
        for text in ("Où garer ma voiture ?", "ou garer ma VOITURE ?")
    ]
    talk([("patient", "où garer ma voiture le soir", {"actions": ["utter_no_answer"]})])
    with session_scope(team.url) as session:
        turn = session.query(Turn).filter_by(conversation_id=same[0]).one().id
    html = team.lea.get(f"/review?alike={turn}").text
    assert set(re.findall(r'href="/conversations/([0-9a-f]{32})"', html)) == set(same)


def test_states_and_tags(team: Team, talk: Callable[..., str]) -> None:
    identity = talk([("patient", "bonjour")])
    lea = team.lea
    assert 'aria-pressed="true">Relue' in lea.htmx(f"/conversations/{identity}/state", {"state": "reviewed"}).text
    assert lea.post(f"/conversations/{identity}/state", {"state": "nonsense"}).status_code == 422
    assert "douleur" in lea.htmx(f"/conversations/{identity}/tags", {"tag": "  Douleur "}).text
    assert lea.htmx(f"/conversations/{identity}/tags", {"tag": "douleur"}).text.count("tags/1/remove") == 2
    assert "tags/1/remove" not in lea.htmx(f"/conversations/{identity}/tags/1/remove").text
    assert lea.post("/conversations/unknown/tags", {"tag": "x"}).status_code == 404


@pytest.mark.parametrize(("language", "word"), [("fr", "Mauvais sujet"), ("en", "Wrong topic")])
def test_judging_an_answer(team: Team, talk: Callable[..., str], language: str, word: str) -> None:
    identity = talk([("patient", "et les essais ?")])
    with session_scope(team.url) as session:
        turn = session.query(Turn).filter_by(conversation_id=identity).one().id
    lea = team.sign_in("lea", language)
    judge = f"/turns/{turn}/judgement"
    assert lea.post(judge, {"verdict": "wrong_topic"}).status_code == 422
    assert lea.post(judge, {"verdict": "wrong_topic", "expected": "no_such"}).status_code == 422
    assert lea.post(judge, {"verdict": "no_such"}).status_code == 422
    html = lea.htmx(judge, {"verdict": "wrong_topic", "expected": "clinical_trials", "comment": "vu avec Léa"}).text
    assert word in html
    with session_scope(team.url) as session:
        assert [(j.verdict, j.expected) for j, _ in judgements.to_export(session)] == [
            ("wrong_topic", "clinical_trials")
        ]
    lea.htmx(judge, {"verdict": "right", "expected": "clinical_trials"})
    with session_scope(team.url) as session:
        assert judgements.to_export(session) == []
        assert judgements.of(session, [turn])[turn].expected is None
    lea.htmx(judge, {"verdict": "none"})
    with session_scope(team.url) as session:
        assert judgements.of(session, [turn]) == {}
    assert lea.post("/turns/999999/judgement", {"verdict": "right"}).status_code == 404


def plan(session: Any, wanted: review.Wanted) -> list[str]:
    from sqlalchemy.dialects import sqlite

    statement = review.statement(session, wanted, limit=51)
    source = str(statement.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    return [row[3] for row in session.connection().exec_driver_sql("EXPLAIN QUERY PLAN " + source)]


@pytest.mark.parametrize(
    "wanted",
    [
        review.Wanted(),
        review.Wanted(language="fr", channel="widget", review="unread", outcome="fallback", confidence_below=0.3),
        review.Wanted(topic="causes", tag=1, rating="useful", verdict="right", tier="C1"),
        review.Wanted(words_in="fièvre forte", language="en"),
    ],
)
def test_queries_walk_indexes_only(store_url: str, wanted: review.Wanted) -> None:
    with session_scope(store_url, write=False) as session:
        for step in plan(session, wanted):
            reads = step.startswith(("SCAN", "SEARCH"))
            assert not reads or "INDEX" in step or "PRIMARY KEY" in step, step
            assert "TEMP B-TREE FOR ORDER BY" not in step
