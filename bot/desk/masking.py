"""Personal details in what people write: found by plain rules, covered until somebody allowed to reveals them.

Found: names after a cue ("je m'appelle", "my name is", "Mme", "mon fils"), phone numbers, e-mail addresses, handles,
identifiers (social security and health numbers of France, Belgium, Switzerland, Canada, the United Kingdom; IBAN;
file numbers; any long number), dates of birth, street addresses. A name found once is covered wherever the same
conversation repeats it. Rules miss things: masking lowers what is seen by the way, it does not make text anonymous.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

import phonenumbers

from bot.content.helplines import load_helplines
from bot.desk.masking_rules import (
    BIRTH,
    CUED_NAME,
    EMAIL,
    FILE_NUMBER,
    HANDLE,
    IDENTIFIERS,
    KIN_NAME,
    LONG_NUMBER,
    NOT_NAMES,
    PRESENTED_NAME,
    STREET,
    TITLED_NAME,
)

Kind = Literal["name", "phone", "email", "handle", "identifier", "birth", "address"]
# Countries whose national way of writing phone numbers is tried; numbers with a country code need none.
REGIONS: Final = ("FR", "BE", "CH", "CA", "GB", "LU")


_LENIENCY: Final = phonenumbers.Leniency.VALID
# Candidates tried in a text made of nothing but numbers.
_TRIES: Final = 40


@dataclass(frozen=True)
class Span:
    """A personal detail: characters ``start`` up to ``end`` of the text."""

    start: int
    end: int
    kind: Kind


def ellipsis(_: Kind) -> str:
    """Stand-in that leaves no word behind, for texts the bot learns from."""
    return "…"


class Masker:
    """Covers details in the lines of one conversation. ``names``: known already, from a slot for instance."""

    def __init__(self, texts: Iterable[str | None] = (), names: Iterable[str | None] = ()) -> None:
        words: set[str] = set()
        for name in names:
            words.update(_words(name or ""))
        for text in texts:
            if text:
                for start, end in _cued_names(text):
                    words.update(_words(text[start:end]))
        # A first name that is an everyday word would cover half the conversation.
        self._names = sorted((word for word in words if len(word) > 2 and word not in NOT_NAMES), key=len, reverse=True)
        self._pattern = (
            re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, self._names)) + r")(?!\w)") if self._names else None
        )

    def spans(self, text: str, *, cues: bool = True) -> list[Span]:
        """Details in ``text``, in order, none overlapping; ``cues`` False: only names known before."""
        found = [*_patterns(text)]
        if cues:
            found += [Span(start, end, "name") for start, end in _cued_names(text)]
        if self._pattern is not None:
            plain = _plain(text)
            found += [Span(match.start(), match.end(), "name") for match in self._pattern.finditer(plain)]
        return _merged(found)

    def mask(self, text: str | None, stand_in: Callable[[Kind], str], *, cues: bool = True) -> str:
        """``text`` with each detail replaced by ``stand_in(kind)``; empty for None."""
        if not text:
            return ""
        pieces: list[str] = []
        position = 0
        for span in self.spans(text, cues=cues):
            pieces += [text[position : span.start], stand_in(span.kind)]
            position = span.end
        return "".join([*pieces, text[position:]])


def mask(text: str | None, stand_in: Callable[[Kind], str]) -> str:
    """One text by itself, masked."""
    return Masker().mask(text, stand_in)


def kinds(text: str) -> list[Kind]:
    """What kinds of details ``text`` holds, each once, in order of appearance."""
    return list(dict.fromkeys(span.kind for span in Masker().spans(text)))


def _patterns(text: str) -> Iterator[Span]:
    for match in EMAIL.finditer(text):
        yield Span(match.start(), match.end(), "email")
    for match in HANDLE.finditer(text):
        yield Span(match.start(), match.end(), "handle")
    for match in BIRTH.finditer(text):
        yield Span(match.start(1), match.end(1), "birth")
    for match in STREET.finditer(text):
        yield Span(match.start(), match.end(), "address")
    yield from _numbers(text)


def _numbers(text: str) -> Iterator[Span]:
    public = [match.span() for match in LONG_NUMBER.finditer(text) if _is_public(match.group())]
    for span in (*_matches(text, *IDENTIFIERS, FILE_NUMBER), *_phones(text), *_matches(text, LONG_NUMBER)):
        if not any(start <= span.start and span.end <= end for start, end in public):
            yield span


def _matches(text: str, *patterns: re.Pattern[str]) -> Iterator[Span]:
    for pattern in patterns:
        for match in pattern.finditer(text):
            yield Span(*match.span(1 if pattern.groups else 0), "identifier")


def _phones(text: str) -> Iterator[Span]:
    # The search costs most of a masking; without seven digits there is nothing to find.
    if sum(char.isdigit() for char in text) < 7:
        return
    for region in REGIONS:
        for match in phonenumbers.PhoneNumberMatcher(text, region, leniency=_LENIENCY, max_tries=_TRIES):
            # Shorter ones are postcodes, amounts, or lines like 3114.
            if sum(char.isdigit() for char in match.raw_string) >= 7:
                yield Span(match.start, match.end, "phone")


def _cued_names(text: str) -> Iterator[tuple[int, int]]:
    for pattern in (CUED_NAME, TITLED_NAME, PRESENTED_NAME, KIN_NAME):
        for match in pattern.finditer(text):
            start, end = match.span("name")
            # The first word decides: "je suis Marie et je" names Marie, "je suis fatiguée" nobody.
            kept = 0
            for word in re.finditer(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text[start:end]):
                if _plain(word.group()) in NOT_NAMES:
                    break
                kept = word.end()
            if kept:
                yield start, start + kept


def _merged(found: list[Span]) -> list[Span]:
    # Where rules overlap the longer piece wins: "0612345678@x.fr" is one e-mail address.
    chosen: list[Span] = []
    for span in sorted(found, key=lambda span: (span.start, -span.end)):
        if chosen and span.start < chosen[-1].end:
            last = chosen[-1]
            if span.end > last.end:
                longer = span if span.end - span.start > last.end - last.start else last
                chosen[-1] = Span(last.start, span.end, longer.kind)
            continue
        chosen.append(span)
    return chosen


def _is_public(number: str) -> bool:
    digits = re.sub(r"\D", "", number)
    return digits in _public_numbers()


@functools.lru_cache(maxsize=1)
def _public_numbers() -> frozenset[str]:
    return frozenset(
        re.sub(r"\D", "", written)
        for country in load_helplines().countries.values()
        for line in country.lines
        for written in (line.number, line.tel)
    )


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", _plain(name))


def _plain(text: str) -> str:
    """Lower case without accents, one character for one, so that places stay the same."""
    return "".join(_base(char) for char in text)


def _base(char: str) -> str:
    lowered = unicodedata.normalize("NFD", char)[0].lower()
    return lowered if len(lowered) == 1 else char
