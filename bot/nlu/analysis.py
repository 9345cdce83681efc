"""Bilingual spaCy: tokens with lemmas, from the French pipeline or a light English one."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from joblib import Parallel, delayed

from bot.nlu.language import Language

# The pipes the French lemmas need; parser and entity recogniser would only cost time and memory.
_UNUSED_PIPES = ("parser", "ner", "senter")
# A lemma is worth its time on the part of a message that asks something.
MAX_CHARACTERS = 1000
# Below so many messages, starting processes takes longer than the work.
_WORTH_PROCESSES = 5000


class SpacyToken(NamedTuple):
    """One token: ``start`` and ``end`` are character offsets in the text."""

    text: str
    lemma: str
    start: int
    end: int


@functools.lru_cache(maxsize=2)
def _pipeline(language: Language) -> Any:
    import spacy

    if language == "fr":
        french = spacy.load("fr_core_news_sm", exclude=list(_UNUSED_PIPES))
        known = french.get_pipe("lemmatizer").lookups.get_table("lemma_index")
        for part_of_speech, words in known.items():
            # Lists of thousands of words, searched from their start for each new word: 0.1 ms each.
            known[part_of_speech] = frozenset(words)
        return french
    nlp = spacy.blank("en")
    nlp.add_pipe("lemmatizer", config={"mode": "lookup"})
    nlp.initialize()
    return nlp


def warm_up() -> None:
    """Load both pipelines now rather than with the first message."""
    _pipeline("fr")
    _pipeline("en")


def analyse(text: str, language: Language) -> list[SpacyToken]:
    """Tokens of one message (white space left out); lemmas only for its first 1,000 characters."""
    return next(analyse_all([text], language), [])


def analyse_all(texts: Sequence[str], language: Language) -> Iterator[list[SpacyToken]]:
    """Tokens of many messages of one language, in order; a training's worth is shared out to all processors."""
    if len(texts) < _WORTH_PROCESSES:
        yield from _analyse(texts, language)
        return
    size = -(-len(texts) // (os.cpu_count() or 1))
    chunks = [texts[start : start + size] for start in range(0, len(texts), size)]
    for part in Parallel(n_jobs=len(chunks))(delayed(_analysed)(chunk, language) for chunk in chunks):
        yield from part


def _analysed(texts: Sequence[str], language: Language) -> list[list[SpacyToken]]:
    return list(_analyse(texts, language))


def _analyse(texts: Sequence[str], language: Language) -> Iterator[list[SpacyToken]]:
    nlp = _pipeline(language)
    cut = [text[:MAX_CHARACTERS] for text in texts]
    # A batch of one costs a third of a millisecond more than the message itself.
    docs = nlp.pipe(cut, batch_size=256) if len(cut) > 1 else map(nlp, cut)
    for text, doc in zip(texts, docs):
        tokens = [
            SpacyToken(token.text, (token.lemma_ or token.text).lower(), token.idx, token.idx + len(token.text))
            for token in doc
            if not token.is_space
        ]
        rest = nlp.make_doc(text[MAX_CHARACTERS:]) if len(text) > MAX_CHARACTERS else ()
        tokens += [
            SpacyToken(
                token.text,
                token.text.lower(),
                token.idx + MAX_CHARACTERS,
                token.idx + MAX_CHARACTERS + len(token.text),
            )
            for token in rest
            if not token.is_space
        ]
        yield tokens
