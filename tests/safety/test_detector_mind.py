"""Wish to die, plans, means, worry about somebody, assisted dying (safety.md 2.3, 2.5, 2.6)."""

from __future__ import annotations

import pytest

from bot.safety.detector import assess

MESSAGES = {
    "C1": [
        "j'ai avalé toute la boîte", "j'ai pris tous mes cachets", "je suis sur le pont", "c'est fait, dites adieu à ma femme",
        "I've taken all my pills", "I just overdosed", "I'm on the bridge", "It's done. Tell my wife I'm sorry",
    ],
    "C2": [
        "ce soir je vais en finir", "j'ai mis de côté la morphine", "ma lettre est prête", "je sais comment faire",
        "je vais me foutre en l'air", "jvais me foutre en l'air", "j'ai tout préparé", "après dimanche je ne serai plus un poids",
        "J'ai donné mon chien à ma sœur. Tout est rangé, les papiers sont en ordre.",
        "I'm going to end it tonight", "I've saved up my morphine", "letter's written", "I know how I'll do it",
        "won't be here by the weekend", "my pills are lined up", "Gave away my tools and got my affairs in order.",
    ],
    "C3": [
        "je veux me tuer", "j'ai envie d'en finir avec la vie", "je pense au suicide", "idées noires", "want to kill myself",
        "thinking about suicide", "kms", "unalive myself",
    ],
    "C4": [
        "j'aimerais ne pas me réveiller", "si seulement je pouvais mourir", "j'en peux plus de vivre", "je serais mieux mort",
        "ils seraient mieux sans moi", "je suis un fardeau pour ma famille", "je n'ai pas envie de mourir, j'ai envie que ça s'arrête",
        "je ne veux pas mourir mais je n'en peux plus de vivre comme ça", "wish I wouldn't wake up", "better off dead",
        "better off without me", "I want it all to stop", "can't go on living like this", "I'm a burden to my family",
        "not suicidal but if a bus hit me tomorrow I'd be fine", "I don't want to live any more",
    ],
    "C5": [
        "mon mari dit qu'il veut mourir", "ma mère cache ses médicaments", "mon père arrête de manger pour partir",
        "ma fille a fait une tentative de suicide", "my husband says he wants to die", "mum's hiding her pills",
        "my brother tried to kill himself", "she left a goodbye note and her phone is off",
    ],
}  # fmt: skip
ASSISTED = [
    "l'euthanasie c'est possible en France ?", "aide à mourir, où en est la loi", "suicide assisté en Suisse",
    "je veux mourir dignement", "directives anticipées", "can I get MAID", "Dignitas", "is assisted dying legal",
    "palliative sedation",
]  # fmt: skip


@pytest.mark.parametrize(("tier", "text"), [(tier, text) for tier, texts in MESSAGES.items() for text in texts])
def test_tier_or_more_urgent(tier: str, text: str) -> None:
    found = assess(text).mind
    order = ["C1", "C2", "C3", "C4", "C5"]
    assert found in order
    if tier != "C5":
        assert order.index(found) <= order.index(tier)


@pytest.mark.parametrize("text", MESSAGES["C5"])
def test_about_somebody_else(text: str) -> None:
    assert assess(text).third_person


@pytest.mark.parametrize("text", ASSISTED)
def test_assisted_dying_is_a_request_and_no_alarm(text: str) -> None:
    assert assess(text).tier == "C6"


@pytest.mark.parametrize(
    "text", ["je veux mourir ce soir, pas d'euthanasie", "Dignitas is too slow, I'll kill myself tonight"]
)
def test_a_crisis_beside_assisted_dying_stays_a_crisis(text: str) -> None:
    assert assess(text).tier in {"C2", "C3", "C4"}


@pytest.mark.parametrize(
    "text",
    ["j'ai tellement mal que je veux mourir, la morphine ne fait plus rien", "the pain is unbearable, I want to die"],
)
def test_body_and_mind_together(text: str) -> None:
    found = assess(text)
    assert found.body == "E1"
    assert found.mind == "C4"
    assert found.tier == "E1"
    assert [finding.tier for finding in found.findings] == ["E1", "C4"]


def test_one_cue_is_not_enough() -> None:
    assert assess("j'ai donné mon chien à ma sœur pendant l'hospitalisation").tier is None
    assert assess("I sorted the will and the insurance").tier is None


def test_cues_about_somebody_are_about_them() -> None:
    text = "Mon frère a donné sa guitare, il a réglé ses dettes et il ne répond plus au téléphone. J'ai peur."
    assert assess(text).tier == "C5"
