"""Vectors begun ahead of a training are those that would be made without haste."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np
import pytest

from bot.nlu import encoder
from bot.nlu.encoder import DIMENSIONS, begin, encode, encode_ahead

TEXTS = ["Quels traitements ?", "QUELS TRAITEMENTS ?", "what is it", "what is it", ""]


@pytest.fixture
def shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "_WORTH_PROCESSES", 0)


def test_one_row_a_text_of_length_one() -> None:
    found = encode(TEXTS)
    assert found.shape == (len(TEXTS), DIMENSIONS)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-3)
    assert np.allclose(found[0], found[1], atol=1e-5)
    assert encode([]).shape == (0, DIMENSIONS)


@pytest.mark.usefixtures("shared_out")
def test_begun_ahead_they_are_the_same_in_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    encode_ahead(TEXTS)
    wanted = [TEXTS[place] for place in (4, 2, 0, 0, 3)]
    one_by_one = np.vstack([encoder._vectors([text.lower()]) for text in wanted])
    # Made already: nothing is left to share out.
    begun = encoder._ahead[0][1].result()
    monkeypatch.setattr(encoder, "_shared_out", None)
    assert begun.shape == (4, DIMENSIONS)
    assert np.allclose(encode(wanted), one_by_one, atol=1e-5)
    assert encoder._ahead == []


@pytest.mark.usefixtures("shared_out")
def test_other_texts_than_those_begun_are_made_anew() -> None:
    encode_ahead(TEXTS[:2])
    assert np.allclose(encode(["what is it", "why"]), encoder._vectors(["what is it", "why"]), atol=1e-5)


@pytest.fixture
def in_use() -> Iterator[None]:
    encode(["ok"])
    encoder._begun.clear()
    yield
    encoder._begun.clear()


@pytest.mark.usefixtures("in_use")
def test_what_was_begun_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = encode(TEXTS[:2])
    begin(TEXTS[:2])
    monkeypatch.setattr(encoder, "_vectors", None)
    assert np.array_equal(encode(TEXTS[:2]), wanted)
    assert not encoder._begun
    with pytest.raises(TypeError):
        encode(TEXTS[:2])


@pytest.mark.usefixtures("in_use")
def test_other_texts_are_encoded_by_themselves() -> None:
    begin(["what is it"])
    assert np.allclose(encode(["why", "what is it"]), encoder._vectors(["why", "what is it"]), atol=1e-5)


@pytest.mark.usefixtures("in_use")
def test_those_that_came_first_stay_and_no_text_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(encoder._MOST_BEGUN + 5):
        begin([f"message number {number}"])
    assert len(encoder._begun) == encoder._MOST_BEGUN
    assert b"number" not in b"".join(encoder._begun)
    encode([f"message number {encoder._MOST_BEGUN + 4}"])
    assert len(encoder._begun) == encoder._MOST_BEGUN
    encode(["message number 0"])
    assert len(encoder._begun) == encoder._MOST_BEGUN - 1
    # What nobody asked for in time is gone with the next message.
    monkeypatch.setattr(encoder, "_BEGUN_FOR", 0.0)
    begin(["the next"])
    assert len(encoder._begun) == 1


def test_where_nothing_is_encoded_nothing_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "_table", functools.lru_cache(encoder._table.__wrapped__))
    begin(["bonjour"])
    assert not encoder._begun
