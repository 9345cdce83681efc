"""One file of training messages, continued without touching what people wrote in it: comments, order, quotes stay."""

from __future__ import annotations

import re
from typing import Final

import yaml

from bot.errors import TrainingDataError

_BLOCK: Final = re.compile(r"^- ")


class TrainingFile:
    """The text of ``data/nlu/<intent>.yml``."""

    EMPTY: Final = 'version: "3.1"\nnlu:\n'

    def __init__(self, text: str) -> None:
        self.text = text if text.endswith("\n") else text + "\n"

    def add(self, *, intent: str, language: str, voice: str, text: str) -> None:
        """Add one message, at the end of the block of that language and voice, which is made when there is none.

        Raises TrainingDataError when the file is not laid out as the others are.
        """
        lines = self.text.splitlines()
        end = _end_of_block(lines, intent, language, voice)
        if end is None:
            lines += [
                f"- intent: {intent}",
                "  metadata:",
                f"    language: {language}",
                f"    voice: {voice}",
                "  examples: |",
                f"    - {text}",
            ]
        else:
            lines.insert(end, f"    - {text}")
        self.text = "\n".join(lines) + "\n"
        self._check(intent, text)

    def _check(self, intent: str, text: str) -> None:
        wrong = TrainingDataError(f"{intent}.yml: 'nlu' has to come last, with one message a line.")
        try:
            blocks = yaml.safe_load(self.text)["nlu"]
            if any(f"- {text}" in block["examples"].splitlines() for block in blocks if block["intent"] == intent):
                return
        except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
            raise wrong from error
        raise wrong


def _end_of_block(lines: list[str], intent: str, language: str, voice: str) -> int | None:
    """The line after the last message of the block; None when there is no such block."""
    starts = [number for number, line in enumerate(lines) if _BLOCK.match(line)]
    for start, following in zip(starts, [*starts[1:], len(lines)], strict=False):
        block = [line.strip() for line in lines[start:following]]
        wanted = {f"- intent: {intent}", f"language: {language}", f"voice: {voice}"}
        if wanted <= set(block):
            end = following
            while end > start and not lines[end - 1].strip():
                end -= 1
            return end
    return None
