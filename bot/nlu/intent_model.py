"""The classifier: one linear model for both languages over sparse features and a sentence vector."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from scipy.special import softmax
from sklearn.svm import LinearSVC

from bot.nlu.encoder import DIMENSIONS, FEW, encode, frequent_pieces
from bot.nlu.features import Analysed, SparseFeatures

# Sharpness of the softmax over the margins: the value with the least log loss on messages of held-out voices
# (`repere calibrate`), so that a confidence of 0.8 is right about eight times in ten.
DEFAULT_SHARPNESS = 3.0
# What of the configuration a fit is told.
_OPTIONS = ("weights", "encoder_weight", "regularisation", "sharpness")
# Below so many messages, starting processes takes longer than the work.
_WORTH_PROCESSES = 3000


def fit_options(config: Mapping[str, Any], messages: int) -> dict[str, Any]:
    """Options of :meth:`IntentModel.fit` for so many training messages: those under ``few`` instead, up to its number.

    From few messages little is learnt of words, so that the sentence vector, learnt elsewhere, has to weigh more; and their
    margins are smaller. Raises KeyError for an option that the configuration leaves out.
    """
    few = config.get("few") or {}
    chosen = {**config, **few} if messages <= few.get("messages", 0) else config
    return {option: chosen[option] for option in _OPTIONS}


def _plane(matrix: csr_matrix, members: NDArray[np.bool_], regularisation: float) -> tuple[Any, Any]:
    """Coefficients and intercept of the plane between an intent's members and all others."""
    # Ten times the default tolerance: coefficients differ by 0.002 %, and it takes a tenth less time.
    svm = LinearSVC(C=regularisation, random_state=0, tol=1e-3).fit(matrix, members)
    return svm.coef_, svm.intercept_


@dataclass
class IntentModel:
    """Linear one-against-rest model with confidences that add up to 1."""

    features: SparseFeatures
    intents: list[str]
    coefficients: NDArray[np.float32]  # (intents, features + encoder dimensions)
    intercepts: NDArray[np.float32]  # (intents,)
    encoder_weight: float = 1.0
    sharpness: float = DEFAULT_SHARPNESS
    pieces: list[int] = field(default_factory=list)  # of words, those that the encoder met most often

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        messages: Sequence[Analysed],
        labels: Sequence[str],
        *,
        weights: dict[str, float] | None = None,
        encoder_weight: float = 1.0,
        regularisation: float = 0.3,
        sharpness: float = DEFAULT_SHARPNESS,
        vectors: NDArray[np.float32] | None = None,
    ) -> IntentModel:
        """Train on parallel sequences of raw texts, analysed messages and intent names.

        ``vectors`` may hold the sentence vectors when the caller already has them. Raises ValueError for fewer
        than two intents.
        """
        intents = sorted(set(labels))
        if len(intents) < 2:
            raise ValueError("An intent model needs at least two intents.")
        features = SparseFeatures(weights=weights) if weights else SparseFeatures()
        if encoder_weight and vectors is None:
            # The encoder works in processes of its own: the vocabularies are learnt meanwhile.
            with ThreadPoolExecutor(1) as beside:
                coming = beside.submit(encode, texts)
                matrix = features.fit_transform(messages)
                vectors = coming.result()
        else:
            matrix = features.fit_transform(messages)
        if encoder_weight and vectors is not None:
            matrix = hstack([matrix, csr_matrix(vectors * encoder_weight)], format="csr")
        of = np.array(labels)
        matrix = matrix.astype(np.float64)  # as liblinear wants it: once, and not in each process
        matrix.sum_duplicates()
        # One against the rest, as LinearSVC does it, but side by side. In processes: liblinear's random order is global.
        jobs = os.cpu_count() if len(of) > _WORTH_PROCESSES else 1
        planes = Parallel(n_jobs=jobs)(delayed(_plane)(matrix, of == intent, regularisation) for intent in intents)
        return cls(
            features,
            intents,
            np.vstack([coefficients for coefficients, _ in planes]).astype(np.float32),
            np.hstack([intercept for _, intercept in planes]).astype(np.float32),
            encoder_weight,
            sharpness,
            frequent_pieces(texts) if encoder_weight else [],
        )

    def margins(
        self, texts: Sequence[str], messages: Sequence[Analysed], vectors: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Distances to each intent's border, shape (messages, intents)."""
        width = self.coefficients.shape[1] - (DIMENSIONS if self.encoder_weight else 0)
        if 0 < len(messages) <= FEW:
            scores = np.vstack([self._sparse_scores(message) for message in messages])
        else:
            scores = np.asarray(self.features.transform(messages) @ self.coefficients[:, :width].T)
        if self.encoder_weight:
            vectors = encode(texts) if vectors is None else vectors
            scores = scores + (vectors * self.encoder_weight) @ self.coefficients[:, width:].T
        return np.asarray(scores + self.intercepts, dtype=np.float32)

    def _sparse_scores(self, message: Analysed) -> NDArray[np.float32]:
        columns, values = self.features.of_one(message)
        found: NDArray[np.float32] = values @ self.coefficients.T[columns]
        return found

    def confidences(
        self, texts: Sequence[str], messages: Sequence[Analysed], vectors: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Probabilities, shape (messages, intents); each row adds up to 1."""
        return np.asarray(softmax(self.sharpness * self.margins(texts, messages, vectors), axis=1), dtype=np.float32)

    def save(self, folder: Path) -> None:
        """Write ``intents.json`` and ``weights.npz`` (half precision) to an existing folder."""
        state = {
            "features": self.features.state(),
            "intents": self.intents,
            "encoder_weight": self.encoder_weight,
            "sharpness": self.sharpness,
            "pieces": self.pieces,
        }
        (folder / "intents.json").write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")
        np.savez_compressed(
            folder / "weights.npz",
            coefficients=self.coefficients.astype(np.float16),
            intercepts=self.intercepts.astype(np.float32),
        )

    @classmethod
    def load(cls, folder: Path) -> IntentModel:
        """Read what ``save`` wrote. Raises FileNotFoundError when a part is missing."""
        state = json.loads((folder / "intents.json").read_text(encoding="utf-8"))
        with np.load(folder / "weights.npz", allow_pickle=False) as kept:
            # By columns, so that a message's few features lie together; a copy at each reply would cost milliseconds.
            coefficients = np.asfortranarray(kept["coefficients"].astype(np.float32))
            intercepts = kept["intercepts"]
        return cls(
            SparseFeatures.restore(state["features"]),
            list(state["intents"]),
            coefficients,
            intercepts,
            float(state["encoder_weight"]),
            float(state["sharpness"]),
            list(state.get("pieces", [])),
        )
