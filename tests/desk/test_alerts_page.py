"""The queue: order, colours, what is told of each, and the audit of previews."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.settings import get_settings
from bot.store import alerts, handoff
from bot.store.columns import now
from bot.store.database import session_scope
from bot.store.desk_models import AuditEntry
from bot.store.models import Alert, Page
from tests.desk.conftest import Team


def shown(html: str) -> list[str]:
    """Tiers in the order of the cards, • for none."""
    return re.findall(r'<span class="tier">(.+?)</span>', html)


def test_red_first_then_waiting_time_and_end_of_life_apart(team: Team, talk: Callable[..., str]) -> None:
    before = time.time()
    for number, tier in enumerate(("C6", "E2", "C3", "C1", "E0", None)):
        talk([("patient", "message")], tier=tier, asked=tier is None, at=before - 600 + number)
    talk([("patient", "plus ancien")], tier="C1", at=before - 900)
    html = team.amelie.get("/alerts").text
    assert shown(html) == ["C1", "C1", "E0", "C3", "E2", "•", "C6"]
    assert html.index("plus ancien") < html.index("Sans urgence")
    assert shown(html[html.index('id="h-calm"') :]) == ["C6"]
    assert html.count('class="alert sev-red"') == 3


@pytest.mark.parametrize(
    ("language", "tier_words", "waits"),
    [
        ("fr", "Détresse : geste en cours ou moyens en main", "attend depuis"),
        ("en", "Distress: attempt or means in hand", "waiting for"),
    ],
)
def test_card_says_what_staff_need(
    team: Team, talk: Callable[..., str], language: str, tier_words: str, waits: str
) -> None:
    talk(
        [("patient", "je m'appelle Bernard, les comprimés sont là"), ("bot", "Appelez le 15.")],
        tier="C1", evidence=["comprimes sont la"], country="be", channel="telegram",
    )  # fmt: skip
    html = team.sign_in("amelie", language).get("/alerts").text
    for expected in (
        tier_words,
        waits,
        "BE",
        "telegram",
        "comprimes sont la",
        "les comprimés sont là",
        "Appelez le 15.",
    ):
        assert expected in html, expected
    assert "Bernard" not in html


def test_second_alarm_failed_page_withdrawal_and_no_answer_are_visible(team: Team, talk: Callable[..., str]) -> None:
    identity = talk([("patient", "message")], tier="C1")
    page = team.amelie.get("/alerts").text
    for words in ("Deuxième alarme", "pas pu être remis", "pas ce que je voulais dire", "répondu à temps"):
        assert words not in page
    with session_scope(team.url) as session:
        alert = session.query(Alert).filter_by(conversation_id=identity).one()
        alert.unanswered_at = now()
        for level, stage, given_up in (("first", 0, None), ("second", 3, now())):
            session.add(Page(alert_id=alert.id, kind="webhook", level=level, stage=stage, due_at=now(), attempts=1,
                             delivered_at=None if given_up else now(), given_up_at=given_up))  # fmt: skip
        alerts.withdraw(session, conversation_id=identity)
    page = team.amelie.get("/alerts").text
    for words in ("Deuxième alarme", "pas pu être remis", "pas ce que je voulais dire", "répondu à temps"):
        assert words in page, words


def test_taken_ones_move_to_their_owner(team: Team, talk: Callable[..., str]) -> None:
    mine, others = talk([("patient", "un")], tier="E1"), talk([("patient", "deux")], tier="E1")
    amelie, marc = team.amelie, team.marc
    with session_scope(team.url) as session:
        assert handoff.claim(session, mine, amelie.id)
        assert handoff.claim(session, others, marc.id)
    html = amelie.get("/alerts").text
    assert "Personne n’attend" in html
    assert html.index("Avec vous") < html.index("Avec vos collègues")
    assert "avec Marc" in html


@pytest.mark.parametrize(("hours", "words"), [("24/7", "Quelqu’un est de garde"), ("", "Aucune garde n’est réglée")])
def test_says_whether_anybody_is_on_duty(team: Team, monkeypatch: pytest.MonkeyPatch, hours: str, words: str) -> None:
    monkeypatch.setenv("REPERE_DUTY_HOURS", hours)
    get_settings.cache_clear()
    assert words in team.amelie.get("/alerts").text


def test_reading_previews_is_audited_once_in_a_while(team: Team, talk: Callable[..., str]) -> None:
    identity = talk([("patient", "message")], tier="C1")
    amelie, marc = team.amelie, team.marc
    for _ in range(3):
        amelie.get("/alerts/queue")
    marc.get("/alerts")
    with session_scope(team.url) as session:
        rows = session.query(AuditEntry).filter_by(action="preview.read").all()
        assert [(row.staff_id, row.conversation_id) for row in rows] == [(amelie.id, identity), (marc.id, identity)]
        rows[0].at = now() - timedelta(minutes=11)
    amelie.get("/alerts/queue")
    with session_scope(team.url) as session:
        assert session.query(AuditEntry).filter_by(action="preview.read").count() == 3


def test_text_of_patients_is_escaped(team: Team, talk: Callable[..., str]) -> None:
    talk([("patient", "<script>alert(1)</script>")], tier="C1", evidence=["<img src=x>"])
    html = team.amelie.get("/alerts").text
    assert "<script>alert" not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(1)" in html
