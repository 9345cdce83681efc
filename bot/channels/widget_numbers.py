"""The phone numbers that a text names, so that the widget can make them tappable.

Source of the numbers: ``bot/content/helplines.yml`` (safety.md section 3). A line shows only what its text says.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any, Final

from bot.content.helplines import Line, load_helplines
from bot.content.source import Language

# In what staff type, "15" is more often an amount than a number to call.
_SHORTEST_IN_FREE_TEXT: Final = 3
_ANY_PHONE: Final = r"\+?\d(?:[ .\-\u00a0\u202f]?\d){8,13}"
_NOT_A_NUMBER_TO_CALL: Final = r"(?!\s?(?:%|°|h\b|min|mg|ml|jours?\b|days?\b|ans\b|years?\b|heures?\b|hours?\b))"
_BIG: Final = frozenset({"emergency", "emergency_text", "crisis"})
_BIG_AT_MOST: Final = 2


def numbers_in(text: str, country: str | None, language: Language, *, vetted: bool) -> list[dict[str, Any]]:
    """``{label, number, href, big}`` of each number named in ``text``, in its order.

    ``vetted``: a text of the domain, whose short numbers are known to be numbers to call. ``country`` (lower-case
    code or None) decides whose label a number carries that several countries use. ``big``: the first of its kind, at
    most two in all (safety.md section 3: never more than two numbers at a time).
    """
    found: dict[str, dict[str, Any]] = {}
    kinds: set[str] = set()
    for match in _pattern(vetted).finditer(text):
        number = match.group(0)
        if number in found:
            continue
        known = _known().get(number, [])
        here = [each for each in known if each.country == country] or known
        labels = {each.line.label.in_(language) for each in here}
        kind = here[0].kind if here else "other"
        found[number] = {
            "label": labels.pop() if len(labels) == 1 else "",
            "number": number,
            "href": here[0].line.tel if here else "tel:" + re.sub(r"[^\d+]", "", number),
            "big": kind in _BIG and kind not in kinds and len(kinds) < _BIG_AT_MOST,
        }
        kinds |= {kind} & _BIG
    return list(found.values())


@dataclass(frozen=True)
class _Known:
    country: str
    kind: str
    line: Line


@functools.lru_cache(maxsize=1)
def _known() -> dict[str, list[_Known]]:
    found: dict[str, list[_Known]] = {}
    for code, country in load_helplines().countries.items():
        for kind in ("emergency", "emergency_text", "crisis", "cancer", "other"):
            for line in getattr(country, kind):
                found.setdefault(line.number, []).append(_Known(code, kind, line))
    return found


@functools.lru_cache(maxsize=2)
def _pattern(vetted: bool) -> re.Pattern[str]:
    numbers = sorted(_known(), key=len, reverse=True)
    wanted = [re.escape(n) for n in numbers if vetted or len(re.sub(r"\D", "", n)) >= _SHORTEST_IN_FREE_TEXT]
    pieces = wanted if vetted else [*wanted, _ANY_PHONE]
    return re.compile(rf"(?<![\d,.+])(?:{'|'.join(pieces)})(?![\d]|[.,]\d){_NOT_A_NUMBER_TO_CALL}")
