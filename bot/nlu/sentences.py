"""The sentences of a message: danger is often one of five, beside a question about something else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

# Fewer words say too little by themselves ("Bonjour.", "Merci d'avance").
SHORTEST: Final = 3
# Of a long story so many are read by themselves, the first and the last; each costs some milliseconds.
MOST: Final = 24
_SENTENCE: Final = re.compile(r".+?(?:[.!?…;]+(?=\s|$)|\n|$)", re.DOTALL)


def spans(text: str) -> list[tuple[int, int]]:
    """Where each sentence of three words and more stands, as (start, end) characters.

    None for a message that is one sentence from end to end.
    """
    found = list(_sentences(text))
    if found and text[: found[0][0]].strip() == text[found[0][1] :].strip() == "":
        return []
    if len(found) > MOST:
        return found[: MOST // 2] + found[-MOST // 2 :]
    return found


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    for match in _SENTENCE.finditer(text):
        sentence = match.group()
        start = match.start() + len(sentence) - len(sentence.lstrip())
        end = match.start() + len(sentence.rstrip())
        if len(text[start:end].split()) >= SHORTEST:
            yield start, end


def parts(text: str) -> list[tuple[int, str]]:
    """What is read of a message: the whole, then each sentence when it has several; each with where it starts."""
    return [(0, text), *((start, text[start:end]) for start, end in spans(text))]
