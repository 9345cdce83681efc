"""Sparse features: what forgives typos, and what a kept vocabulary must give back."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bot.nlu.features import Analysed, SparseFeatures

TEXTS = [
    "Qu’est-ce qu’une thérapie ciblée ?",
    "Une thérapie ciblée, c’est quoi ?",
    "What is a targeted therapy?",
    "What does targeted therapy mean?",
    "La chimio ne marche plus, pourquoi ?",
    "Pourquoi la chimio ne marche pas ?",
    "Why did the chemo stop working?",
    "Why does the chemo not work?",
]
MESSAGES = [Analysed.of(text, text.lower().split()) for text in TEXTS]
WEIGHTS = {"words": 1.0, "characters": 0.8, "lemmas": 0.5, "concepts": 0.3}


def equal(left: csr_matrix, right: csr_matrix) -> bool:
    return left.shape == right.shape and np.array_equal(left.toarray(), right.toarray())


@pytest.fixture
def features() -> SparseFeatures:
    return SparseFeatures(weights=dict(WEIGHTS)).fit(MESSAGES)


def test_kept_and_restored_features_are_the_same(features: SparseFeatures) -> None:
    kept = json.loads(json.dumps(features.state(), ensure_ascii=False))
    once = SparseFeatures.restore(kept)
    unseen = [Analysed.of("la thérapie cibblée marche ?", ["le", "therapie"]), Analysed.of("")]
    for messages in (MESSAGES, unseen):
        # The idf values are rounded when they are kept, so the first restoring may differ in the fifth place.
        assert np.allclose(features.transform(messages).toarray(), once.transform(messages).toarray(), atol=1e-3)
        twice = SparseFeatures.restore(json.loads(json.dumps(once.state())))
        assert equal(once.transform(messages), twice.transform(messages))
    for name, block in features.state()["blocks"].items():
        assert kept["blocks"][name]["terms"] == block["terms"] == once.state()["blocks"][name]["terms"]


def test_shapes_and_kind(features: SparseFeatures) -> None:
    matrix = features.transform(MESSAGES)
    assert matrix.shape[0] == len(TEXTS)
    assert matrix.dtype == np.float32
    assert features.transform([Analysed.of("zzz qqq")]).shape == (1, matrix.shape[1])


def test_rows_do_not_depend_on_their_neighbours(features: SparseFeatures) -> None:
    together = features.transform(MESSAGES)
    for row, message in enumerate(MESSAGES):
        assert equal(together[row], features.transform([message]))


def similarity(features: SparseFeatures, left: str, right: str) -> float:
    a, b = features.transform([Analysed.of(left), Analysed.of(right)]).toarray()
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b) or 1.0))


def test_typos_and_accents_are_forgiven(features: SparseFeatures) -> None:
    assert similarity(features, "thérapie ciblée", "therapie ciblee") == pytest.approx(1.0, abs=1e-6)
    assert similarity(features, "therapie ciblee", "terapie ciblé") > similarity(
        features, "therapie ciblee", "la chimio"
    )


def test_concepts_join_the_languages() -> None:
    concepts = SparseFeatures(weights={"concepts": 1.0}).fit(MESSAGES)
    assert similarity(concepts, "pourquoi la chimio", "why the chemo") == pytest.approx(1.0, abs=1e-6)
    words = SparseFeatures(weights={"words": 1.0}).fit(MESSAGES)
    assert similarity(words, "pourquoi la chimio", "why the chemo") == 0.0


def test_a_block_of_no_weight_is_left_out() -> None:
    slim = SparseFeatures(weights={"words": 1.0, "lemmas": 0.0}).fit(MESSAGES)
    assert list(slim.state()["blocks"]) == ["words"]


def test_a_weight_scales_its_block() -> None:
    one = SparseFeatures(weights={"words": 1.0}).fit(MESSAGES).transform(MESSAGES)
    half = SparseFeatures(weights={"words": 0.5}).fit(MESSAGES).transform(MESSAGES)
    assert np.allclose(one.toarray() * 0.5, half.toarray())


def test_lemmas_are_normalised_and_hold_together() -> None:
    assert (
        Analysed.of("Il a été opéré", ["il", "avoir", "être", "pomme de terre"]).lemmas
        == "il avoir etre pomme_de_terre"
    )
