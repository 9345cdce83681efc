"""What taking a message in has just read of its conversation, so that the reply need not read it once more.

Kept within the process for a tenth of a second, and only where no other server answers the same conversations: with two, one
may have answered in between, which only reading under the conversation's lock would tell.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

FRESH: Final = 0.1
_AT_MOST: Final = 256


@dataclass(frozen=True)
class Snapshot:
    """``version`` and ``state`` of a conversation's row; ``since``: epoch seconds before it was read."""

    version: int
    state: str
    since: float


_snapshots: OrderedDict[tuple[str, str], Snapshot] = OrderedDict()


def note(url: str, conversation_id: str, snapshot: Snapshot) -> None:
    """Remember what was read from the database at ``url``. From the event loop's thread only, as :func:`take`."""
    _snapshots[url, conversation_id] = snapshot
    while len(_snapshots) > _AT_MOST:
        _snapshots.popitem(last=False)


def take(url: str, conversation_id: str) -> Snapshot | None:
    """The snapshot, once, while it is fresh."""
    found = _snapshots.pop((url, conversation_id), None)
    return found if found is not None and 0 <= time.time() - found.since <= FRESH else None
