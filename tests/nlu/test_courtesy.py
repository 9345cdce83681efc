"""Thanks or a greeting in front of a request."""

from __future__ import annotations

import pytest

from bot.nlu.courtesy import without_courtesy


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Merci beaucoup. Et l’immunothérapie, ça marche comment ?", "l’immunothérapie, ça marche comment ?"),
        ("ok merci bcp, mais pourquoi la chimio ne suffit plus", "pourquoi la chimio ne suffit plus"),
        ("bonjour, c'est quoi les soins palliatifs", "c'est quoi les soins palliatifs"),
        ("Thank you so much! And what is left to try?", "what is left to try?"),
        ("hi there, which cancers can be refractory", "which cancers can be refractory"),
        ("thanks. so what about trials?", "what about trials?"),
    ],
)
def test_what_is_asked_is_left(text: str, rest: str) -> None:
    assert without_courtesy(text) == rest


@pytest.mark.parametrize(
    "text", ["merci", "Merci beaucoup !", "bonjour à vous", "thanks a lot", "", "Thank you, goodbye"]
)
def test_courtesy_alone_is_no_request(text: str) -> None:
    assert without_courtesy(text) is None


@pytest.mark.parametrize(
    "text", ["Pourquoi résiste-t-il ?", "hidden mutations, what are they", "Thanksgiving is near, who calls"]
)
def test_a_request_without_courtesy_is_left_alone(text: str) -> None:
    assert without_courtesy(text) is None
