"""Turn what people type into plain words that rules can be matched on.

Lower case, no accents, contractions and elisions written out (``j'ai`` and ``jai`` → ``je ai``, ``can't`` and ``cant`` →
``can not``), texting short forms expanded, sentence ends as ``.`` or ``?``, commas as ``,``, decimal commas as points.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

from bot.safety.spelling import repair

LEXICON: Final = Path(__file__).parent / "lexicon"

# Beyond this many characters a message is cut in its middle: people say why they write first or last.
LONGEST: Final = 12_000

_TOKEN: Final = re.compile(r"\d+(?:\.\d+)?|[a-z]+|[,.?°%]")
_DECIMAL: Final = re.compile(r"(?<!\d)(\d{1,3})\s?[,.]\s?(\d{1,2})(?!\d)(?![,.]\d)")
_DEGREE: Final = re.compile(r"(\d{2,3})\s?°\s?(\d)(?!\d)")
_DRAWN_OUT: Final = re.compile(r"([a-z])\1{2,}")
# A point between digits belongs to the number; every other one ends a sentence.
_SENTENCE_END: Final = re.compile(r"(?<!\d)\.|\.(?!\d)|[!;:\n\r()\[\]—]|\s[-–]+\s")
_TEXTED_JAI: Final = re.compile(r"\bj[éè]\b")
_LAUGH: Final = re.compile("[😂🤣😆😹]")
_APOSTROPHE: Final = re.compile(r"([a-z]+)'([a-z]+)")
_TEXTING_J: Final = re.compile(r"j[^aeiouyhj][a-z]+")
_PLAIN_J: Final = frozenset("jpeg jpg jsp jpp jtm jk jr".split())
_ENGLISH_TAILS: Final = {"s": "is", "m": "am", "re": "are", "ve": "have", "ll": "will", "d": "would"}
ELISIONS: Final = {
    "j": "je", "m": "me", "t": "te", "s": "se", "l": "le", "d": "de", "n": "ne", "c": "ce", "qu": "que",
    "jusqu": "jusque", "lorsqu": "lorsque", "puisqu": "puisque", "presqu": "presque",
}  # fmt: skip


@dataclass(frozen=True)
class Words:
    """A normalised message: ``text`` begins and ends with a space; ``sentences`` likewise, in order."""

    text: str
    sentences: tuple[str, ...]


@lru_cache(maxsize=1)
def short_forms() -> dict[str, str]:
    """Whole-word replacements of ``lexicon/short_forms.yml``."""
    with (LEXICON / "short_forms.yml").open(encoding="utf-8") as file:
        return {str(key): str(value) for key, value in yaml.safe_load(file).items()}


def normalise(text: str) -> Words:
    """Normalise one message of any length; never raises."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]}\n{text[-LONGEST // 2 :]}"
    words: list[str] = []
    for token in _TOKEN.findall(_plain_letters(text)):
        words.extend(_expand(token, words))
    # Leading punctuation would make an empty first sentence.
    while words and words[0] in ",.?":
        del words[0]
    if not words or words[-1] not in ".?":
        words.append(".")
    return Words(f" {' '.join(words)} ", tuple(_sentences(words)))


def _plain_letters(text: str) -> str:
    text = _LAUGH.sub(" lol ", text).lower().replace("œ", "oe").replace("æ", "ae")
    text = text.replace("’", "'").replace("‘", "'").replace("´", "'").replace("`", "'").replace("ʼ", "'")
    text = _TEXTED_JAI.sub("j'ai", text)
    text = unicodedata.normalize("NFKD", text)
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    text = text.replace("º", "°").replace("\u200b", "")
    text = _DEGREE.sub(r"\1.\2 ", text)
    text = _DECIMAL.sub(r" \1.\2 ", text)
    text = _DRAWN_OUT.sub(r"\1", text)
    text = _SENTENCE_END.sub(" . ", text)
    return _APOSTROPHE.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    head, tail = found.groups()
    if tail == "t" and head.endswith("n"):
        return {"can": "can not", "won": "will not", "ain": "is not", "shan": "will not"}.get(head, f"{head[:-1]} not")
    if head in ELISIONS and not (head in {"s", "d"} and tail == "il"):
        return f"{ELISIONS[head]} {tail}"
    if head == "s":
        return f"si {tail}"
    if tail in _ENGLISH_TAILS:
        return f"{head} {_ENGLISH_TAILS[tail]}"
    return f"{head}{tail}" if head in {"aujourd", "y", "p", "quelqu"} else f"{head} {tail}"


def _expand(token: str, before: list[str]) -> list[str]:
    if not token[0].isalpha():
        return [token]
    if token == "c" and before and before[-1][-1].isdigit():
        return ["°c"]
    if token == "f" and before and before[-1][-1].isdigit():
        return ["°f"]
    if token == "g":
        return [token] if before and before[-1][-1].isdigit() else ["je", "ai"]
    whole = short_forms().get(token)
    if whole is not None:
        return whole.split()
    if _TEXTING_J.fullmatch(token) and token not in _PLAIN_J:
        return ["je", *short_forms().get(token[1:], repair(token[1:])).split()]
    return repair(token).split()


def _sentences(words: list[str]) -> list[str]:
    sentences: list[str] = []
    current: list[str] = []
    for word in words:
        current.append(word)
        if word in ".?":
            if len(current) > 1:
                sentences.append(f" {' '.join(current)} ")
            current = []
    return sentences
