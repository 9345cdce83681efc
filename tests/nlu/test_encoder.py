"""Vectors begun ahead of a training are those that would be made without haste."""

from __future__ import annotations

import numpy as np
import pytest

from bot.nlu import encoder
from bot.nlu.encoder import DIMENSIONS, encode, encode_ahead

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
