"""What reviewers think of single answers; the wrong ones wait for the export.

All functions work inside the caller's session and leave the commit to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bot.errors import NotFound
from bot.store.columns import now
from bot.store.desk_models import Judgement
from bot.store.models import Turn

VERDICTS: Final = ("right", "wrong_topic", "incomplete", "out_of_date")
LONGEST_COMMENT: Final = 2000


def judge(
    session: Session,
    turn_id: int,
    verdict: str,
    *,
    staff_id: int,
    expected: str | None = None,
    comment: str = "",
    at: datetime | None = None,
) -> Judgement:
    """Set or change the judgement of one answer; a changed one is exported anew.

    Raises NotFound without such a turn, ValueError on an unknown verdict, a long comment, or a wrong topic without
    the intent it should have been.
    """
    turn: Turn | None = session.get(Turn, turn_id)
    if turn is None:
        raise NotFound("There is no such message.")
    if verdict not in VERDICTS:
        raise ValueError(f"The verdict has to be one of: {', '.join(VERDICTS)}.")
    if verdict == "wrong_topic" and not expected:
        raise ValueError("A wrong topic needs the topic it should have been.")
    if len(comment) > LONGEST_COMMENT:
        raise ValueError(f"A comment has at most {LONGEST_COMMENT} characters.")
    moment = at or now()
    row: Judgement | None = session.execute(select(Judgement).where(Judgement.turn_id == turn_id)).scalar_one_or_none()
    if row is None:
        row = Judgement(turn_id=turn_id, conversation_id=turn.conversation_id, created_at=moment)
        session.add(row)
    row.verdict = verdict
    row.expected = expected if verdict == "wrong_topic" else None
    row.comment = comment.strip() or None
    row.staff_id = staff_id
    row.updated_at = moment
    row.exported_at = None
    session.flush()
    return row


def withdraw(session: Session, turn_id: int) -> None:
    """Take a judgement back."""
    session.execute(delete(Judgement).where(Judgement.turn_id == turn_id).execution_options(synchronize_session=False))


def of(session: Session, turn_ids: Iterable[int]) -> dict[int, Judgement]:
    """Judgements by turn."""
    query = select(Judgement).where(Judgement.turn_id.in_(list(turn_ids)))
    return {row.turn_id: row for row in session.execute(query).scalars()}


def to_export(session: Session, *, again: bool = False) -> Sequence[tuple[Judgement, Turn]]:
    """Wrong topics with their messages, oldest judgement first; ``again``: those exported before as well."""
    query = (
        select(Judgement, Turn)
        .join(Turn, Turn.id == Judgement.turn_id)
        .where(Judgement.verdict == "wrong_topic", Turn.text.is_not(None))
        .order_by(Judgement.updated_at, Judgement.id)
    )
    if not again:
        query = query.where(Judgement.exported_at.is_(None))
    return [(row.Judgement, row.Turn) for row in session.execute(query)]


def waiting(session: Session) -> int:
    """How many wrong topics wait for the export."""
    query = select(func.count()).where(Judgement.verdict == "wrong_topic", Judgement.exported_at.is_(None))
    return int(session.execute(query).scalar_one())


def mark_exported(session: Session, ids: Iterable[int], at: datetime | None = None) -> None:
    """These are in the project's files now."""
    session.execute(
        update(Judgement)
        .where(Judgement.id.in_(list(ids)))
        .values(exported_at=at or now())
        .execution_options(synchronize_session=False)
    )
