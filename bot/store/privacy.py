"""What is known of one conversation, forgetting it, and forgetting what has grown old.

Tables that belong to other parts register themselves with :func:`also`, so that nothing about a person is left.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import structlog
from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.store import conversations
from bot.store.columns import now
from bot.store.database import session_scope
from bot.store.models import (
    Alert,
    Comment,
    CommentRevision,
    Conversation,
    EventRow,
    InboxMessage,
    Page,
    Rating,
    Turn,
)

log = structlog.get_logger(__name__)

# Rows that are gone with the conversation, whatever the reason.
_OWN: Final[tuple[tuple[str, Any], ...]] = (
    ("events", EventRow),
    ("turns", Turn),
    ("inbox", InboxMessage),
    ("ratings", Rating),
)
# An erased conversation's empty row has to outlive the reply that tells of the erasure.
_EMPTY_ROW_KEPT: Final = timedelta(days=1)
_AT_ONCE: Final = 100
_QUIET: Final[dict[str, Any]] = {"synchronize_session": False}

# Modules that register themselves; the process that forgets may be one that never needed them before.
_OTHER_PARTS: Final = ("bot.store.desk_rows", "bot.store.widget_receipts")

Extra = Callable[[Session, Sequence[str]], int]
_extras: dict[str, tuple[Extra, Extra]] = {}


@dataclass(frozen=True)
class Counts:
    """Rows deleted (``alerts``: stripped when erasing, deleted when purging; ``comments``: unlinked or deleted)."""

    conversations: int = 0
    events: int = 0
    turns: int = 0
    inbox: int = 0
    ratings: int = 0
    comments: int = 0
    alerts: int = 0
    others: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def also(name: str, remove: Extra, count: Extra | None = None) -> None:
    """Register rows of another part: ``remove(session, conversation_ids)`` deletes them and returns how many.

    ``count`` tells how many that would be.
    """
    _extras[name] = (remove, count or (lambda *_: 0))


def erase(
    session: Session,
    conversation_id: str,
    *,
    comments: Literal["unlink", "delete"] = "unlink",
    at: datetime | None = None,
) -> Counts:
    """Forget one conversation everywhere, in the caller's transaction. Raises NotFound.

    Alerts stay, without evidence, so that a person in danger is still reached; the conversation's row stays empty for
    as long as the running turn may write to it (see :func:`purge`). Approved comments are public: they lose their
    link to the conversation, or go as well when the patient wants that.
    """
    conversation = conversations.lock(session, conversation_id)
    if conversation is None:
        raise NotFound(f"There is no conversation '{conversation_id}'.")
    counts = _remove(session, [conversation_id], comments)
    stripped = session.execute(
        update(Alert)
        .where(Alert.conversation_id == conversation_id)
        .values(evidence=[], erased_at=at or now())
        .execution_options(synchronize_session=False)
    ).rowcount
    _empty(conversation, at or now())
    session.flush()
    session.expire_all()
    log.info("privacy.erased", conversation=conversations.log_key(conversation_id), alerts=stripped)
    return counts + Counts(alerts=stripped)


def export(session: Session, conversation_id: str) -> dict[str, Any]:
    """Everything stored about one conversation, as JSON values; moments as ISO 8601. Raises NotFound."""
    conversation = conversations.get(session, conversation_id)
    events = session.execute(
        select(EventRow.data).where(EventRow.conversation_id == conversation_id).order_by(EventRow.id)
    ).scalars()
    exported: dict[str, Any] = {
        "conversation": _plain(conversation),
        "events": [json.loads(data) for data in events],
    }
    for name, model in (*_OWN[1:], ("alerts", Alert), ("comments", Comment)):
        rows = session.execute(select(model).where(model.conversation_id == conversation_id)).scalars()
        exported[name] = [_plain(row) for row in rows]
    return exported


def purge(
    older_than: timedelta,
    *,
    dry_run: bool = False,
    flagged_older_than: timedelta | None = None,
    url: str | None = None,
    at: datetime | None = None,
) -> Counts:
    """Delete conversations whose last message is older than ``older_than``; returns what was, or would be, deleted.

    Flagged ones (an alert, or flagged in review) go only after ``flagged_older_than``, never while someone waits or
    a person owns them. Erased ones go with their empty row after a day. Comments lose their link. Works in its own
    short transactions, so that a long purge holds up no patient. Raises StoreUnavailable.
    """
    moment = at or now()
    kept_longer = max(older_than, flagged_older_than or older_than)
    with session_scope(url, write=False) as session:
        due = _due(session, moment, older_than, kept_longer)
    total = Counts()
    for start in range(0, len(due), _AT_ONCE):
        with session_scope(url, write=not dry_run) as session:
            # Somebody may have come back since the list was made.
            still = set(_due(session, moment, older_than, kept_longer, among=due[start : start + _AT_ONCE]))
            ids = sorted(still)
            total += _count(session, ids) if dry_run else _purge(session, ids)
    log.info("privacy.purged", dry_run=dry_run, conversations=total.conversations)
    return total


def _purge(session: Session, ids: Sequence[str]) -> Counts:
    # The pages go before the alerts they belong to.
    alerts = select(Alert.id).where(Alert.conversation_id.in_(ids))
    session.execute(delete(Page).where(Page.alert_id.in_(alerts)).execution_options(**_QUIET))
    counts = _remove(session, ids, "unlink") + Counts(alerts=_delete(session, Alert, ids))
    gone = delete(Conversation).where(Conversation.id.in_(ids)).execution_options(**_QUIET)
    return counts + Counts(conversations=session.execute(gone).rowcount)


def _due(
    session: Session,
    moment: datetime,
    older_than: timedelta,
    kept_longer: timedelta,
    among: Sequence[str] | None = None,
) -> list[str]:
    flagged = or_(
        Conversation.review == "flagged",
        select(Alert.id).where(Alert.conversation_id == Conversation.id).exists(),
    )
    old = Conversation.last_at < moment - older_than
    very_old = Conversation.last_at < moment - kept_longer
    empty = and_(Conversation.erased_at < moment - _EMPTY_ROW_KEPT, Conversation.last_at <= Conversation.erased_at)
    query = select(Conversation.id).where(
        Conversation.state.not_in(("waiting", "human")), or_(and_(or_(old, empty), ~flagged), very_old)
    )
    if among is not None:
        query = query.where(Conversation.id.in_(among))
    return list(session.execute(query.order_by(Conversation.id)).scalars())


def _remove(session: Session, ids: Sequence[str], comments: Literal["unlink", "delete"]) -> Counts:
    deleted = {name: _delete(session, model, ids) for name, model in _OWN}
    if comments == "delete":
        mine = select(Comment.id).where(Comment.conversation_id.in_(ids))
        session.execute(delete(CommentRevision).where(CommentRevision.comment_id.in_(mine)).execution_options(**_QUIET))
        touched = _delete(session, Comment, ids)
    else:
        touched = session.execute(
            update(Comment)
            .where(Comment.conversation_id.in_(ids))
            .values(conversation_id=None)
            .execution_options(**_QUIET)
        ).rowcount
    others = sum(remove(session, ids) for remove, _ in _others())
    return Counts(comments=touched, others=others, **deleted)


def _others() -> list[tuple[Extra, Extra]]:
    for module in _OTHER_PARTS:
        importlib.import_module(module)
    return list(_extras.values())


def _delete(session: Session, model: Any, ids: Sequence[str]) -> int:
    done = session.execute(delete(model).where(model.conversation_id.in_(ids)).execution_options(**_QUIET))
    return int(done.rowcount)


def _count(session: Session, ids: Sequence[str]) -> Counts:
    def count(model: Any) -> int:
        query = select(func.count()).select_from(model).where(model.conversation_id.in_(ids))
        return int(session.execute(query).scalar_one())

    found = {name: count(model) for name, model in (*_OWN, ("comments", Comment), ("alerts", Alert))}
    others = sum(count_others(session, ids) for _, count_others in _others())
    return Counts(conversations=len(ids), others=others, **found)


def _empty(conversation: Conversation, at: datetime) -> None:
    conversation.slots = None
    conversation.active_loop = None
    conversation.paused = False
    conversation.country = None
    conversation.last_topic = None
    conversation.lowest_confidence = None
    for name in ("turns", "answered", "clarified", "fallbacks", "escalations"):
        setattr(conversation, name, 0)
    conversation.erased_at = at
    conversation.version += 1


def _plain(row: Any) -> dict[str, Any]:
    values = {column.key: getattr(row, column.key) for column in type(row).__mapper__.column_attrs}
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in values.items()}
