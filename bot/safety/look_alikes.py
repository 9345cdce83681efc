"""Write ``lexicon/look_alikes.txt``: real French and English words that mending could mistake for a word of the rules.

Run ``python -m bot.safety.look_alikes`` after the rules gained words. Source of the real words: the lemma and frequency
tables of the package spacy-lookups-data (MIT).
"""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from bot.errors import ContentError
from bot.safety.spelling import LOOK_ALIKES, Speller, rule_words

_LEMMAS: Final = ("fr_lemma_lookup", "fr_lemma_index", "en_lemma_lookup", "en_lemma_index")
_FREQUENCIES: Final = "en_lexeme_prob"
# Natural logarithm of an English word's share; rarer entries of that table are mostly misspellings themselves.
_RAREST: Final = -14.5
_PLAIN_WORD: Final = re.compile(r"[a-z]{4,}")


def real_words() -> set[str]:
    """Real words without accents. Raises ContentError when spacy-lookups-data is not installed."""
    spec = find_spec("spacy_lookups_data")
    if spec is None or spec.origin is None:
        raise ContentError("Writing look_alikes.txt needs the package spacy-lookups-data.")
    folder = Path(spec.origin).parent / "data"
    words = {word for name in _LEMMAS for word in _strings(_load(folder / f"{name}.json.gz"))}
    words.update(word for word, share in _load(folder / f"{_FREQUENCIES}.json.gz").items() if share > _RAREST)
    plain = {_without_accents(word) for word in words}
    return {word for word in plain if _PLAIN_WORD.fullmatch(word)}


def _load(path: Path) -> Any:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return json.load(file)


def _strings(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield str(key)
            yield from _strings(value)
    elif isinstance(data, list):
        for value in data:
            yield from _strings(value)


def _without_accents(word: str) -> str:
    letters = unicodedata.normalize("NFKD", word.lower().replace("œ", "oe"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def main() -> None:
    """Write the list next to the rules."""
    vocabulary, important = rule_words()
    speller = Speller(vocabulary, important, ())
    mistaken = sorted(word for word in real_words() if speller.mend(word) != word)
    LOOK_ALIKES.write_text("\n".join(mistaken) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
