"""bot/safety/mail.py and notice.py against a real mail server."""

from __future__ import annotations

import time
from email import message_from_bytes
from email.policy import default as modern
from typing import Any

import pytest

from bot.safety import notice
from bot.safety.paging import deliver_due
from bot.settings import get_settings
from bot.store.pages import ClaimedPage
from tests.alerted import NOON, SECRET_WORDS, after, raise_alert
from tests.receivers import HttpServer, MailServer, free_port

pytestmark = pytest.mark.usefixtures("store")


async def test_an_e_mail_is_bilingual_and_says_nothing_the_patient_wrote(paged_by: Any) -> None:
    mail = MailServer()
    with mail.up() as port:
        paged_by(
            smtp_host="127.0.0.1",
            smtp_port=port,
            page_email_to="nurse@example.org, ward@example.org",
            page_email_from="Repère <repere@example.org>",
        )
        alert_id = raise_alert("E0", language="fr", country=None)
        [done] = await deliver_due(NOON)
    assert done.delivered
    [envelope] = mail.box.received
    assert envelope.rcpt_tos == ["nurse@example.org", "ward@example.org"]
    message = message_from_bytes(envelope.content, policy=modern)
    assert message["Subject"] == (
        f"Repère : alerte E0 n° {alert_id}, une personne attend / Repère: alert E0 no. {alert_id}, a person is waiting"
    )
    assert message["Auto-Submitted"] == "auto-generated"
    text = message.get_content()
    for piece in ("urgence immédiate", "emergency now", "Pays : inconnu", "Country: unknown", "Langue : fr"):
        assert piece in text
    assert text.count("http://127.0.0.1:5080/conversations/c1") == 2
    assert "2026-11-25 11:00 CET" in text
    assert SECRET_WORDS not in text


@pytest.mark.parametrize(
    ("level", "stage", "french", "english"),
    [
        ("first", 2, "rappel 2", "reminder 2"),
        ("second", 1, "première personne", "first person"),
        ("manager", 1, "dans les délais", "nobody has answered in time"),
    ],
)
def test_subjects_of_later_pages(level: str, stage: int, french: str, english: str) -> None:
    page = ClaimedPage(1, 7, "email", level, stage, 1, "E1", "c1", "fr", "fr", "widget", NOON)
    assert french in notice.subject(page).split(" / ")[0]
    assert english in notice.subject(page).split(" / ")[1]


def test_every_tier_has_a_name_in_both_languages() -> None:
    for tier in ("E0", "E1", "E2", "C1", "C2", "C3", "C4", "C5", "C6"):
        page = ClaimedPage(1, 7, "email", "first", 0, 1, tier, "c1", None, None, "", NOON)
        assert notice.body(page, get_settings()).count(f"{tier} (") == 2


@pytest.mark.parametrize(
    ("reply", "given_up", "error"),
    [("451 try later", False, "SMTP 451"), ("554 no", True, "SMTP 554")],
)
async def test_mail_servers_that_refuse(paged_by: Any, reply: str, given_up: bool, error: str) -> None:
    with MailServer(reply).up() as port:
        paged_by(smtp_host="127.0.0.1", smtp_port=port, page_email_to="nurse@example.org")
        raise_alert()
        [done] = await deliver_due(NOON)
    assert (done.given_up, done.error) == (given_up, error)


async def test_one_accepted_recipient_is_enough_and_none_is_not(paged_by: Any) -> None:
    mail = MailServer()
    mail.box.refused = {"gone@example.org"}
    with mail.up() as port:
        smtp = {"smtp_host": "127.0.0.1", "smtp_port": port}
        paged_by(**smtp, page_email_to="gone@example.org,nurse@example.org")
        raise_alert()
        assert (await deliver_due(NOON))[0].delivered
        paged_by(**smtp, page_email_to="gone@example.org")
        raise_alert()
        [done] = await deliver_due(NOON)
    assert (done.given_up, done.error) == (True, "SMTP 550")


async def test_a_mail_server_that_is_gone_or_hangs_is_tried_again(paged_by: Any) -> None:
    paged_by(smtp_host="127.0.0.1", smtp_port=free_port(), page_email_to="nurse@example.org")
    raise_alert()
    [done] = await deliver_due(NOON)
    assert (done.given_up, done.error) == (False, "SMTPConnectError")
    async with HttpServer("hang").up() as silent:
        paged_by(smtp_host="127.0.0.1", smtp_port=silent.port, page_email_to="nurse@example.org")
        began = time.monotonic()
        [done] = await deliver_due(after(10))
        assert time.monotonic() - began < 4
    assert (done.given_up, done.error) == (False, "timeout")
