"""What each role may do at the desk. The one place that says so; every route names one of these permissions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from bot.store.models import Conversation
from bot.store.sign_ins import Visitor

Permission = Literal[
    "account",  # one's own password and language
    "alerts",  # the queue
    "talk",  # claim, step in, reply, release, close
    "read",  # transcripts, masked; agents only those that were handed over
    "reveal",  # personal details; agents only in conversations they own
    "review",  # search, review states, tags, judgements, saved views
    "comments",
    "figures",
    "privacy",  # erase, export, retention
    "canned",
    "staff",
    "audit",
]

_ALL: Final = frozenset({"agent", "reviewer", "admin"})
_TALKERS: Final = frozenset({"agent", "admin"})
_REVIEWERS: Final = frozenset({"reviewer", "admin"})
_ADMINS: Final = frozenset({"admin"})

PERMISSIONS: Final[Mapping[Permission, frozenset[str]]] = {
    "account": _ALL,
    "alerts": _TALKERS,
    "talk": _TALKERS,
    "read": _ALL,
    "reveal": _TALKERS,
    "review": _REVIEWERS,
    "comments": _REVIEWERS,
    "figures": _REVIEWERS,
    "privacy": _ADMINS,
    "canned": _ADMINS,
    "staff": _ADMINS,
    "audit": _ADMINS,
}


def may(visitor: Visitor, permission: Permission) -> bool:
    """Whether the visitor's role has ``permission`` at all."""
    return visitor.role in PERMISSIONS[permission]


def may_read(visitor: Visitor, conversation: Conversation, *, alerted: bool) -> bool:
    """Whether the visitor may read this transcript: agents only what was ever handed over to people.

    ``alerted``: the conversation has an alert.
    """
    if visitor.role != "agent":
        return may(visitor, "read")
    return alerted or conversation.state != "bot" or conversation.claimed_at is not None


def may_reveal(visitor: Visitor, conversation: Conversation) -> bool:
    """Whether the visitor may uncover personal details here."""
    return visitor.role == "admin" or (may(visitor, "reveal") and owns(visitor, conversation))


def owns(visitor: Visitor, conversation: Conversation) -> bool:
    """Whether the visitor has the conversation at this moment."""
    return bool(conversation.state == "human" and conversation.owner_id == visitor.id)
