"""Bilingual spaCy: tokens with lemmas, from the French pipeline or a light English one."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from joblib import Parallel, delayed

from bot.nlu.language import Language

# French lemmas are looked up in the pipeline's own table of 217,000 forms. Its tagger would tell "marche" the noun from
# "marche" the verb, for 1.2 ms a reply and 70 MB of the server, and answers no message better (docs/understanding.md).
_UNUSED_PIPES = ("tok2vec", "morphologizer", "parser", "attribute_ruler", "ner", "senter")
_UNUSED_TABLES = ("lemma_rules", "lemma_exc", "lemma_index")
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
        looked_up = {"components": {"lemmatizer": {"mode": "lookup"}}}
        french = spacy.load("fr_core_news_sm", exclude=list(_UNUSED_PIPES), config=looked_up)
        for name in _UNUSED_TABLES:
            french.get_pipe("lemmatizer").lookups.remove_table(name)
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
    lowered = [_lowered(text) for text in texts]
    cut = [text[:MAX_CHARACTERS] for text in lowered]
    # A batch of one costs a third of a millisecond more than the message itself.
    docs = nlp.pipe(cut, batch_size=256) if len(cut) > 1 else map(nlp, cut)
    for text, plain, doc in zip(texts, lowered, docs):
        rest = nlp.make_doc(plain[MAX_CHARACTERS:]) if len(plain) > MAX_CHARACTERS else ()
        yield [*_tokens(text, doc, 0), *_tokens(text, rest, MAX_CHARACTERS)]


def _tokens(text: str, doc: Iterable[Any], offset: int) -> Iterator[SpacyToken]:
    for token in doc:
        if not token.is_space:
            start = offset + token.idx
            end = start + len(token.text)
            yield SpacyToken(text[start:end], token.lemma_ or token.text, start, end)


def _lowered(text: str) -> str:
    # The tables hold words in lower case. A few letters of the world are longer in it, and offsets would be wrong.
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text
