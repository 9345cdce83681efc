"""Denied signs stay silent; a sign beside a denied one does not."""

from __future__ import annotations

import pytest

from bot.safety.detector import assess


@pytest.mark.parametrize(
    "text",
    [
        "pas de fièvre, tout va bien",
        "pas de fièvre ni de frissons aujourd'hui",
        "aucun saignement, pas d'essoufflement, je veux juste jardiner",
        "il ne saigne plus",
        "elle ne tremble pas",
        "sans fièvre ce matin",
        "je n'ai plus d'idées noires",
        "je ne vais pas me tuer",
        "no fever, no chills, feeling fine",
        "she's neither feverish nor confused",
        "not short of breath at all",
        "he hasn't got a fever",
        "I don't think I have a fever",
        "never had chest pain",
        "I'm not going to kill myself",
        "no thoughts of harming myself",
    ],
)
def test_denied(text: str) -> None:
    assert assess(text).tier is None


@pytest.mark.parametrize(
    "text",
    [
        "plus de fièvre mais je tremble de froid",
        "pas de fièvre mais des frissons à claquer des dents",
        "je ne veux pas déranger mais j'ai de la fièvre",
        "je n'arrête pas de saigner du nez",
        "ça n'arrête pas de couler, du sang partout",
        "il tremble de plus en plus fort",
        "no fever but I'm shaking like a leaf",
        "I don't want to bother anyone, I have a fever of 39",
        "can't stop vomiting since yesterday",
        "not sure what it is, she has chest pain",
        "the fever is not coming down",
    ],
)
def test_not_denied(text: str) -> None:
    assert assess(text).body is not None
