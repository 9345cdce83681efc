"""Sayings, homonyms, fear of dying and plain chit-chat raise nothing (safety.md 1.3, 2.5)."""

from __future__ import annotations

import pytest

from bot.safety.detector import assess
from bot.safety.tiers import ESCALATED

FRENCH = [
    "mort de rire", "je suis mort de fatigue", "crevée après la perf", "réunion à mourir d'ennui", "la chimio me tue",
    "cette attente me tue", "je meurs de faim", "plutôt mourir que manger ça", "envie d'en finir avec ce traitement",
    "en finir avec cette semaine", "j'ai un mal de chien à comprendre", "ça me coupe le souffle",
    "une vue à couper le souffle", "j'ai chaud", "la fièvre du samedi soir", "les cellules tueuses NK",
    "c'est quoi un gène suicide", "l'apoptose, suicide de la cellule", "arrêter le traitement", "fin de traitement",
    "phase terminale ça veut dire quoi", "je vais me pendre au lustre de rire", "mon téléphone est mort",
    "je ne veux pas mourir", "j'ai peur de mourir", "vais-je mourir ?", "combien de temps me reste-t-il ?",
    "je craque, je suis à bout", "j'ai le cœur brisé", "j'en ai plein le dos", "prise de sang demain",
    "je ne suis pas suicidaire, juste fatiguée",
]  # fmt: skip
ENGLISH = [
    "dying to know", "this waiting is killing me", "dead tired", "I'm dead 😂", "I could murder a coffee",
    "something to kill the pain", "what is a suicide gene", "kill switch", "T-cells kill tumours", "tumour suicide",
    "dead cells", "end of line of treatment", "a last resort", "terminal", "burning question", "it takes my breath away",
    "my heart skipped a beat", "kill the process", "how do I end it, the subscription I mean", "my plant is dying",
    "I don't want to die", "scared of dying", "how long do I have?", "am I dying?", "I can't cope, terrified",
    "no I'm not suicidal, just tired", "I'm so confused about the words", "the treatment is not responding",
    "his cancer is not responding", "I nearly fainted when I saw the bill", "lump in my throat", "blood test on Friday",
]  # fmt: skip
CHITCHAT = [
    "The police are chasing me", "Tom jumped off the bridge", "He has a gun", "She took all my money", "I want to sleep",
    "set an alarm for 7", "how many covid deaths today", "what are covid symptoms", "turn off the lights",
    "I can't live without music", "let me go", "Elle aime le chocolat", "il fait 39 degrés dehors",
]  # fmt: skip


@pytest.mark.parametrize("text", FRENCH + ENGLISH + CHITCHAT)
def test_no_alarm(text: str) -> None:
    assert assess(text).tier not in ESCALATED
