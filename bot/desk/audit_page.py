"""Who read or changed what. For admins; reading it is an entry too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from bot.desk.context import Desk, note
from bot.desk.rendering import render
from bot.desk.texts import Texts, texts
from bot.settings import get_settings
from bot.store import audit, staff
from bot.store.audit import Wanted
from bot.store.conversations import log_key
from bot.store.desk_models import AuditEntry
from bot.store.sign_ins import Visitor

PAGE: Final = 100
ACTIONS: Final = (
    "access.refused",
    "answer.judged",
    "api.used",
    "audit.read",
    "canned.removed",
    "canned.saved",
    "claim.lost",
    "comment.approved",
    "comment.corrected",
    "comment.rejected",
    "conversation.claimed",
    "conversation.closed",
    "conversation.entered",
    "conversation.released",
    "details.revealed",
    "figures.exported",
    "figures.read",
    "note.added",
    "password.changed",
    "person.erased",
    "person.exported",
    "person.looked_up",
    "preview.read",
    "purge.done",
    "purge.tried",
    "review.exported",
    "review.listed",
    "review.marked",
    "sign_in.done",
    "sign_in.failed",
    "sign_in.locked",
    "sign_out.done",
    "staff.added",
    "staff.disable",
    "staff.enable",
    "staff.new_password",
    "staff.role",
    "staff.unlock",
    "tag.added",
    "tag.removed",
    "token.issued",
    "transcript.read",
    "view.removed",
    "view.saved",
)
# Details whose values have names in the desk's texts: the section that holds them.
_NAMED_IN: Final = {
    "outcome": "outcome",
    "permission": "permissions",
    "role": "roles",
    "state": "review_states",
    "verdict": "verdicts",
}


@dataclass(frozen=True)
class EntryView:
    """An entry; ``key`` stands for the conversation, whose id may be a phone number."""

    entry: AuditEntry
    key: str | None
    detail: str


async def show(request: Request, desk: Desk, visitor: Visitor) -> Response:
    """Entries that match the filters of the address."""
    wanted, t = _wanted(request), texts(visitor.language)

    def work(session: Session) -> tuple[list[AuditEntry], dict[int, str]]:
        return audit.listing(session, wanted, limit=PAGE + 1), staff.names(session)

    entries, names = await desk.read(work)
    await desk.write(lambda session: note(session, visitor, "audit.read"))
    more, entries = len(entries) > PAGE, entries[:PAGE]
    return render(
        request,
        "audit.html",
        views=[_view(entry, t) for entry in entries],
        names=names,
        actions=ACTIONS,
        wanted=wanted,
        day_from=request.query_params.get("from", ""),
        day_to=request.query_params.get("to", ""),
        before=entries[-1].id if more else None,
    )


def _view(entry: AuditEntry, t: Texts) -> EntryView:
    detail = ", ".join(
        t("audit.pair", name=t.get(f"audit.details.{name}", name), value=_said(t, name, value))
        for name, value in (entry.detail or {}).items()
        if value not in (None, "", False, [], {})
    )
    return EntryView(entry, log_key(entry.conversation_id) if entry.conversation_id else None, detail)


def _said(t: Texts, name: str, value: object) -> str:
    if isinstance(value, (list, dict)):
        return str(len(value))
    if value is True:
        return t("audit.yes")
    return t.get(f"{_NAMED_IN.get(name, '')}.{value}", str(value))


def _wanted(request: Request) -> Wanted:
    params = request.query_params
    action, member, before = params.get("action", ""), params.get("staff", ""), params.get("before", "")
    first, last = _midnight(params.get("from", "")), _midnight(params.get("to", ""))
    return Wanted(
        staff_id=int(member) if member.isdecimal() and len(member) < 10 else None,
        action=action if action in ACTIONS else None,
        conversation_id=params.get("conversation") or None,
        since=first,
        until=last + timedelta(days=1) if last else None,
        before_id=int(before) if before.isdecimal() and len(before) < 19 else None,
    )


def _midnight(text: str) -> datetime | None:
    try:
        day = datetime.fromisoformat(text)
    except ValueError:
        return None
    return day.replace(tzinfo=ZoneInfo(get_settings().duty_timezone)).astimezone(timezone.utc)
