"""Pages as e-mails over SMTP."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import formatdate
from typing import Final

import aiosmtplib
import structlog

from bot.safety import notice
from bot.safety.delivery import DELIVERED, Attempt
from bot.settings import Settings
from bot.store import alerts
from bot.store.pages import ClaimedPage

log = structlog.get_logger(__name__)

# SMTP replies from here on are permanent (RFC 5321 4.2.1); below, the server asks to try again.
_PERMANENT: Final = 500


async def send(page: ClaimedPage, settings: Settings) -> Attempt:
    """Send one page to every recipient of its level. Enough when one recipient was accepted.

    Refused for good (5yz): no other attempt. Any other failure of the way is worth one. Raises OSError and
    ContentError.
    """
    recipients = alerts.emails_of(settings, page.level)
    if not recipients or not settings.smtp_host:
        return Attempt(False, error="not configured")
    try:
        refused, _ = await aiosmtplib.send(
            message(page, settings),
            sender=settings.page_email_from,
            recipients=recipients,
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user or None,
            password=settings.smtp_password or None,
            timeout=settings.page_timeout,
            use_tls=settings.smtp_tls == "tls",
            start_tls=settings.smtp_tls == "starttls",
        )
    except aiosmtplib.SMTPRecipientsRefused as error:
        codes = [refusal.code for refusal in error.recipients]
        return Attempt(False, retry=min(codes) < _PERMANENT, error=f"SMTP {min(codes)}")
    except aiosmtplib.SMTPResponseException as error:
        return Attempt(False, retry=error.code < _PERMANENT, error=f"SMTP {error.code}")
    except aiosmtplib.SMTPNotSupported as error:
        return Attempt(False, error=type(error).__name__)
    if refused:
        log.warning("page.recipients_refused", page_id=page.id, alert_id=page.alert_id, refused=len(refused))
    return DELIVERED


def message(page: ClaimedPage, settings: Settings) -> EmailMessage:
    """The e-mail of one page; its Message-ID is the same at every attempt. Raises ContentError."""
    made = EmailMessage()
    made["Subject"] = notice.subject(page)
    made["From"] = settings.page_email_from
    made["To"] = ", ".join(alerts.emails_of(settings, page.level))
    made["Date"] = formatdate(page.created_at.timestamp(), usegmt=True)
    domain = settings.page_email_from.rpartition("@")[2].strip("> ") or "localhost"
    made["Message-ID"] = f"<repere-page-{page.id}-{int(page.created_at.timestamp())}@{domain}>"
    # Absence notes and the like must not answer a machine (RFC 3834).
    made["Auto-Submitted"] = "auto-generated"
    made["Importance"] = "high"
    made.set_content(notice.body(page, settings))
    return made
