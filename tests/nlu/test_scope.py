"""Other illnesses, signs of illness and tests are outside the article."""

from __future__ import annotations

import pytest

from bot.nlu.normalise import normalise
from bot.nlu.scope import asks_for_signs, asks_to_be_tested, is_other_illness, is_outside


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


@pytest.mark.parametrize(
    "text",
    [
        "Quels symptômes a-t-on avec une sinusite ?",
        "au bout de combien de temps partent les symptomes",
        "Mal à la gorge, c’est un symptôme ?",
        "Which symptoms should I look out for?",
        "is a runny nose a symptom",
        "How long do symptoms go on for?",
    ],
)
def test_signs_of_illness(text: str) -> None:
    assert asks_for_signs(normalise(text))
    assert is_outside(normalise(text))


@pytest.mark.parametrize(
    "text",
    [
        "Comment les soins palliatifs traitent-ils les symptômes ?",
        "Qui soulage les symptômes à la maison ?",
        "Who can relieve her symptoms?",
        "Does palliative care only ease symptoms?",
    ],
)
def test_relief_of_symptoms_is_in_the_article(text: str) -> None:
    assert not is_outside(normalise(text))


@pytest.mark.parametrize(
    "text", ["À quel endroit se faire dépister ?", "Where do I get tested?", "is there a testing centre"]
)
def test_tests_for_an_illness(text: str) -> None:
    assert asks_to_be_tested(normalise(text))
    assert is_outside(normalise(text))


@pytest.mark.parametrize(
    "text",
    [
        "Faut-il se faire tester pour un essai ?",
        "Should the tumour get tested for mutations?",
        "Is a drug being tested?",
    ],
)
def test_trials_and_markers_are_in_the_article(text: str) -> None:
    assert not is_outside(normalise(text))
