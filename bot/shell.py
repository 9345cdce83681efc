"""Talking to the bot in the terminal, through the whole engine."""

from __future__ import annotations

import asyncio
import logging
import uuid

from rich.console import Console

from bot.evaluation.engine import Engine, engine
from bot.logs import configure_logs
from bot.settings import get_settings

_STOP = "/stop"


async def talk() -> None:
    """Read lines until /stop or the end of input; a number taps a button."""
    configure_logs(get_settings().copy(update={"log_level": "error"}))
    logging.disable(logging.WARNING)
    console = Console(highlight=False)
    with console.status("Loading the bot…"):
        opened = engine()
        bot = await opened.__aenter__()
    try:
        console.print(f"Repère — {_STOP} to leave, a number to tap a button.")
        await _conversation(bot, console)
    finally:
        await opened.__aexit__(None, None, None)


async def _conversation(bot: Engine, console: Console) -> None:
    sender = uuid.uuid4().hex
    buttons: list[str] = []
    while True:
        try:
            text = (await asyncio.to_thread(console.input, "[bold]› [/bold]")).strip()
        except (EOFError, KeyboardInterrupt):
            return
        if text == _STOP:
            return
        if text.startswith("[") and text[1:].isdigit():
            text = text[1:]
        if text.isdigit() and 0 < int(text) <= len(buttons):
            text = buttons[int(text) - 1]
        reply = await bot.say(sender, text)
        buttons = []
        for message in reply.messages:
            console.print(message["text"], markup=False)
            for button in message.get("buttons") or []:
                buttons.append(str(button["payload"]))
                console.print(f"  [{len(buttons)}] {button['title']}", markup=False)
        console.print()
