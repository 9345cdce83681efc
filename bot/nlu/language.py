"""Which language a message is in, and which one the conversation is in."""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.nlu.by_word import by_word
from bot.nlu.normalise import normalise, words

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")

# An established language changes only on a longer message and a clear detection: "ok", "cancer" or "parking" say nothing.
FLIP_CONFIDENCE = 0.85
FLIP_WORDS = 3
# Nor do they tell a language when nothing is established yet: then the default holds.
FIRST_CONFIDENCE = 0.55
_ORDERS = (1, 2, 3, 4)
_SHARPNESS = 0.35
_LATIN = re.compile(r"[a-z]")
# The same in both languages, or names: no evidence for either.
_NEUTRAL = frozenset(
    [
        "ok",
        "okay",
        "cancer",
        "parking",
        "stop",
        "chat",
        "bot",
        "robot",
        "message",
        "internet",
        "email",
        "mail",
        "sms",
        "covid",
        "docteur",
        "doc",
        "psy",
        "ca",
        "et",
        "a",
        "2",
        "de",
        "on",
        "as",
        "immuno",
        "palliative",
        "radio",
        "chimio",
        "chemo",
        "tamoxifen",
        "tamoxifene",
        "keytruda",
        "opdivo",
        "herceptin",
        "hodgkin",
        "lymphoma",
        "stress",
        "test",
        "no",
    ]
)
_ASKS = {
    "en": re.compile(
        r"\b(en anglais|in english|english (please|pls|plz|again|now|instead|version|svp|stp)|(switch|change|go|back) (back )?to english"
        r"|(speak|talk|write|answer|reply|prefer|continue) (me |us )?(in )?english|passe[rz]? (a|en) l?'?anglais|^english\b.{0,3}$|^anglais\b.{0,12}$)"
    ),
    "fr": re.compile(
        r"\b(en francais|in french|french (please|pls|plz|again|now|instead|version)|(switch|change|go|back) (back )?to french"
        r"|(speak|talk|write|answer|reply|prefer|continue) (me |us )?(in )?french|francais (svp|stp|s'il)|passe[rz]? (a|en|au) francais"
        r"|^french\b.{0,3}$|^francais\b.{0,12}$)"
    ),
}
# "he can't read in French", "my homework in English": the language is mentioned, not asked for.
_NOT_ASKED = re.compile(
    r"\b(lit|lis|parle|comprend|sait|lire|read|reads|speak|speaks|understand|understands|know) (pas|plus|not|no|mal|badly)\b"
    r"|\b(doesn't|don't|doesnt|dont|does not|do not|can't|cant|cannot|ne) (\w+ )?(lit|lis|parle|comprend|read|speak|understand)|devoir|homework|class\b|cours d"
)


@dataclass(frozen=True)
class Detection:
    """``language`` is None when the text holds no Latin letters; ``confidence`` is 0.5..1, or 0 with None."""

    language: Language | None
    confidence: float
    words: int = 0


def _grams(text: str) -> Iterable[str]:
    for word in words(text):
        padded = f" {word} "
        for order in _ORDERS:
            yield from (padded[i : i + order] for i in range(len(padded) - order + 1))


@dataclass(frozen=True)
class LanguageModel:
    """Log odds of French against English for character n-grams; positive speaks for French."""

    odds: dict[str, float]

    @classmethod
    def fit(cls, texts: Sequence[str], languages: Sequence[str], least: int = 4) -> LanguageModel:
        """Learn from messages of known language. N-grams seen fewer than ``least`` times are left out."""
        counts: dict[str, Counter[str]] = {"fr": Counter(), "en": Counter()}
        for text, language in zip(texts, languages):
            counts[language].update(_grams(normalise(text)))
        totals = {language: sum(counter.values()) for language, counter in counts.items()}
        odds = {}
        for gram in counts["fr"].keys() | counts["en"].keys():
            fr, en = counts["fr"][gram], counts["en"][gram]
            if fr + en >= least:
                odds[gram] = round(math.log((fr + 0.5) / totals["fr"]) - math.log((en + 0.5) / totals["en"]), 3)
        return cls(odds)

    def detect(self, text: str) -> Detection:
        """Detect the language of a message; words common to both languages don't count."""
        plain = normalise(text)
        found = words(plain)
        telling = [word for word in found if word not in _NEUTRAL and _LATIN.search(word)]
        if not telling:
            known = bool(_LATIN.search(plain))
            return Detection("fr" if known and self._score(found) > 0 else "en", 0.5) if known else Detection(None, 0.0)
        score = self._score(telling)
        confidence = 1 / (1 + math.exp(-min(abs(score) * _SHARPNESS, 30)))
        return Detection("fr" if score > 0 else "en", round(confidence, 4), len(telling))

    def _score(self, found: Iterable[str]) -> float:
        each = [self._of_word(word) for word in found]
        # n-grams of one word overlap and repeat one another's evidence: their sum grows too fast with length
        return sum(odds for odds, _ in each) / max(1.0, math.sqrt(sum(grams for _, grams in each)))

    @functools.cached_property
    def _of_word(self) -> Callable[[str], tuple[float, int]]:
        @by_word
        def of_word(word: str) -> tuple[float, int]:
            grams = list(_grams(word))
            return sum(self.odds.get(gram, 0.0) for gram in grams), len(grams)

        return of_word


def requested_language(text: str) -> Language | None:
    """The language a message asks to go on in ("English please", "en français svp"), or None."""
    plain = normalise(text)
    if _NOT_ASKED.search(plain):
        return None
    found: list[tuple[int, Language]] = []
    for language, pattern in (("en", _ASKS["en"]), ("fr", _ASKS["fr"])):
        found += [(match.start(), language) for match in pattern.finditer(plain)]  # type: ignore[misc]
    return max(found)[1] if found else None


def choose_language(
    text: str, detection: Detection, *, current: Language | None, page: Language | None, default: Language
) -> Language:
    """The conversation's language after this message.

    The patient's explicit wish comes first, then the language the conversation has (which the page's language
    began), which only a longer, clear message in the other one changes.
    """
    wish = requested_language(text)
    if wish:
        return wish
    established = current or page
    if established is None:
        return detection.language if detection.language and detection.confidence >= FIRST_CONFIDENCE else default
    clear = detection.confidence >= FLIP_CONFIDENCE and detection.words >= FLIP_WORDS
    return detection.language if clear and detection.language else established
