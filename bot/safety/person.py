"""Whose body or life a flagged message is about: the writer's, or somebody else's (safety.md 1.3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bot.safety.tiers import Tier

_WRITER: Final = re.compile(r" (?:je|moi|me|i|myself) ")
_OTHER: Final = re.compile(
    r" (?:il|elle|ils|elles|lui|he|she|they|him|her|his|himself|herself|papa|maman|pere|mere|mari|femme|fils|fille|frere"
    r"|soeur|mamie|papi|papy|mamy|oncle|tante|chum|blonde|conjointe?|compagne|compagnon|copine?|amie?|voisine?|collegue"
    r"|petite?|bebe|tonton|tata|grand|belle|beau|mum|dad|husband|wife|son|daughter|brother|sister|nan|nana|nani|gran"
    r"|granny|grandma|grandpa|grandad|uncle|aunt|auntie|amma|appa|father|mother|friend|mate|buddy|partner|boyfriend"
    r"|girlfriend|baby|lad|boy|girl|patient|resident|nephew|niece|cousin|kid|roommate|student) "
)


def about_someone_else(hits: Sequence[tuple[str, str, Tier | None]], message: str) -> bool:
    """Whether the flagged pieces speak of another person.

    ``hits`` holds (matched piece, its sentence, tier). The nearest word decides: the piece itself, then its sentence,
    then the message.
    """
    if any(tier == "C5" for _, _, tier in hits):
        return True
    for scope in ([f" {text} " for text, _, _ in hits], [sentence for _, sentence, _ in hits], [message]):
        writer = sum(len(_WRITER.findall(text)) for text in scope)
        other = sum(len(_OTHER.findall(text)) for text in scope)
        if writer != other:
            return other > writer
    return False
