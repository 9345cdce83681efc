"""Reads and checks ``data/nlu``: every message has an intent, a language and a voice, and stands there once."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.errors import TrainingDataError
from bot.nlu.language import Language
from bot.nlu.normalise import normalise, words
from bot.settings import ROOT

# libyaml's parser where it was built: a tenth of the time.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
NLU_FOLDER = ROOT / "data" / "nlu"
# Two messages of a topic that share more of their words than this say the same in the same words.
MAX_OVERLAP = 0.8


@dataclass(frozen=True)
class Example:
    """One training message. ``voice`` groups the messages of one author; ``line`` is the block's."""

    text: str
    intent: str
    language: Language
    voice: str
    file: str
    line: int


def load_examples(folder: Path = NLU_FOLDER) -> list[Example]:
    """All training messages, in the files' order. Raises TrainingDataError naming file and line."""
    found: list[Example] = []
    for path in sorted(folder.glob("*.yml")):
        found.extend(load_file(path))
    if not found:
        raise TrainingDataError(f"{folder}: there are no training messages.")
    return found


def load_file(path: Path) -> Iterator[Example]:
    """The training messages of one file, in its order. Raises TrainingDataError naming file and line."""
    try:
        text = path.read_text(encoding="utf-8")
        loader = _Loader(text)
        node = loader.get_single_node()
        data = loader.construct_document(node) if node else None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TrainingDataError(f"{path.name}: {error}") from error
    blocks = data.get("nlu") if isinstance(data, dict) else None
    if not isinstance(blocks, list):
        raise TrainingDataError(f"{path.name}:1: expected a list under 'nlu'.")
    lines = _block_lines(node)
    for block, line in zip(blocks, lines):
        yield from _of_block(block, path.name, line)


def _block_lines(node: Any) -> list[int]:
    for key, value in node.value:
        if key.value == "nlu":
            return [item.start_mark.line + 1 for item in value.value]
    return []


def _of_block(block: Any, file: str, line: int) -> Iterable[Example]:
    where = f"{file}:{line}"
    if not isinstance(block, dict) or not isinstance(block.get("intent"), str):
        raise TrainingDataError(f"{where}: a block needs an 'intent'.")
    meta = block.get("metadata")
    language, voice = (meta.get("language"), meta.get("voice")) if isinstance(meta, dict) else (None, None)
    if language not in ("fr", "en") or not isinstance(voice, str):
        raise TrainingDataError(f"{where}: 'metadata' needs 'language' (fr or en) and 'voice'.")
    if not isinstance(block.get("examples"), str):
        raise TrainingDataError(f"{where}: 'examples' needs a text of lines that begin with '- '.")
    for number, entry in enumerate(block["examples"].splitlines()):
        if not entry.startswith("- ") or not entry[2:].strip():
            raise TrainingDataError(f"{where}: example {number + 1} does not begin with '- ' or is empty.")
        yield Example(entry[2:].strip(), block["intent"], language, voice, file, line)


def problems(examples: Iterable[Example], known_intents: Iterable[str]) -> list[str]:
    """Unknown intents, the same text under two intents, duplicates and near-duplicates within an intent."""
    known = set(known_intents)
    found: list[str] = []
    by_text: dict[str, Example] = {}
    by_intent: dict[str, list[tuple[frozenset[str], Example]]] = defaultdict(list)
    for example in examples:
        where = f"{example.file}:{example.line}"
        if example.intent not in known:
            found.append(f"{where}: intent {example.intent!r} is not in bot/content/topics.yml.")
        tokens = words(normalise(example.text))
        key = " ".join(tokens) or example.text
        first = by_text.setdefault(key, example)
        if first is not example:
            also = "twice" if first.intent == example.intent else f"also under {first.intent}"
            found.append(f"{where}: {example.text!r} stands here {also}.")
        by_intent[example.intent].append((frozenset(tokens), example))
    for members in by_intent.values():
        found.extend(_near_duplicates(members))
    return found


def _near_duplicates(members: list[tuple[frozenset[str], Example]]) -> Iterable[str]:
    # Two messages that share more than 80 % of their words share one of the rarest fifth of each's words: only
    # messages with such a word in common are compared.
    count = Counter(token for tokens, _ in members for token in tokens)
    places: dict[str, list[int]] = defaultdict(list)
    for index, (tokens, example) in enumerate(members):
        rarest = sorted(tokens, key=lambda token: (count[token], token))
        rarest = rarest[: len(rarest) - math.ceil(MAX_OVERLAP * len(rarest)) + 1]
        for other in {other for token in rarest for other in places[token]}:
            theirs, twin = members[other]
            if len(tokens & theirs) / len(tokens | theirs) > MAX_OVERLAP:
                yield f"{example.file}:{example.line}: {example.text!r} is nearly {twin.text!r}."
                break
        for token in rarest:
            places[token].append(index)


def check_training_data(folder: Path = NLU_FOLDER) -> list[Example]:
    """The examples, when there is nothing wrong with them. Raises TrainingDataError with the first problems."""
    from bot.content.topics import load_topics

    examples = load_examples(folder)
    found = problems(examples, load_topics().intents)
    if found:
        raise TrainingDataError("\n".join(found[:10]))
    return examples
