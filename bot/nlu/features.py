"""Sparse features of a message: words and lemmas, character n-grams that forgive typos, concepts of both languages."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.nlu.by_word import by_word
from bot.nlu.concepts import concepts_in
from bot.nlu.normalise import normalise

_ANALYSERS: dict[str, dict[str, Any]] = {
    "words": {"token_pattern": r"\w+", "ngram_range": (1, 2), "min_df": 2},
    "characters": {"analyzer": "char_wb", "ngram_range": (2, 4), "min_df": 4},
    "lemmas": {"token_pattern": r"\S+", "ngram_range": (1, 1), "min_df": 2},
    "concepts": {"token_pattern": r"\S+", "ngram_range": (1, 2), "min_df": 3},
}


@by_word
def _plain_lemma(lemma: str) -> str:
    return normalise.__wrapped__(lemma).replace(" ", "_")


@dataclass(frozen=True)
class Analysed:
    """A message ready for features: normalised text and its lemmas, each joined by spaces."""

    text: str
    lemmas: str = ""

    @classmethod
    def of(cls, text: str, lemmas: Sequence[str] = ()) -> Analysed:
        """Analyse raw text; ``lemmas`` are the tokenizer's, in order."""
        return cls(normalise(text), " ".join(map(_plain_lemma, lemmas)))


@dataclass
class SparseFeatures:
    """Tf-idf blocks side by side, each scaled by its weight (0 leaves a block out).

    Shapes: ``transform`` gives (messages, features), float32, rows ordered as the messages.
    """

    weights: dict[str, float] = field(default_factory=lambda: {"words": 1.0, "characters": 1.0, "concepts": 0.3})
    max_features: int | None = None
    _blocks: dict[str, TfidfVectorizer] = field(default_factory=dict)

    def fit(self, messages: Sequence[Analysed]) -> SparseFeatures:
        """Learn the vocabularies."""
        self.fit_transform(messages)
        return self

    def fit_transform(self, messages: Sequence[Analysed]) -> csr_matrix:
        """Learn the vocabularies and give the features of the messages they are learnt from."""
        found: list[csr_matrix] = []
        for name, weight in self.weights.items():
            if weight:
                block = TfidfVectorizer(
                    lowercase=False,
                    sublinear_tf=True,
                    dtype=np.float32,
                    max_features=self.max_features,
                    **_ANALYSERS[name],
                )
                found.append(block.fit_transform(self._column(name, messages)) * weight)
                self._blocks[name] = block
        return hstack(found, format="csr")

    def transform(self, messages: Sequence[Analysed]) -> csr_matrix:
        """Features of the messages; unknown words and n-grams are left out."""
        return hstack(
            [
                block.transform(self._column(name, messages)) * self.weights[name]
                for name, block in self._blocks.items()
            ],
            format="csr",
        )

    def of_one(self, message: Analysed) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Columns and values of one message's features: those of ``transform`` that are not 0, in a tenth of its time.

        ``transform`` prepares for thousands of messages whatever it is given; a reply needs one.
        """
        columns: list[NDArray[np.int64]] = [np.zeros(0, dtype=np.int64)]
        values: list[NDArray[np.float32]] = [np.zeros(0, dtype=np.float32)]
        first = 0
        for name, columns_of, idf in self._readers:
            counts = Counter(columns_of(self._column(name, [message])[0]))
            if counts:
                found = np.fromiter(counts, dtype=np.int64, count=len(counts))
                weighed = (np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts))) + 1) * idf[found]
                columns.append(found + first)
                values.append(weighed * np.float32(self.weights[name] / np.sqrt(weighed @ weighed)))
            first += len(idf)
        return np.concatenate(columns), np.concatenate(values)

    @functools.cached_property
    def _readers(self) -> list[tuple[str, Callable[[str], Iterable[int]], NDArray[np.float32]]]:
        return [
            (name, _columns_of(block, within_words=name == "characters"), np.asarray(block.idf_, dtype=np.float32))
            for name, block in self._blocks.items()
        ]

    @staticmethod
    def _column(name: str, messages: Sequence[Analysed]) -> list[str]:
        if name == "lemmas":
            return [message.lemmas for message in messages]
        if name == "concepts":
            return [" ".join(concepts_in(message.text)) for message in messages]
        return [message.text for message in messages]

    def state(self) -> dict[str, Any]:
        """What ``restore`` needs, as plain JSON values (vocabularies in column order) and float lists."""
        return {
            "weights": self.weights,
            "blocks": {
                name: {
                    "terms": sorted(block.vocabulary_, key=block.vocabulary_.__getitem__),
                    "idf": np.round(block.idf_, 4).tolist(),
                }
                for name, block in self._blocks.items()
            },
        }

    @classmethod
    def restore(cls, state: dict[str, Any]) -> SparseFeatures:
        """The features whose ``state`` was kept."""
        features = cls(weights=dict(state["weights"]))
        for name, kept in state["blocks"].items():
            vocabulary = {term: column for column, term in enumerate(kept["terms"])}
            options = {key: value for key, value in _ANALYSERS[name].items() if key != "min_df"}
            block = TfidfVectorizer(
                lowercase=False, sublinear_tf=True, dtype=np.float32, vocabulary=vocabulary, **options
            )
            block.idf_ = np.asarray(kept["idf"], dtype=np.float32)
            features._blocks[name] = block
        return features


def _columns_of(block: TfidfVectorizer, *, within_words: bool) -> Callable[[str], Iterable[int]]:
    """What gives the columns of a text's known terms, each as often as it occurs.

    ``within_words``: the terms lie there, so that those of a word are remembered.
    """
    terms_of, vocabulary = block.build_analyzer(), block.vocabulary_

    def columns(text: str) -> tuple[int, ...]:
        return tuple(vocabulary[term] for term in terms_of(text) if term in vocabulary)

    if not within_words:
        return columns
    of_word = by_word(columns)
    return lambda text: (column for word in text.split() for column in of_word(word))
