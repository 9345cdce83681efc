"""From an answer judged wrong to a training message and a regression test, in one step (``repere review export``).

Only judgements "wrong topic" carry over; they name the intent that the message should have had. Everything is masked
with an ellipsis, which leaves no word for the bot to learn. What stands in the project already is not written again.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from bot.content.topics import load_topics
from bot.desk.masking import Masker, ellipsis
from bot.desk.training_file import TrainingFile
from bot.nlu.normalise import normalise, words
from bot.nlu.training_data import MAX_OVERLAP, Example, load_examples
from bot.settings import ROOT
from bot.store import audit, conversations, judgements
from bot.store.columns import now
from bot.store.database import session_scope

VOICE: Final = "review"
REGRESSION: Final = Path("tests") / "regression"
NLU: Final = Path("data") / "nlu"


@dataclass(frozen=True)
class Wrong:
    """A masked message and the intent it should have had. ``id``: of the judgement."""

    id: int
    text: str
    language: str
    intent: str
    topic: str


@dataclass
class Report:
    """What the export did; prints as sentences for the terminal."""

    messages: int = 0
    tests: int = 0
    known: int = 0
    conflicts: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [
            f"{self.messages} training messages and {self.tests} regression tests written; "
            f"{self.known} messages stood in the training data already."
        ]
        return "\n".join([*lines, *(f"Not written: {conflict}" for conflict in self.conflicts)])


def export(out: Path = ROOT, *, root: Path = ROOT, url: str | None = None, today: date | None = None) -> Report:
    """Write what was judged since the last export into ``out``, a checkout or an empty folder.

    ``root``: the project whose files are compared with and, in an empty folder, continued. A message that the
    training data holds under another intent, or that two judgements disagree on, is left to people and named in
    the report. Raises TrainingDataError, StoreUnavailable.
    """
    with session_scope(url, write=False) as session:
        wrong = [
            _masked(judgement, turn, conversations.get(session, turn.conversation_id).slots or {})
            for judgement, turn in judgements.to_export(session)
        ]
    report = Report()
    examples = [*load_examples(root / NLU), *(_examples_in(out) if out.resolve() != root.resolve() else ())]
    by_words = {_key(example.text): example for example in examples}
    tested = _tested(root) | _tested(out)
    done = []
    for item in _settled(wrong, report):
        twin = by_words.get(_key(item.text))
        if twin is not None and twin.intent != item.intent:
            report.conflicts.append(f"a message of judgement {item.id} stands under {twin.intent} in {twin.file}.")
            continue
        if twin is not None or _nearly(item, examples):
            report.known += 1
        else:
            _add_message(out, root, item)
            example = Example(item.text, item.intent, item.language, VOICE, "", 0)  # type: ignore[arg-type]
            examples.append(example)
            by_words[_key(item.text)] = example
            report.messages += 1
        if _key(item.text) not in tested:
            tested.add(_key(item.text))
            _add_test(out, item, today or now().date())
            report.tests += 1
        done.append(item.id)
    with session_scope(url) as session:
        judgements.mark_exported(session, done)
        audit.write(
            session, "review.exported", staff_id=None, staff_name="command line", messages=report.messages,
            tests=report.tests,
        )  # fmt: skip
    return report


def _masked(judgement: Any, turn: Any, slots: dict[str, Any]) -> Wrong:
    masker = Masker([turn.text], [slots.get("comment_name"), slots.get("display_name")])
    topic = load_topics().topic_of(judgement.expected) or judgement.expected
    return Wrong(
        judgement.id, _one_line(masker.mask(turn.text, ellipsis)), turn.language or "fr", judgement.expected, topic
    )


def _one_line(text: str) -> str:
    """Without line breaks, control characters, and what the training format would read as an entity."""
    plain = "".join(" " if unicodedata.category(char).startswith(("C", "Z")) else char for char in text)
    return " ".join(plain.replace("](", "] (").replace("]{", "] {").split())


def _settled(wrong: Sequence[Wrong], report: Report) -> Iterable[Wrong]:
    """One judgement a text; none where people disagree, or where the text is a button or holds no word."""
    by_text: dict[str, list[Wrong]] = {}
    for item in wrong:
        if words(normalise(item.text)) and not item.text.startswith("/"):
            by_text.setdefault(_key(item.text), []).append(item)
    for same in by_text.values():
        if len({item.intent for item in same}) > 1:
            named = ", ".join(str(item.id) for item in same)
            report.conflicts.append(f"judgements {named} expect different topics for the same message.")
            continue
        yield from same


def _key(text: str) -> str:
    return " ".join(words(normalise(text)))


def _nearly(item: Wrong, examples: Iterable[Example]) -> bool:
    # The check of the training data refuses a message that shares too many words with another of its intent.
    mine = frozenset(words(normalise(item.text)))
    for example in examples:
        if example.intent == item.intent:
            theirs = frozenset(words(normalise(example.text)))
            if len(mine & theirs) / max(1, len(mine | theirs)) > MAX_OVERLAP:
                return True
    return False


def _add_message(out: Path, root: Path, item: Wrong) -> None:
    target = out / NLU / f"{item.intent}.yml"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        original = root / NLU / target.name
        target.write_text(
            original.read_text(encoding="utf-8") if original.exists() else TrainingFile.EMPTY, encoding="utf-8"
        )
    file = TrainingFile(target.read_text(encoding="utf-8"))
    file.add(intent=item.intent, language=item.language, voice=VOICE, text=item.text)
    target.write_text(file.text, encoding="utf-8")


def _add_test(out: Path, item: Wrong, today: date) -> None:
    target = out / REGRESSION / f"{today.isoformat()}.jsonl"
    target.parent.mkdir(parents=True, exist_ok=True)
    row = {"text": item.text, "lang": item.language, "topic": item.topic}
    with target.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _tested(root: Path) -> set[str]:
    return {
        _key(json.loads(line)["text"])
        for path in sorted((root / REGRESSION).glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    }


def _examples_in(out: Path) -> list[Example]:
    return load_examples(out / NLU) if any((out / NLU).glob("*.yml")) else []
