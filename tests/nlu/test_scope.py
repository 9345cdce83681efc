"""Questions about other illnesses are outside the article."""

from __future__ import annotations

import pytest

from bot.nlu.normalise import normalise
from bot.nlu.scope import is_other_illness


@pytest.mark.parametrize(
    "text",
    [
        "Y a-t-il un nouveau traitement contre le diabète ?",
        "Quels sont les essais cliniques sur le COVID ?",
        "Peut-on guérir de l’endométriose ?",
        "Are there new treatments for diabetes?",
        "Which clinical trials are there on covid?",
        "Can you cure multiple sclerosis?",
    ],
)
def test_another_illness(text: str) -> None:
    assert is_other_illness(normalise(text))


@pytest.mark.parametrize(
    "text",
    [
        "J’ai le diabète et un cancer réfractaire, que faire ?",
        "Le covid change-t-il la chimio ?",
        "I have diabetes and a tumour, what is left?",
        "Does covid change chemo?",
        "Quels traitements reste-t-il ?",
        "Which treatments are left?",
        "",
    ],
)
def test_cancer_or_no_illness_at_all(text: str) -> None:
    assert not is_other_illness(normalise(text))
