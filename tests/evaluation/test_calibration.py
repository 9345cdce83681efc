"""What the gate would do with other thresholds, on voices that the model has not heard."""

from __future__ import annotations

import numpy as np
import pytest

from bot.evaluation.calibration import HeldOut, analysed, figures, held_out, log_loss
from bot.evaluation.curves import component
from bot.nlu.gate import Thresholds
from bot.nlu.language import Language
from bot.nlu.training_data import Example

INTENTS = ("causes", "greet", "out_of_scope_general", "what_is")


def example(intent: str, text: str = "x", language: Language = "fr", voice: str = "a") -> Example:
    return Example(text, intent, language, voice, "f.yml", 1)


def found(*rows: tuple[str, tuple[float, float, float, float]]) -> HeldOut:
    return HeldOut(
        tuple(example(name) for name, _ in rows), INTENTS, np.array([row for _, row in rows], dtype=np.float32)
    )


MIXED = found(
    ("causes", (0.9, 0.0, 0.0, 0.1)),  # answered rightly
    ("causes", (0.1, 0.0, 0.0, 0.9)),  # answered wrongly
    ("what_is", (0.5, 0.0, 0.0, 0.5)),  # asked back, and offered
    ("out_of_scope_general", (0.9, 0.0, 0.1, 0.0)),  # answered, though the article knows nothing of it
    ("greet", (0.0, 0.9, 0.1, 0.0)),  # answered rightly, but not from the article
)


def test_figures() -> None:
    shares = figures(MIXED, Thresholds(answer=0.6, margin=0.1))
    assert shares.answered_right == pytest.approx(2 / 4)
    assert shares.right_or_offered == pytest.approx(3 / 4)
    assert shares.answer_precision == pytest.approx(1 / 3)
    assert shares.false_answer == 1.0
    assert shares.asked_back == pytest.approx(1 / 5)


def test_a_higher_threshold_answers_less() -> None:
    shares = figures(MIXED, Thresholds(answer=0.95, margin=0.1))
    assert shares.answered_right == pytest.approx(1 / 4)
    assert shares.false_answer == 0.0


def test_only_some_rows() -> None:
    assert figures(MIXED, Thresholds(answer=0.6), lambda one: one.intent == "greet").answered_right == 1.0
    assert figures(MIXED, Thresholds(), lambda one: one.language == "en").answered_right == 0.0


def test_log_loss() -> None:
    assert log_loss(found(("causes", (1.0, 0.0, 0.0, 0.0)))) == pytest.approx(0.0, abs=1e-6)
    assert log_loss(found(("causes", (0.5, 0.5, 0.0, 0.0)))) == pytest.approx(np.log(2), abs=1e-5)
    assert np.isfinite(log_loss(found(("causes", (0.0, 1.0, 0.0, 0.0)))))


def test_lemmas_of_both_languages_stay_in_place() -> None:
    rows = [example("causes", "les cellules"), example("causes", "the cells", "en"), example("greet", "bonjours")]
    assert [one.text for one in analysed(rows)] == ["les cellules", "the cells", "bonjours"]
    assert [one.lemmas for one in analysed(rows)][:2] == ["le cellule", "the cell"]


def test_each_voice_is_predicted_by_a_model_that_has_not_heard_it() -> None:
    said = {"causes": ["pourquoi ça résiste", "why does it resist"], "greet": ["bonjour à vous", "hello to you"]}
    rows = [
        example(intent, f"{text} {voice}", language, voice)
        for voice in ("anna", "bert", "cleo")
        for intent, texts in said.items()
        for language, text in zip(("fr", "en"), texts, strict=True)
    ]
    ticks: list[int] = []
    result = held_out(rows, folds=3, tick=lambda: ticks.append(1), encoder_weight=0.0)
    assert result.confidences.shape == (len(rows), 2)
    assert np.allclose(result.confidences.sum(axis=1), 1.0, atol=1e-5)
    assert len(ticks) == 3
    best = [result.intents[int(row.argmax())] for row in result.confidences]
    assert best == [row.intent for row in rows]


def test_the_options_come_from_the_configuration() -> None:
    assert {"weights", "encoder_weight", "regularisation", "sharpness"} <= component("IntentClassifier").keys()
    assert 0.0 < component("AnswerGate")["answer"] < 1.0
    with pytest.raises(StopIteration):
        component("NoSuchComponent")
