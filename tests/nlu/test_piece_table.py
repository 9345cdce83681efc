"""Vectors looked up piece by piece are those of the library's own network."""

from __future__ import annotations

import numpy as np
import pytest

from bot.nlu import piece_table
from bot.nlu.encoder import _encoder
from bot.nlu.piece_table import PieceTable

TEXTS = [
    "quels traitements me reste-t-il quand la chimio ne marche plus ?",
    "what  does « refractory » mean…",
    "ok",
    "",
    "\u200b",
    "bonjour \ufeff docteur \u200b\u200f !",
    "a\x0bb\x1cc\x85d\u00a0e",
    "a ▁ b▁c",
    "👩🏽‍⚕️ ça va très mal\nje ne dors plus",
    "e\u0301tat  de l’art, 12,5 mg x 3/j",
    "漢字 и кириллица",
    "a" * 400 + " " + "b" * 31,
    "my husband was told that nothing works any more " * 10,
]


@pytest.fixture
def table() -> PieceTable:
    return PieceTable(_encoder()._model)


def _near(found: np.ndarray, texts: list[str]) -> bool:
    return np.allclose(found, _encoder().encode(texts), atol=2e-6)


@pytest.mark.parametrize("text", TEXTS)
def test_one_text_is_as_the_library_reads_it_when_new_and_when_known(table: PieceTable, text: str) -> None:
    assert _near(table.encode([text]), [text])
    assert _near(table.encode([text]), [text])


def test_texts_side_by_side_do_not_reach_into_each_other(table: PieceTable) -> None:
    assert _near(table.encode(TEXTS), TEXTS)
    assert _near(table.encode(TEXTS[::-1]), TEXTS[::-1])


def test_a_word_is_cut_into_the_same_pieces_wherever_it_stands(table: PieceTable) -> None:
    cut = _encoder()._tokenizer
    text = "Pourquoi mon oncologue parle-t-il d'immunothérapie maintenant ?"
    words = [piece for word in text.split() for piece in table._pieces_of(word)]
    assert words == cut.encode(text, add_bos=False, add_eos=False)


def test_a_full_table_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piece_table, "REMEMBERED", 20)
    monkeypatch.setattr(piece_table, "FROM_TRAINING", 0)
    table = PieceTable(_encoder()._model)
    for _ in range(2):
        for text in ("what does it mean", "quels traitements me reste-t-il", "why does it not work"):
            assert _near(table.encode([text]), [text])
            assert len(table._places) <= 20


def test_texts_of_more_pieces_than_fit_are_still_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piece_table, "REMEMBERED", 12)
    monkeypatch.setattr(piece_table, "FROM_TRAINING", 0)
    texts = ["quels traitements me reste-t-il", "what does it mean for my husband", "why does it not work any more"]
    assert _near(PieceTable(_encoder()._model).encode(texts), texts)


def test_the_most_frequent_pieces_are_never_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piece_table, "REMEMBERED", 30)
    monkeypatch.setattr(piece_table, "FROM_TRAINING", 5)
    table = PieceTable(_encoder()._model)
    frequent = table.most_frequent(["the chemo", "the the scan", "the chemo of the day", "chemo"])
    assert frequent[0] == table._pieces_of("the")[0]
    assert len(frequent) == 5
    table.remember(frequent)
    before = {piece: table._places[piece] for piece in frequent}
    for text in ("what does it mean", "quels traitements me reste-t-il", "the chemo of the day"):
        assert _near(table.encode([text]), [text])
        assert {piece: table._places[piece] for piece in frequent} == before
    table.remember([])
    assert _near(table.encode(["the scan"]), ["the scan"])
