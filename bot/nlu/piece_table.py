"""The encoder's network for the few texts of one message: what depends on one piece of a word alone is computed once a piece.

The library's network reads the pieces of a text in windows of 2, 3 and 5. Its projection and what a piece gives to each place
of the first windows depend on the piece alone: three fifths of the arithmetic, kept in a table from message to message.
"""

from __future__ import annotations

import functools
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.nlu.by_word import by_word

Floats = NDArray[np.float32]

# Pieces remembered, 15 KB each once they were met.
REMEMBERED: Final = 8192
# Of them so many from the training messages, for good: 96 % of all that occur there.
FROM_TRAINING: Final = 6000
# Rows between two texts, and around them: as far as a window reaches to either side.
_GAP: Final = 2
# Windows of so many pieces, of them so many before the piece itself.
_WINDOWS: Final = ((2, 0), (3, 1), (5, 2))
_WIDTH: Final = 256
_EMBEDDING: Final = 512
_FEATURES: Final = _EMBEDDING + len(_WINDOWS) * _WIDTH
# The row of nothing, for the gaps.
_NOTHING: Final = 0
# Pieces that stand for the begin and the end of a text.
_BEGIN: Final = 1
_END: Final = 2
# The linear algebra is quickest with a multiple of so many rows: 20 take 85 µs where 19 take 103.
_ROWS: Final = 4
# Pieces learnt at once: more would only take memory.
_AT_ONCE: Final = 512
# What the library writes for a space.
_SPACE: Final = "▁"


class PieceTable:
    """Sentence vectors from the weights of ``network`` (the library's ``NumpyBackend``), for a few texts at a time."""

    def __init__(self, network: Any) -> None:
        self._network = network
        # No piece reaches over a space, so that a word has the same pieces wherever it stands.
        self._cut = functools.partial(network.sp.encode, add_bos=False, add_eos=False)
        self._pieces_of = by_word(self._cut)
        self._guard = threading.Lock()
        self._places: dict[int, int] = {}
        self._for_good: dict[int, int] = {}
        # One row a piece: its embedding, its projections, and what it gives to each place of each first window.
        # Untouched rows take no memory.
        self._rows = np.zeros((1 + REMEMBERED, _FEATURES + _WIDTH * sum(n for n, _ in _WINDOWS)), dtype=np.float32)
        self._first = [
            np.ascontiguousarray(weights.reshape(n, _WIDTH, _WIDTH).transpose(1, 0, 2).reshape(_WIDTH, n * _WIDTH))
            for (n, _), weights in zip(_WINDOWS, network.w1)
        ]
        # Between the normalised features and the first layer with a kink nothing happens but sums and products.
        onward = network.cnn_W @ np.hstack([network.d0, network.p1])
        self._onward = np.ascontiguousarray(network.ln_g[:, None] * onward)
        self._onward_bias = network.ln_b @ onward + network.cnn_b @ np.hstack([network.d0, network.p1])

    def most_frequent(self, texts: Iterable[str]) -> list[int]:
        """The pieces that occur most often in ``texts``, for :meth:`remember`."""
        pieces: Counter[int] = Counter()
        for word, times in Counter(word for text in texts for word in text.split()).items():
            for piece in self._pieces_of(word):
                pieces[piece] += times
        return [piece for piece, _ in pieces.most_common(FROM_TRAINING)]

    def remember(self, pieces: Sequence[int]) -> None:
        """Learn up to ``FROM_TRAINING`` pieces now, and never forget them."""
        with self._guard:
            self._places = {}
            self._learn(pieces[:FROM_TRAINING])
            self._for_good = dict(self._places)

    def encode(self, texts: Sequence[str]) -> Floats:
        """Vectors of length 1, shape (len(texts), 512), as the library's own to six digits.

        ``texts`` is not empty; none has more pieces than are remembered beside those of the training.
        """
        pieces = [[_BEGIN, *self._pieces(text), _END] for text in texts]
        if len(texts) > 1 and len({piece for one in pieces for piece in one}) > REMEMBERED - FROM_TRAINING:
            return np.vstack([self.encode([text]) for text in texts])
        with self._guard:
            rows = self._rows[self._padded(pieces)]
        features = np.empty((len(rows) - 2 * _GAP, _FEATURES), dtype=np.float32)
        features[:, :_EMBEDDING] = rows[_GAP:-_GAP, :_EMBEDDING]
        gaps = _gaps(pieces, len(features))
        given = _FEATURES
        for order, (n, before) in enumerate(_WINDOWS):
            own = slice(_EMBEDDING + order * _WIDTH, _EMBEDDING + (order + 1) * _WIDTH)
            taps = rows[:, given : given + n * _WIDTH]
            features[:, own] = self._windows(rows[_GAP:-_GAP, own], taps, order, before, gaps)
            given += n * _WIDTH
        return self._vectors(features, [len(one) for one in pieces])

    def _pieces(self, text: str) -> list[int]:
        # Marks that cannot be seen vanish for the library, or hold words together.
        if not text.isprintable() or _SPACE in text:
            return list(self._cut(text))
        return [piece for word in text.split() or [""] for piece in self._pieces_of(word)]

    def _windows(self, projected: Floats, taps: Floats, order: int, before: int, gaps: NDArray[np.int64]) -> Floats:
        """Both layers of windows of one order, shape (rows without the outer gaps, 256)."""
        count, start, n = len(projected), _GAP - before, taps.shape[1] // _WIDTH
        around = np.zeros((count + 2 * _GAP, _WIDTH), dtype=np.float32)
        inner = around[_GAP:-_GAP]
        np.add(taps[start : start + count, :_WIDTH], self._network.b1[order], out=inner)
        for place in range(1, n):
            inner += taps[start + place : start + place + count, place * _WIDTH : (place + 1) * _WIDTH]
        np.maximum(inner, 0, out=inner)
        inner += projected
        inner[gaps] = 0
        # Each row and its neighbours in one: rows that overlap in memory, which have to be copied to be multiplied fast.
        row = around.strides[0]
        windows: Floats = np.ndarray(
            (count, n * _WIDTH), np.float32, around, start * row, (row, around.itemsize)
        ).copy()
        second: Floats = windows @ self._network.w2[order]
        second += self._network.b2[order]
        np.maximum(second, 0, out=second)
        second += inner
        return second

    def _vectors(self, features: Floats, lengths: Sequence[int]) -> Floats:
        """Normalise each row, sum each text's, and send the sums through the last layers."""
        network = self._network
        mean = features.mean(axis=1)
        spread = np.einsum("ij,ij->i", features, features) / _FEATURES - mean * mean
        weight = 1 / np.sqrt(spread + network.eps)
        # Normalising and summing at once: a matrix with a text's weights in its row.
        shares = np.zeros((len(lengths), len(features)), dtype=np.float32)
        start = 0
        for text, length in enumerate(lengths):
            shares[text, start : start + length] = weight[start : start + length]
            start += length + _GAP
        root = np.sqrt(np.array(lengths, dtype=np.float32))[:, None]
        total = shares @ features
        total -= (shares @ mean)[:, None]
        total /= root
        both = total @ self._onward
        both += root * self._onward_bias
        kinked = network.d0.shape[1]
        deep = both[:, kinked:] + np.maximum(both[:, :kinked], 0) @ network.d1
        np.maximum(deep, 0, out=deep)
        last = deep @ network.p3
        last += np.maximum(deep @ network.d2, 0) @ network.d3
        np.tanh(last, out=last)
        last /= np.sqrt(np.maximum(np.einsum("ij,ij->i", last, last), network.eps))[:, None]
        return np.asarray(last, dtype=np.float32)

    def _padded(self, pieces: Sequence[Sequence[int]]) -> list[int]:
        """Rows of the table for texts laid behind one another, with gaps before, between and after them."""
        self._learn(dict.fromkeys(piece for one in pieces for piece in one))
        found = [_NOTHING] * _GAP
        for one in pieces:
            found += [self._places[piece] for piece in one]
            found += [_NOTHING] * _GAP
        return found + [_NOTHING] * (-(len(found) - 2 * _GAP) % _ROWS)

    def _learn(self, wanted: Iterable[int]) -> None:
        """Put pieces into the table that are not there; from a full table those go that are not there for good."""
        wanted = list(wanted)
        new = [piece for piece in wanted if piece not in self._places]
        if new and len(self._places) + len(new) > REMEMBERED:
            self._places = dict(self._for_good)
            new = [piece for piece in wanted if piece not in self._places]
        for first in range(0, len(new), _AT_ONCE):
            some = new[first : first + _AT_ONCE]
            place = 1 + len(self._places)
            self._rows[place : place + len(some)] = self._of_pieces(np.array(some))
            self._places.update(zip(some, range(place, place + len(some))))

    def _of_pieces(self, pieces: NDArray[np.int64]) -> Floats:
        network = self._network
        # The library keeps its embeddings in blocks of a byte a number, each block with its own scale.
        block = pieces % len(network.scale)
        embedded = network.table[pieces] * network.scale[block, None] + network.lo[block, None]
        projected = embedded @ network.proj_W + network.proj_b
        by_order = projected.reshape(len(pieces), len(_WINDOWS) * _WIDTH)
        by_order -= by_order.mean(axis=1, keepdims=True)
        by_order /= np.sqrt((by_order * by_order).mean(axis=1, keepdims=True) + network.eps)
        projected = by_order * network.ln_g_all + network.ln_b_all
        taps = [
            projected[:, order * _WIDTH : (order + 1) * _WIDTH] @ weights for order, weights in enumerate(self._first)
        ]
        return np.hstack([embedded, projected, *taps])


def _gaps(pieces: Sequence[Sequence[int]], count: int) -> NDArray[np.int64]:
    """Rows of nothing among ``count``: between texts and after the last."""
    found: list[int] = []
    end = 0
    for one in pieces:
        found += range(end - _GAP if end else 0, end)
        end += len(one) + _GAP
    return np.array([*found, *range(end - _GAP, count)], dtype=np.int64)
