"""The classifier, on a handful of messages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.nlu.encoder import DIMENSIONS, encode
from bot.nlu.features import Analysed
from bot.nlu.intent_model import IntentModel, fit_options

DATA = {
    "greet": ["bonjour à vous", "bonjour monsieur", "hello there", "hello you"],
    "causes": ["pourquoi il résiste", "pourquoi la chimio résiste", "why does it resist", "why the chemo resists"],
    "thanks": ["merci bien", "merci à vous", "thank you so much", "thank you all"],
}


def parts(*intents: str) -> tuple[list[str], list[Analysed], list[str]]:
    texts = [text for intent in intents for text in DATA[intent]]
    labels = [intent for intent in intents for _ in DATA[intent]]
    return texts, [Analysed.of(text) for text in texts], labels


@pytest.fixture(scope="module")
def trained() -> IntentModel:
    texts, messages, labels = parts("greet", "causes", "thanks")
    return IntentModel.fit(texts, messages, labels, weights={"words": 1.0, "characters": 1.0}, sharpness=4.0)


def best(model: IntentModel, text: str) -> str:
    row = model.confidences([text], [Analysed.of(text)])[0]
    return model.intents[int(row.argmax())]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("bonjour", "greet"),
        ("hello", "greet"),
        ("pourquoi ça résiste", "causes"),
        ("merci", "thanks"),
        ("thank you", "thanks"),
    ],
)
def test_it_learns(trained: IntentModel, text: str, intent: str) -> None:
    assert best(trained, text) == intent


def test_confidences_add_up_to_one(trained: IntentModel) -> None:
    texts, messages, _ = parts("greet", "causes", "thanks")
    rows = trained.confidences(texts, messages)
    assert rows.shape == (len(texts), 3)
    assert np.allclose(rows.sum(axis=1), 1.0, atol=1e-5)
    assert (rows >= 0).all()


def test_saved_and_loaded_it_gives_the_same(trained: IntentModel, tmp_path: Path) -> None:
    texts, messages, _ = parts("greet", "causes", "thanks")
    trained.save(tmp_path)
    once = IntentModel.load(tmp_path)
    assert once.intents == trained.intents
    assert (once.encoder_weight, once.sharpness) == (trained.encoder_weight, trained.sharpness)
    # Weights are kept in half precision: the first loading differs in the third place, and no later one does.
    assert np.allclose(once.confidences(texts, messages), trained.confidences(texts, messages), atol=5e-3)
    again = tmp_path / "again"
    again.mkdir()
    once.save(again)
    twice = IntentModel.load(again)
    assert np.array_equal(twice.coefficients, once.coefficients)
    assert np.array_equal(twice.confidences(texts, messages), once.confidences(texts, messages))


def test_training_twice_gives_the_same_model(trained: IntentModel) -> None:
    texts, messages, labels = parts("greet", "causes", "thanks")
    other = IntentModel.fit(texts, messages, labels, weights={"words": 1.0, "characters": 1.0}, sharpness=4.0)
    assert np.array_equal(other.coefficients, trained.coefficients)
    assert np.array_equal(other.intercepts, trained.intercepts)


def test_two_intents_have_a_row_each() -> None:
    texts, messages, labels = parts("greet", "causes")
    model = IntentModel.fit(texts, messages, labels, encoder_weight=0.0)
    assert model.intents == ["causes", "greet"]
    assert model.coefficients.shape[0] == model.intercepts.shape[0] == 2
    assert best(model, "bonjour") == "greet"
    assert best(model, "pourquoi il résiste") == "causes"
    assert model.confidences(["bonjour"], [Analysed.of("bonjour")]).shape == (1, 2)


def test_one_intent_is_refused() -> None:
    texts, messages, labels = parts("greet")
    with pytest.raises(ValueError, match="at least two"):
        IntentModel.fit(texts, messages, labels, encoder_weight=0.0)


def test_ready_vectors_are_used(trained: IntentModel) -> None:
    texts, messages, _ = parts("causes")
    assert np.array_equal(trained.margins(texts, messages, encode(texts)), trained.margins(texts, messages))
    nowhere = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    assert not np.allclose(trained.margins(texts, messages, nowhere), trained.margins(texts, messages))


def test_a_higher_sharpness_is_surer(trained: IntentModel) -> None:
    texts, messages, _ = parts("greet")
    calm = IntentModel(trained.features, trained.intents, trained.coefficients, trained.intercepts, 1.0, 1.0)
    assert (trained.confidences(texts, messages).max(axis=1) > calm.confidences(texts, messages).max(axis=1)).all()


def test_a_missing_part_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        IntentModel.load(tmp_path)


def test_the_encoder_knows_both_languages() -> None:
    french, english, other = encode(["Quels traitements reste-t-il ?", "Which treatments are left?", "Il pleut à Lyon"])
    assert french.shape == (DIMENSIONS,)
    assert french @ french == pytest.approx(1.0, abs=1e-3)
    assert french @ english > french @ other
    assert encode([]).shape == (0, DIMENSIONS)
    assert np.isfinite(encode([""])).all()


CONFIG = {
    "name": "bot.nlu.classifier.IntentClassifier",
    "weights": {"words": 1.0},
    "encoder_weight": 0.6,
    "regularisation": 0.3,
    "sharpness": 4.0,
    "few": {"messages": 1000, "encoder_weight": 1.5, "sharpness": 5.0},
}


def test_few_messages_are_learnt_with_values_of_their_own() -> None:
    few = {"weights": {"words": 1.0}, "encoder_weight": 1.5, "regularisation": 0.3, "sharpness": 5.0}
    assert fit_options(CONFIG, 1000) == few
    assert fit_options(CONFIG, 1001) == {**few, "encoder_weight": 0.6, "sharpness": 4.0}


def test_without_values_for_few_messages_all_are_learnt_alike() -> None:
    config = {**CONFIG, "few": {}}
    assert fit_options(config, 10) == fit_options(config, 10_000) == fit_options(CONFIG, 10_000)
    with pytest.raises(KeyError, match="sharpness"):
        fit_options({"weights": {}, "encoder_weight": 1.0, "regularisation": 0.3}, 10)
