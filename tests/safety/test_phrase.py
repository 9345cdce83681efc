"""The phrase language and the index that searches it."""

from __future__ import annotations

import pytest

from bot.errors import ContentError
from bot.safety.index import PhraseIndex
from bot.safety.phrase import PhraseCompiler


def found(source: str, text: str, words: dict[str, list[str]] | None = None, inflect: bool = True) -> bool:
    phrase = PhraseCompiler(words or {}, inflect).compile(source)
    return bool(PhraseIndex([("key", phrase)]).keys(f" {text} "))


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("fievre", "une fievre .", True),
        ("fievre", "fievreux .", False),
        ("frisson*", "des frissons .", True),
        ("(a b|c) x", "a b x .", True),
        ("(a b|c) x", "b x .", False),
        ("mal (a|de)? tete", "mal tete .", True),
        ("mal ..2 tete", "mal a la tete .", True),
        ("mal ..2 tete", "mal a la grosse tete .", False),
        ("mal ..3 tete", "mal , la tete .", False),
        ("mal ..3, tete", "mal , la tete .", True),
        ("fait ..3. adieu", "ce est fait . dites adieu .", True),
        ("leg ~4 swollen", "swollen and hot leg .", True),
        ("leg ~1 swollen", "leg is so very swollen .", False),
        ("^ fever", "no fever .", False),
        ("^ fever", "well , fever .", True),
        ("die $", "want to die .", True),
        ("die $", "want to die laughing .", False),
        ("@ fois", "9 fois .", True),
        ("@@ fois", "9 fois .", False),
        ("d eau", "de eau .", True),
        ("respirer", "plus respire .", True),
        ("bleeding", "bleedin .", True),
    ],
)
def test_what_a_phrase_matches(source: str, text: str, expected: bool) -> None:
    assert found(source, text) is expected


def test_a_named_list_may_hold_phrases() -> None:
    assert found("{limb} swollen", "left leg swollen .", {"limb": ["left (leg|arm)", "calf"]})


def test_without_inflection_a_word_is_only_itself() -> None:
    assert not found("poster", "elle a poste .", inflect=False)


@pytest.mark.parametrize("source", ["(a|b", "a)", "a ~2", "{nobody}", "é", "@", "..3", "a | b"])
def test_a_malformed_phrase_is_refused(source: str) -> None:
    with pytest.raises(ContentError, match="lexicon"):
        PhraseCompiler({}).compile(source)


def test_only_phrases_whose_words_are_there_are_tried() -> None:
    compiler = PhraseCompiler({})
    index = PhraseIndex((source, compiler.compile(source)) for source in ["mal ..2 tete", "mal ..2 dos", "leg ~3 hot"])
    assert {key for key, _ in index.candidates(" mal au dos . ")} == {"mal ..2 dos"}
