"""Retention: deleting conversations that are old enough, with a dry run first."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.errors import SettingsError
from bot.settings import get_settings
from bot.store import privacy

_AGE = re.compile(r"(\d{1,4})d?$")


def purge_old(older_than: str, apply: bool) -> str:
    """Delete (or count) conversations without a message for ``older_than`` ("30d"; empty: the setting).

    Flagged ones are kept as ``retention_flagged_days`` says. Returns a sentence with the counts.
    Raises SettingsError for an age that is none.
    """
    settings = get_settings()
    found = _AGE.match(older_than.strip() or str(settings.retention_days))
    if not found:
        raise SettingsError(f"'{older_than}' is no age: write for instance 30d.")
    counts = privacy.purge(
        timedelta(days=int(found.group(1))),
        flagged_older_than=timedelta(days=settings.retention_flagged_days),
        dry_run=not apply,
    )
    verb = "Deleted" if apply else "Would delete"
    return f"{verb} {counts.conversations} conversations, {counts.events} events, {counts.alerts} alerts."
