"""Receipts that could not be written: kept as files until the database answers, then written once.

One JSON line in one file a message, named after the message: a file is either whole or absent, and spooling or
flushing the same message twice does no harm.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import exc

from bot.errors import StoreUnavailable
from bot.safety.tiers import Assessment, Evidence, Finding
from bot.settings import get_settings
from bot.store import inbox
from bot.store.columns import dumps
from bot.store.database import session_scope

log = structlog.get_logger(__name__)

_SUFFIX: Final = ".jsonl"


@dataclass(frozen=True)
class Spooled:
    """One message with everything :func:`bot.store.inbox.receive` takes; ``received_at`` is timezone-aware."""

    message_id: str
    conversation_id: str
    channel: str
    text: str
    metadata: Mapping[str, Any] | None
    received_at: datetime
    assessment: Assessment | None
    language: str | None
    country: str | None


def put(message: Spooled, folder: Path | None = None) -> Path:
    """Keep ``message`` on the local disk (default: ``settings.spool_dir``); it is there when this returns.

    Raises StoreUnavailable when the disk refuses as well.
    """
    target = (folder or get_settings().spool_dir) / _name(message)
    part = target.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(_dump(message) + "\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise StoreUnavailable(f"The spool cannot be written ({type(error).__name__}).") from error
    log.error("spool.kept", layer1=message.assessment.tier if message.assessment else None)
    return target


def flush(url: str | None = None, folder: Path | None = None) -> int:
    """Write every kept message to the database, oldest first; returns how many.

    Raises StoreUnavailable when the database is away; what is not written stays. Any number of processes may flush
    the same folder. A file that cannot be read, or that the database refuses, is set aside as ``*.bad`` and
    reported: it must not hold up the others.
    """
    written = 0
    for path in pending(folder):
        message = _read(path)
        if message is None:
            continue
        try:
            with session_scope(url) as session:
                inbox.receive(session, **message.__dict__)
        except (exc.DataError, exc.IntegrityError, ValueError, TypeError) as error:
            tier = message.assessment.tier if message.assessment else None
            log.critical("spool.refused", file=path.name, kind=type(error).__name__, layer1=tier)
            _set_aside(path)
            continue
        path.unlink(missing_ok=True)
        written += 1
    if written:
        log.info("spool.flushed", messages=written)
    return written


def pending(folder: Path | None = None) -> list[Path]:
    """Files of the kept messages, oldest message first."""
    return sorted((folder or get_settings().spool_dir).glob(f"*{_SUFFIX}"))


def _name(message: Spooled) -> str:
    digest = hashlib.sha256(message.message_id.encode("utf-8", "replace")).hexdigest()[:32]
    return f"{message.received_at.timestamp():017.6f}-{digest}{_SUFFIX}"


def _dump(message: Spooled) -> str:
    return dumps(
        {
            **{key: value for key, value in message.__dict__.items() if key != "assessment"},
            "received_at": message.received_at.timestamp(),
            "assessment": asdict(message.assessment) if message.assessment else None,
        }
    )


def _read(path: Path) -> Spooled | None:
    try:
        data = json.loads(path.read_text(encoding="ascii"))
        data["received_at"] = datetime.fromtimestamp(data["received_at"], timezone.utc)
        data["assessment"] = _assessment(data["assessment"])
        return Spooled(**data)
    except FileNotFoundError:  # another process was faster
        return None
    except (ValueError, TypeError, KeyError) as error:
        log.error("spool.unreadable", file=path.name, kind=type(error).__name__)
        _set_aside(path)
        return None


def _set_aside(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):  # another process was faster
        path.replace(path.with_suffix(".bad"))


def _assessment(data: dict[str, Any] | None) -> Assessment | None:
    if data is None:
        return None
    findings = tuple(
        Finding(finding["tier"], tuple(Evidence(**piece) for piece in finding["evidence"]))
        for finding in data.pop("findings")
    )
    return Assessment(findings=findings, **data)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
