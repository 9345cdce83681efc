"""Questions, exams, long ago, stories, animals, things: no alarm, unless something is happening now (safety.md 1.3)."""

from __future__ import annotations

import pytest

from bot.safety.detector import assess
from bot.safety.tiers import ESCALATED

SILENT = {
    "learning": [
        "À partir de combien de fièvre faut-il s'inquiéter ?",
        "Quels sont les signes d'une septicémie ?",
        "est-ce que l'immunothérapie donne la diarrhée",
        "j'ai lu qu'on pouvait avoir les yeux jaunes avec ce médicament, c'est vrai ?",
        "What are the signs of sepsis?",
        "does chemo make you bleed",
        "can morphine make you sleep all the time",
        "is shortness of breath a symptom of covid",
    ],
    "conditional": [
        "si j'ai de la fièvre un jour, j'appelle qui ?",
        "que faire en cas de saignement de nez pendant la chimio",
        "if I get a fever one day who do I call",
    ],
    "study": [
        "C'est pour mon examen d'infirmière : fièvre, frissons, confusion, quoi d'autre ?",
        "I'm making a poster about fever and confusion for my nursing course",
    ],
    "past": [
        "L'an dernier j'ai eu 39 après ma chimio, c'est passé",
        "En 2018 j'ai fait une embolie pulmonaire, est-ce que ça compte pour un essai ?",
        "Avant le diagnostic j'avais des idées noires, plus maintenant",
        "J'ai fait une tentative de suicide il y a quinze ans, aujourd'hui je vais bien",
        "last winter I had a fever after round two and they gave me antibiotics, all sorted",
        "he was confused after surgery in 2022 but that passed in a day",
        "when I was a teenager I used to self harm, long time ago",
    ],
    "chronic": ["j'ai les jambes lourdes depuis des années", "I've had a swollen leg for years"],
    "fiction": [
        "dans le film il se suicide à la fin",
        "in the book she swallows all her pills",
        "the boss kills me on level four, then I bleed out",
    ],
    "animal": ["mon chien a vomi toute la nuit", "my dog has a fever"],
    "object": ["mon ordinateur est brûlant", "my phone is burning hot"],
    "bereaved": ["Mon oncle est mort d'une hémorragie en mars", "my grandfather killed himself when I was ten"],
    "away": [
        "je serai plus là lundi, puis-je déplacer mon rendez-vous ?",
        "I won't be here Friday, can I move my appointment",
    ],
}

LOUD = [
    "Est-ce que la chimio donne de la fièvre ? parce que j'ai 38,7 depuis hier",
    "Quick question about targeted therapy, does it make you cough up blood? Cause he's been doing that since lunch.",
    "c'est quoi les signes d'une phlébite ? mon mollet est dur et chaud depuis ce matin",
    "Je prépare mon examen d'infirmière et là ce soir je saigne du nez sans arrêt",
    "J'ai fini la chimio en octobre et j'ai de la fièvre",
    "I finished treatment last year and tonight I have a fever of 39",
    "he talks as if he had been drinking",
    "my dog died and now I want to kill myself",
]


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in SILENT.items() for text in texts])
def test_silent(kind: str, text: str) -> None:
    assert assess(text).tier not in ESCALATED, kind


@pytest.mark.parametrize("text", LOUD)
def test_loud(text: str) -> None:
    assert assess(text).tier in ESCALATED
