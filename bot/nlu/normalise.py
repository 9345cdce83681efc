"""Text as the understanding sees it: no case, no accents, no typographic variants, no drawn-out letters."""

from __future__ import annotations

import functools
import re
import unicodedata

_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "“": '"', "”": '"'})
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
_DRAWN_OUT = re.compile(r"(\w)\1{2,}")
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"\w+")


# A message is asked for several times while it is understood; a few later it is forgotten.
@functools.lru_cache(maxsize=32)
def normalise(text: str) -> str:
    """Lower case, accents stripped, three or more equal letters cut to two, spaces collapsed.

    Typing "Régulièèèrement" and "regulieerement" gives the same string. Total: accepts any ``str``.
    """
    if text.isascii():
        plain = text.lower().replace("`", "'")  # all that the other branch would do to it
    else:
        decomposed = unicodedata.normalize("NFKD", text.translate(_QUOTES)).lower()
        plain = "".join(char for char in decomposed if not unicodedata.combining(char)).translate(_LIGATURES)
    return _SPACE.sub(" ", _DRAWN_OUT.sub(r"\1\1", plain)).strip()


def words(text: str) -> list[str]:
    """The words of a normalised text, in order."""
    return _WORD.findall(text)
