"""What taking a message in has just read of its conversation, so that the reply need not read it once more.

Kept within the process for a tenth of a second: a message that has to wait for its turn reads anew.
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
    """``version`` and ``state`` of a conversation's row; ``at``: monotonic seconds."""

    version: int
    state: str
    at: float


_snapshots: OrderedDict[tuple[str, str], Snapshot] = OrderedDict()


def note(url: str, conversation_id: str, version: int, state: str) -> None:
    """Remember what was read from the database at ``url``. From the event loop's thread only, as :func:`take`."""
    _snapshots[url, conversation_id] = Snapshot(version, state, time.monotonic())
    while len(_snapshots) > _AT_MOST:
        _snapshots.popitem(last=False)


def take(url: str, conversation_id: str) -> Snapshot | None:
    """The snapshot, once, while it is fresh."""
    found = _snapshots.pop((url, conversation_id), None)
    return found if found is not None and time.monotonic() - found.at <= FRESH else None
