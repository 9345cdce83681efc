"""Fills a database with made-up traffic: ``python -m tests.desk.seed URL --conversations 100000``.

The conversations are spread over half a year; those with an alert in the last hours still wait for a person. On top come
a full waiting room and one very long conversation, the worst case of the first two pages.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from bot.store import alerts, database
from bot.store.desk_models import ConversationTag, Judgement, Tag
from bot.store.models import Alert, Comment, Conversation, EventRow, Page, Rating, Turn
from tests.desk.conversations import moment, write_conversation
from tests.desk.traffic import TIERS, Maker

BATCH = 1000
TABLES: tuple[tuple[str, Any], ...] = (
    ("conversations", Conversation),
    ("events", EventRow),
    ("turns", Turn),
    ("alerts", Alert),
    ("pages", Page),
    ("ratings", Rating),
    ("judgements", Judgement),
    ("tags", ConversationTag),
)


def fill(
    url: str, conversations: int, *, seed: int = 1, days: float = 180.0, now: float | None = None
) -> dict[str, int]:
    """Add ``conversations`` to an empty, migrated database; returns rows by table."""
    maker = Maker(seed, now or time.time(), days)
    counts = dict.fromkeys((name for name, _ in TABLES), 0)
    with database.session_scope(url) as session:
        words = ("à relire", "proche", "erreur", "bon exemple", "thème nouveau", "douleur")
        session.execute(sa.insert(Tag), [{"id": number, "name": word} for number, word in enumerate(words, 1)])
        session.execute(
            sa.insert(Comment),
            [
                {
                    "text": f"Commentaire {number}",
                    "language": "fr",
                    "status": "approved",
                    "created_at": maker.now - number,
                }
                for number in range(300)
            ],
        )
    for batch in _batches(maker, conversations):
        with database.session_scope(url) as session:
            for name, model in TABLES:
                if batch[name]:
                    session.execute(sa.insert(model.__table__), batch[name])
                counts[name] += len(batch[name])
    return counts


def crowd(url: str, *, waiting: int = 200, messages: int = 300) -> None:
    """Let the ``waiting`` latest conversations wait for a person, and add one of that many messages."""
    with database.session_scope(url) as session:
        query = sa.select(Conversation.id).where(Conversation.state == "bot").order_by(Conversation.last_at.desc())
        for number, identity in enumerate(session.execute(query.limit(waiting)).scalars().all()):
            alerts.record(
                session, message_id=f"crowd-{number}", conversation_id=identity, tier=TIERS[number % len(TIERS)], layer=1,
                evidence=[{"rule": "made.up", "source": "", "text": "…"}], language="fr", country="fr", channel="widget",
                at=moment(time.time() - number),
            )  # fmt: skip
    lines = [("patient", f"message numéro {number} de quelqu'un qui s'appelle Camille") for number in range(messages)]
    answers = [("bot", "… " * 90) for _ in lines]
    write_conversation(url, [line for pair in zip(lines, answers, strict=True) for line in pair], tier="C1")


def _batches(maker: Maker, conversations: int) -> Iterator[dict[str, list[dict[str, Any]]]]:
    for start in range(0, conversations, BATCH):
        batch: dict[str, list[dict[str, Any]]] = {name: [] for name, _ in TABLES}
        for number in range(start, min(conversations, start + BATCH)):
            for name, rows in maker.conversation(number).items():
                batch[name] += rows
        yield batch


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Fill a database with made-up traffic.")
    parser.add_argument("url")
    parser.add_argument("--conversations", type=int, default=100_000)
    arguments = parser.parse_args()
    database.upgrade(arguments.url)
    print(fill(arguments.url, arguments.conversations))
    crowd(arguments.url)


if __name__ == "__main__":
    main()
