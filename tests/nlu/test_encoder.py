"""Vectors begun ahead, of a training or of a reply, are those that would be made without haste."""

from __future__ import annotations

import numpy as np
import pytest

from bot.nlu import encoder, understanding
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


STORY = "Bonjour à tous. Mon père ne respire plus bien. Que veut dire réfractaire ?"
SENTENCES = ["Mon père ne respire plus bien.", "Que veut dire réfractaire ?"]


def test_a_message_and_its_sentences_are_begun_and_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = [encode([STORY]), encode(SENTENCES)]
    understanding.begin(STORY)
    [(coming, _), *_] = encoder._begun.values()
    coming.result()
    monkeypatch.setattr(encoder, "_vectors", None)  # made already
    assert np.allclose(encode([STORY]), alone[0], atol=1e-5)
    assert np.allclose(encode(SENTENCES), alone[1], atol=1e-5)
    assert STORY.lower() not in encoder._begun
    assert not {sentence.lower() for sentence in SENTENCES} & encoder._begun.keys()


def test_what_was_not_begun_whole_is_made_anew() -> None:
    encoder.begin(["what is it"])
    wanted = ["what is it", "why"]
    assert np.allclose(encode(wanted), encoder._vectors(wanted), atol=1e-5)


def test_what_nobody_asks_for_is_forgotten() -> None:
    for number in range(encoder._BEGUN_AT_MOST + 5):
        encoder.begin([f"message {number}"])
    assert len(encoder._begun) == encoder._BEGUN_AT_MOST
    assert "message 0" not in encoder._begun
