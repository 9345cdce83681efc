"""Talking to the bot in the terminal."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import structlog

from bot import shell
from bot.evaluation.engine import Reply
from bot.store.outcomes import Outcome


class Bot:
    """Says what it heard; offers two buttons at the first message."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    async def say(self, sender: str, text: str) -> Reply:
        self.heard.append((sender, text))
        buttons = [{"title": "Oui [b]", "payload": "/affirm"}, {"title": "Non", "payload": "/deny"}]
        message = {"text": f"[heard] {text}", "buttons": buttons if len(self.heard) == 1 else None}
        return Reply(Outcome("answer"), (), (message,), 1.0, "fr", 1.0)


@pytest.fixture
def bot(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bot]:
    found = Bot()

    @contextlib.asynccontextmanager
    async def engine() -> AsyncIterator[Bot]:
        yield found

    monkeypatch.setattr(shell, "engine", engine)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield found
    logging.disable(logging.NOTSET)
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


async def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    left = iter(lines)

    def read(*_: Any) -> str:
        try:
            return next(left)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", read)
    await shell.talk()


async def test_lines_and_numbers(bot: Bot, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    await typed(monkeypatch, "Bonjour ", "2", "2", "[1", "/stop", "never read")
    assert [text for _, text in bot.heard] == ["Bonjour", "/deny", "2", "1"]
    assert len({sender for sender, _ in bot.heard}) == 1
    printed = capsys.readouterr().out
    # What the bot says is no markup of the terminal.
    assert "[heard] Bonjour" in printed
    assert "[1] Oui [b]" in printed
    assert "[2] Non" in printed


@pytest.mark.parametrize("lines", [(), ("/stop",)])
async def test_the_end_of_input_ends_it(bot: Bot, monkeypatch: pytest.MonkeyPatch, lines: tuple[str, ...]) -> None:
    await typed(monkeypatch, *lines)
    assert bot.heard == []
