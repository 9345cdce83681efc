"""Thresholds from curves: confidences on messages of voices the model has not heard, and what each threshold would do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from bot.content.topics import load_topics
from bot.nlu.analysis import analyse_all
from bot.nlu.encoder import encode
from bot.nlu.features import Analysed
from bot.nlu.gate import Thresholds, judge
from bot.nlu.intent_model import IntentModel
from bot.nlu.language import LANGUAGES
from bot.nlu.topics import topic_map
from bot.nlu.training_data import Example


@dataclass(frozen=True)
class HeldOut:
    """Confidences on each example by a model that heard none of its voice. Shape (examples, intents)."""

    examples: tuple[Example, ...]
    intents: tuple[str, ...]
    confidences: NDArray[np.float32]


@dataclass(frozen=True)
class Figures:
    """Shares 0..1 over in-scope messages, answers and out-of-scope messages; see docs/understanding.md."""

    answered_right: float
    right_or_offered: float
    answer_precision: float
    false_answer: float
    asked_back: float


def analysed(examples: Sequence[Example]) -> list[Analysed]:
    """Normalised text and lemmas of each example."""
    found: list[Analysed | None] = [None] * len(examples)
    for language in LANGUAGES:
        places = [i for i, example in enumerate(examples) if example.language == language]
        tokens = analyse_all([examples[i].text for i in places], language)
        for place, one in zip(places, tokens, strict=True):
            found[place] = Analysed.of(examples[place].text, [token.lemma for token in one])
    return [one for one in found if one is not None]


def held_out(
    examples: Sequence[Example], folds: int = 4, tick: Callable[[], None] = lambda: None, **options: object
) -> HeldOut:
    """Train ``folds`` models, each without some of the voices, and predict those. ``options`` go to IntentModel.fit."""
    messages, texts = analysed(examples), [example.text for example in examples]
    vectors = encode(texts)
    labels = np.array([example.intent for example in examples])
    voices = [example.voice for example in examples]
    intents = tuple(sorted(set(labels)))
    confidences = np.zeros((len(examples), len(intents)), dtype=np.float32)
    for train, test in GroupKFold(n_splits=folds).split(texts, labels, voices):
        model = IntentModel.fit(
            [texts[i] for i in train],
            [messages[i] for i in train],
            list(labels[train]),
            vectors=vectors[train],
            **options,  # type: ignore[arg-type]
        )
        rows = model.confidences([texts[i] for i in test], [messages[i] for i in test], vectors[test])
        columns = [intents.index(name) for name in model.intents]
        confidences[np.ix_(test, columns)] = rows
        tick()
    return HeldOut(tuple(examples), intents, confidences)


def figures(found: HeldOut, thresholds: Thresholds, keep: Callable[[Example], bool] = lambda _: True) -> Figures:
    """What the gate would do with these thresholds; crisis messages are left out, the safety layers take those."""
    topics = topic_map()
    kinds = {topic.id: topic.kind for topic in load_topics().topics}
    inside = right = offered = said = said_right = outside = false = asked = rows = 0
    for example, row in zip(found.examples, found.confidences, strict=True):
        topic = topics.topic_of[example.intent]
        kind = kinds[topic]
        if kind in ("crisis", "context") or not keep(example):
            continue
        rows += 1
        confidences: Mapping[str, float] = dict(zip(found.intents, map(float, row), strict=True))
        verdict = judge(confidences, topics, thresholds)
        answered = topics.topic_of[verdict.intent] if verdict.outcome == "answer" else None
        options = {topics.topic_of[option] for option in verdict.options} if verdict.outcome == "clarify" else set()
        asked += verdict.outcome == "clarify"
        content = answered is not None and kinds[answered] == "content"
        said += content
        said_right += content and answered == topic
        if kind == "out_of_scope":
            outside += 1
            false += content
        else:
            inside += 1
            right += answered == topic
            offered += answered == topic or topic in options
    return Figures(
        right / max(1, inside),
        offered / max(1, inside),
        said_right / max(1, said),
        false / max(1, outside),
        asked / max(1, rows),
    )


def log_loss(found: HeldOut) -> float:
    """Mean negative log probability of the right intent: the lower, the better the confidences mean what they say."""
    columns = {name: i for i, name in enumerate(found.intents)}
    right = found.confidences[np.arange(len(found.examples)), [columns[e.intent] for e in found.examples]]
    return float(-np.log(np.clip(right, 1e-6, 1.0)).mean())
