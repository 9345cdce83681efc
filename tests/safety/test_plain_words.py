"""The plainest ways of saying danger, with whatever people add to them, are found by the rules alone.

A saying or a setting that excuses a sign elsewhere ("the wait is killing me", "he died at home") excuses none of these.
"""

from __future__ import annotations

import pytest

from bot.safety.detector import assess
from bot.safety.tiers import ESCALATED

MIND = {
    "en": [
        "I am going to end my life", "I'm going to kill myself", "I will end it all", "I want to end my life",
        "about to end my life", "I'm going to hang myself", "I want to die", "I don't want to live anymore",
        "I've taken all my pills", "I'm thinking of suicide", "I'd rather be dead", "I have decided to end my life",
        "planning to kill myself", "I wish I was dead", "my husband says he wants to die",
        "my son wants to kill himself", "she is going to end her life", "I can't go on living", "I'm better off dead",
        "gonna overdose on my morphine",
    ],
    "fr": [
        "Je vais mettre fin à mes jours", "je vais me suicider", "je vais me tuer", "je veux mourir",
        "j'ai envie d'en finir", "je ne veux plus vivre", "j'ai avalé tous mes cachets", "je pense au suicide",
        "je préfère être mort", "j'ai décidé d'en finir", "je compte me pendre", "je voudrais être morte",
        "mon mari dit qu'il veut mourir", "mon fils veut se tuer", "elle va mettre fin à ses jours",
        "je n'ai plus envie de vivre", "je serais mieux mort", "je vais prendre toute ma morphine",
        "je vais me foutre en l'air",
    ],
}  # fmt: skip
BODY = {
    "en": [
        "I have a fever of 39", "she has a fever", "I'm shivering", "I can't breathe", "he is coughing up blood",
        "my legs don't work", "I can't pee", "he can't be woken", "she's having a seizure", "I'm vomiting blood",
        "my face is swollen and I can't breathe", "I have 38.5",
    ],
    "fr": [
        "j'ai 39 de fièvre", "elle a de la fièvre", "je grelotte", "je n'arrive plus à respirer",
        "il crache du sang", "mes jambes ne répondent plus", "je n'arrive plus à uriner",
        "je n'arrive pas à le réveiller", "j'ai mal dans la poitrine", "elle convulse", "je vomis du sang",
        "mon visage est gonflé et j'étouffe", "j'ai 38,5",
    ],
}  # fmt: skip
ADDED = {
    "en": [
        "tonight", "when my wife goes to work", "before the scan", "because of the pain", "alone", "after the weekend",
        "with my medication", "if the chemo fails", "next week, goodbye", "what is immunotherapy?",
        "this chemo is killing me",
    ],
    "fr": [
        "ce soir", "quand ma femme sera au travail", "avant le scanner", "à cause de la douleur", "seul",
        "après le week-end", "avec mes médicaments", "si la chimio échoue", "la semaine prochaine, adieu",
        "c'est quoi l'immunothérapie ?", "cette chimio me tue",
    ],
}  # fmt: skip
ASIDE = {
    "en": ["since last night", "after chemo", "and I'm scared", "is it the treatment?", "what is immunotherapy?"],
    "fr": [
        "depuis hier soir",
        "après la chimio",
        "et j'ai peur",
        "c'est le traitement ?",
        "c'est quoi l'immunothérapie ?",
    ],
}


def missed(said: list[str], added: list[str]) -> list[str]:
    texts = [
        text for plain in said for more in ("", *added) for text in (f"{plain} {more}".strip(), f"{plain}. {more}")
    ]
    return [text for text in texts if assess(text).tier not in ESCALATED]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_wish_to_die_in_plain_words(language: str) -> None:
    assert not missed(MIND[language], ADDED[language])


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_emergency_in_plain_words(language: str) -> None:
    assert not missed(BODY[language], ASIDE[language])


@pytest.mark.parametrize(
    "text",
    [
        "he died at home last spring, peacefully",
        "people die of it, don't they",
        "mon grand-père est mort chez lui",
        "on peut mourir de ça ?",
        "I was told chills can happen during the infusion, why is that",
        "Une nouvelle biopsie fait-elle saigner beaucoup, en général ?",
        "he wants to die at home, is that possible",
        "elle voudrait mourir à la maison, qui peut aider",
    ],
)
def test_where_and_of_what_one_dies_is_no_alarm(text: str) -> None:
    assert assess(text).tier not in ESCALATED
