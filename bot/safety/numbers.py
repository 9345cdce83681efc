"""Which numbers a safety reply shows, by country (safety.md section 3, through bot/content/helplines.yml)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.content.helplines import load_helplines

Language = Literal["fr", "en"]


@dataclass(frozen=True)
class Numbers:
    """Ready-made pieces of text in one language, never empty.

    ``emergency`` follows "Call"; ``emergency_sms`` says how to get help without speaking; ``crisis`` is the line for
    suicidal thoughts; ``cancer_line`` the one for support.
    """

    emergency: str
    emergency_sms: str
    crisis: str
    cancer_line: str


def emergency_numbers(country: str | None, language: Language) -> Numbers:
    """The numbers of ``country`` (two-letter code, any case, or None) worded in ``language``.

    A country we hold no numbers of gets 112 and "your local emergency number", never another country's number.
    Raises ContentError when helplines.yml cannot be read.
    """
    display = load_helplines().of(country.strip() if country else None).display
    return Numbers(
        emergency=display.emergency.in_(language),
        emergency_sms=display.emergency_text.in_(language),
        crisis=display.crisis.in_(language),
        cancer_line=display.cancer_line.in_(language),
    )
