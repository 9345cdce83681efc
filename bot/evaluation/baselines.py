"""``repere compare``: the project's classifier beside others, on the same messages and the same unheard voices."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from bot.evaluation.calibration import analysed
from bot.evaluation.curves import component
from bot.nlu.intent_model import IntentModel, fit_options
from bot.nlu.language import LANGUAGES
from bot.nlu.training_data import Example, check_training_data

# Voices kept for testing: every fourth, in the order of their names.
_EVERY = 4
_COUNT_VECTORS: list[dict[str, Any]] = [
    {"name": "WhitespaceTokenizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
]


@dataclass(frozen=True)
class Tried:
    """A classifier's result: (text index) predicted intents and confidences on the test messages, training time in s."""

    name: str
    intents: list[str]
    confidences: NDArray[np.float64]
    seconds: float


def compare(sample: int, epochs: int, with_diet: bool = True) -> None:
    """Print the table. ``sample``: training messages drawn, the same for all; 0 for all of them."""
    train, test = split(check_training_data())
    if sample and sample < len(train):
        train = random.Random(0).sample(train, sample)
    console = Console()
    console.print(f"{len(train)} training messages, {len(test)} test messages of voices not among them.")
    tried = [_tfidf_svm(train, test), _tfidf_logistic(train, test), _ours(train, test)]
    tried.append(_rasa("Rasa: count vectors, LogisticRegressionClassifier", _logistic_config(), train, test))
    if with_diet:
        tried.append(_rasa(f"Rasa: count vectors, DIET, {epochs} epochs", _diet_config(epochs), train, test))
    table = Table("classifier", "fr", "en", "surest half fr", "surest half en", "wrong at ≥ 0.9", "training s")
    for one in tried:
        table.add_row(one.name, *_row(one, test))
    console.print(table)


def split(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """Training and test messages; no voice is in both."""
    voices = sorted({example.voice for example in examples})
    held = set(voices[::_EVERY])
    return [e for e in examples if e.voice not in held], [e for e in examples if e.voice in held]


def _row(tried: Tried, test: Sequence[Example]) -> list[str]:
    right = np.array([e.intent for e in test]) == np.array(tried.intents)
    cells = []
    for language in LANGUAGES:
        mine = np.array([e.language == language for e in test])
        cells.append(f"{right[mine].mean():.1%}")
    for language in LANGUAGES:
        mine = np.array([e.language == language for e in test])
        order = np.argsort(-tried.confidences[mine])[: int(mine.sum()) // 2]
        cells.append(f"{right[mine][order].mean():.1%}")
    sure = tried.confidences >= 0.9
    cells.append(f"{(~right[sure]).sum()} of {(~right).sum()} errors")
    return [*cells, f"{tried.seconds:.0f}"]


def _fitted(name: str, fit: Callable[[], tuple[Sequence[str], NDArray[np.float64]]]) -> Tried:
    started = time.perf_counter()
    intents, confidences = fit()
    return Tried(name, list(intents), confidences, time.perf_counter() - started)


def _tfidf_svm(train: Sequence[Example], test: Sequence[Example]) -> Tried:
    def fit() -> tuple[Sequence[str], NDArray[np.float64]]:
        model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True), LinearSVC(C=0.5))
        model.fit([e.text for e in train], [e.intent for e in train])
        margins = model.decision_function([e.text for e in test])
        shares = np.exp(3 * margins) / np.exp(3 * margins).sum(axis=1, keepdims=True)
        return model.classes_[margins.argmax(axis=1)], shares.max(axis=1)

    return _fitted("tf-idf words, linear SVM", fit)


def _tfidf_logistic(train: Sequence[Example], test: Sequence[Example]) -> Tried:
    def fit() -> tuple[Sequence[str], NDArray[np.float64]]:
        model = make_pipeline(
            TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True), LogisticRegression(C=10, max_iter=300)
        )
        model.fit([e.text for e in train], [e.intent for e in train])
        shares = model.predict_proba([e.text for e in test])
        return model.classes_[shares.argmax(axis=1)], shares.max(axis=1)

    return _fitted("tf-idf words, logistic regression", fit)


def _ours(train: Sequence[Example], test: Sequence[Example]) -> Tried:
    options = fit_options(component("IntentClassifier"), len(train))

    def fit() -> tuple[Sequence[str], NDArray[np.float64]]:
        texts = [e.text for e in train]
        model = IntentModel.fit(texts, analysed(train), [e.intent for e in train], **options)
        shares = model.confidences([e.text for e in test], analysed(test))
        return [model.intents[i] for i in shares.argmax(axis=1)], shares.max(axis=1).astype(np.float64)

    return _fitted("this project (config.yml)", fit)


def _logistic_config() -> list[dict[str, Any]]:
    return [*_COUNT_VECTORS, {"name": "LogisticRegressionClassifier", "max_iter": 200}]


def _diet_config(epochs: int) -> list[dict[str, Any]]:
    return [*_COUNT_VECTORS, {"name": "DIETClassifier", "epochs": epochs, "entity_recognition": False}]


def _rasa(name: str, pipeline: list[dict[str, Any]], train: Sequence[Example], test: Sequence[Example]) -> Tried:
    """Train and run a stock Rasa pipeline on the same messages."""
    from rasa.core.agent import load_agent
    from rasa.model_training import train_nlu

    with tempfile.TemporaryDirectory(prefix="repere-") as held:
        folder = Path(held)
        config = {"recipe": "default.v1", "language": "fr", "assistant_id": "baseline", "pipeline": pipeline}
        (folder / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
        blocks: dict[str, list[str]] = {}
        for example in train:
            blocks.setdefault(example.intent, []).append(example.text)
        data = {
            "version": "3.1",
            "nlu": [{"intent": i, "examples": "\n".join(f"- {t}" for t in texts)} for i, texts in blocks.items()],
        }
        (folder / "nlu.yml").write_text(yaml.safe_dump(data, allow_unicode=True, width=10_000), encoding="utf-8")
        started = time.perf_counter()
        model = train_nlu(str(folder / "config.yml"), str(folder / "nlu.yml"), str(folder / "models"))
        seconds = time.perf_counter() - started

        async def parse() -> list[dict[str, Any]]:
            agent = await load_agent(model_path=str(model))
            return [(await agent.parse_message(e.text))["intent"] for e in test]

        found = asyncio.run(parse())
    return Tried(
        name, [str(one["name"]) for one in found], np.array([float(one["confidence"]) for one in found]), seconds
    )
