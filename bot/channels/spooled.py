"""Brings in what the spool kept while the database was away; every channel does it, whichever are switched on."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from bot.errors import StoreUnavailable
from bot.store import spool

log = structlog.get_logger(__name__)

# How often the spool is looked at (s); one look lists a folder that is nearly always empty.
FLUSH_EVERY: Final = 1.0


async def flushed(url: str) -> bool:
    """Write what the spool holds, once; whether nothing is left that the database would take."""
    try:
        if await asyncio.to_thread(spool.pending):
            await asyncio.to_thread(spool.flush, url)
    except StoreUnavailable:
        return False
    except Exception as error:
        # Whatever is wrong now, messages that come in later still need the next round.
        log.error("spool.flush_failed", kind=type(error).__name__)
        return False
    return True


async def brought_in(url: str) -> None:
    """Return as soon as nothing is left that the database would take."""
    while True:
        if await flushed(url):
            return
        await asyncio.sleep(FLUSH_EVERY)


async def keep_flushed(url: str) -> None:
    """Do it every second until cancelled."""
    while True:
        await flushed(url)
        await asyncio.sleep(FLUSH_EVERY)
