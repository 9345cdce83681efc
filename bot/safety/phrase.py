"""The small phrase language in which red-flag rules are written, and its compiler to regular expressions.

A phrase is matched on normalised text: lower-case words without accents, one space between, punctuation as its own word.

    fievre            that word
    frisson*          any word that begins so
    (a | b c | d*)    one of several
    {pills}           a named list of ``lexicon/words.yml``
    x?                may be absent (also after a group or a named list)
    ..  ..5           up to 3 (or 5) words between, within one clause
    ..5,              the same, commas allowed
    ..9.              the same, sentence ends allowed too
    A ~6 B            both, in either order, at most 6 words apart, commas allowed
    ^  $              beginning / end of a clause
    ,  .              a comma / the end of a sentence
    @  @@             a number; a number of two digits or more
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from bot.errors import ContentError
from bot.safety.normalise import ELISIONS

# Every mandatory part of a phrase needs one of these to be in the text: (literal, is_stem).
Anchor = frozenset[tuple[str, bool]]

_LEXEME: Final = re.compile(
    r"\s*(?:(?P<gap>\.\.\d*[,.]?)|(?P<near>~\d+)|(?P<name>\{[a-z_0-9]+\})|(?P<word>[a-z0-9]+\*?|@@|[@^$.,])|(?P<sign>[()|?]))"
)
_PLAIN: Final = r"[a-z0-9][^ ]* "
_COMMA: Final = r"[a-z0-9,][^ ]* "
_ANY: Final = r"[^ ]+ "


@dataclass(frozen=True)
class Part:
    """A compiled piece: its regular expression and the anchors every match must contain."""

    regex: str
    anchors: tuple[Anchor, ...] = ()


class Phrase:
    """A compiled phrase. ``pattern`` is searched in a text only when all ``anchors`` are present.

    Its regular expression is compiled when first asked for: of some two thousand, one message needs a dozen.
    """

    def __init__(self, regex: str, anchors: tuple[Anchor, ...]) -> None:
        self.regex = regex
        self.anchors = anchors

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The regular expression, for normalised text."""
        return re.compile(self.regex)


class PhraseCompiler:
    """Compiles phrases; named lists are compiled once and shared. Raises ContentError on a malformed phrase."""

    def __init__(self, words: Mapping[str, Sequence[str]], inflect: bool = True) -> None:
        """``words``: the named lists. ``inflect``: let words match in the forms they are often written in."""
        self._words = words
        self.inflect = inflect
        self._named: dict[str, Part] = {}

    def compile(self, source: str) -> Phrase:
        """Compile one phrase."""
        try:
            part = _Parser(source, self).phrase()
        except (IndexError, KeyError, RecursionError) as error:
            raise ContentError(f"Malformed phrase {source!r} in bot/safety/lexicon: {error}.") from error
        if not part.anchors:
            raise ContentError(f"Phrase {source!r} in bot/safety/lexicon holds no word that must be present.")
        return Phrase(r"(?<![^ ])" + part.regex, part.anchors)

    def named(self, name: str) -> Part:
        """The compiled list ``name`` of words.yml."""
        if name not in self._named:
            parts = [_Parser(line, self).phrase() for line in self._words[name]]
            self._named[name] = choice(parts)
        return self._named[name]


def choice(parts: Sequence[Part]) -> Part:
    """One of ``parts``. Its single anchor is the union of each part's rarest one."""
    regex = "(?:" + "|".join(part.regex for part in parts) + ")"
    if any(not part.anchors for part in parts):
        return Part(regex)
    union: frozenset[tuple[str, bool]] = frozenset().union(*(best_anchor(part.anchors) for part in parts))
    return Part(regex, (union,))


def sequence(parts: Sequence[Part]) -> Part:
    """``parts`` one after the other."""
    return Part("".join(p.regex for p in parts), tuple(anchor for p in parts for anchor in p.anchors))


# "d eau" in a phrase is "de eau" in the text; "t" stays, for "a t il" and "car t".
_WRITTEN_OUT: Final = {head: full for head, full in ELISIONS.items() if head != "t"}
# Shortest word whose endings are varied.
_INFLECTED: Final = 5
# Words so frequent that they are poor anchors.
_FREQUENT: Final = frozenset(
    "a ai as au avec be ce dans de des do du elle en est et for from has have he her his i il in is it je la le les"
    " ma mais me mes mon my n ne not of on or ou par pas plus pour que qui sa se ses she si son sur the to tout un une"
    " with you and are at by fait no plu pu was will".split()
)


def best_anchor(anchors: Sequence[Anchor]) -> Anchor:
    """The anchor least often present: fewest frequent words, then longest literals."""
    return min(anchors, key=_commonness)


def _commonness(anchor: Anchor) -> tuple[int, int]:
    frequent = sum(1 for literal, _ in anchor if literal in _FREQUENT)
    return frequent, -min(len(literal) for literal, _ in anchor)


class _Parser:
    """Recursive descent over one phrase."""

    def __init__(self, source: str, compiler: PhraseCompiler) -> None:
        self._lexemes = list(_lex(source))
        self._at = 0
        self._compiler = compiler

    def phrase(self) -> Part:
        left = self._sequence()
        if self._peek()[0] != "near":
            self._expect_end()
            return left
        distance = int(self._next()[1][1:])
        right = self._sequence()
        self._expect_end()
        gap = f"(?:{_COMMA}){{0,{distance}}}?"
        regex = f"(?:{left.regex}{gap}{right.regex}|{right.regex}{gap}{left.regex})"
        return Part(regex, left.anchors + right.anchors)

    def _expect_end(self) -> None:
        if self._peek()[0] != "end":
            raise IndexError(f"unexpected {self._peek()[1]!r}")

    def _sequence(self) -> Part:
        parts: list[Part] = []
        while self._peek()[0] in {"gap", "name", "word"} or self._peek()[1] == "(":
            part = self._item()
            if self._peek()[1] == "?":
                self._next()
                part = Part(f"(?:{part.regex})?")
            parts.append(part)
        if not parts:
            raise IndexError("an empty part")
        return sequence(parts)

    def _item(self) -> Part:
        kind, text = self._next()
        if kind == "gap":
            return Part(_gap(text))
        if kind == "name":
            return self._compiler.named(text[1:-1])
        if kind == "word":
            return _word(text, self._compiler.inflect)
        options = [self._sequence()]
        while self._peek()[1] == "|":
            self._next()
            options.append(self._sequence())
        if self._next()[1] != ")":
            raise IndexError("a missing parenthesis")
        return choice(options)

    def _peek(self) -> tuple[str, str]:
        return self._lexemes[self._at]

    def _next(self) -> tuple[str, str]:
        self._at += 1
        return self._lexemes[self._at - 1]


def _lex(source: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(source.rstrip()):
        found = _LEXEME.match(source, position)
        if found is None or found.lastgroup is None:
            raise KeyError(f"unreadable at column {position + 1}")
        yield found.lastgroup, found.group(found.lastgroup)
        position = found.end()
    yield "end", ""


def _gap(text: str) -> str:
    unit = _ANY if text.endswith(".") and text != ".." else _COMMA if text.endswith(",") else _PLAIN
    digits = text.strip(".,")
    return f"(?:{unit}){{0,{digits or 3}}}?"


def _word(text: str, inflect: bool) -> Part:
    if text == "@@":
        return Part(r"\d\d[\d.]* ")
    if text == "@":
        return Part(r"\d[\d.]* ")
    if text == "^":
        return Part(r"(?:(?<=^ )|(?<=[.,?] ))")
    if text == "$":
        return Part(r"(?=[.,?]|$)")
    if text in ",.":
        return Part(", " if text == "," else "[.?] ")
    text = _WRITTEN_OUT.get(text, text)
    if text.endswith("*"):
        return Part(re.escape(text[:-1]) + "[a-z0-9]* ", (frozenset({(text[:-1], True)}),))
    forms = _forms(text) if inflect else (text,)
    regex = f"{text} " if len(forms) == 1 else f"(?:{'|'.join(forms)}) "
    return Part(regex, (frozenset((form, False) for form in forms),))


def _forms(word: str) -> tuple[str, ...]:
    """``word`` and the forms it is commonly written in: ``respirer``, ``respiré``, ``respires``; ``bleeding``, ``bleedin``.

    French infinitive, participle and present sound alike and are mixed up in writing more than any other words.
    """
    if len(word) >= _INFLECTED and word.endswith("er"):
        return (word, word[:-1], f"{word[:-2]}ez", f"{word[:-2]}ee")
    if len(word) >= _INFLECTED and word.endswith("e") and not word.endswith("ee"):
        return (word, f"{word}r", f"{word}s", f"{word}e", f"{word}nt")
    if len(word) > _INFLECTED and word.endswith("ing"):
        return (word, word[:-1])
    return (word,)
