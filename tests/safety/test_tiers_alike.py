"""The same message has the same tier in both languages (safety.md 1.1 and 2.3 decide which)."""

from __future__ import annotations

import pytest

from bot.safety.detector import assess

# tier, in French, in English
PAIRS = [
    ("C1", "elle a aligné ses comprimés sur la table", "she's got her pills lined up on the table"),
    ("C1", "j'ai mes cachets alignés devant moi", "I have my pills lined up in front of me"),
    ("C1", "mes poignets saignent, c'est moi qui l'ai fait", "my wrists are bleeding, I did it"),
    ("C1", "la corde est attachée à la poutre", "the rope is tied to the beam"),
    ("C2", "mes comprimés sont prêts", "my pills are ready"),
    ("C2", "j'ai mis de côté la morphine", "I've saved up my morphine"),
    ("C2", "ma lettre est écrite", "my letter is written"),
    ("C2", "j'ai choisi la date", "I've picked the date"),
    ("C3", "je pense au suicide", "I'm thinking about suicide"),
    ("C4", "j'aimerais ne pas me réveiller", "I wish I wouldn't wake up"),
    ("E0", "mon mari ne bouge plus le bras droit", "my husband can't move his right arm"),
    ("E0", "je n'arrive pas à le réveiller", "I can't wake him"),
    ("E1", "il y a du sang dans mes urines", "there's blood in my urine"),
    ("E1", "j'ai 38,4 depuis midi", "I've had 38.4 since noon"),
    ("E2", "elle est tombée dans la salle de bain ce matin", "she fell in the bathroom this morning"),
]


@pytest.mark.parametrize(("tier", "french", "english"), PAIRS)
def test_a_tier_does_not_depend_on_the_language(tier: str, french: str, english: str) -> None:
    assert (assess(french).tier, assess(english).tier) == (tier, tier)
