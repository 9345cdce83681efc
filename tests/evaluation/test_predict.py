"""Reading labelled messages, and what a prediction says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.errors import ContentError
from bot.evaluation.engine import Reply, free_port, new_senders
from bot.evaluation.predict import predict, prediction, read_rows
from bot.store.outcomes import Outcome


def write(folder: Path, text: str) -> Path:
    path = folder / "gold.jsonl"
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_are_read(tmp_path: Path) -> None:
    rows = read_rows(write(tmp_path, '{"text": "Été ?", "label": "causes"}\n\n  \n{"text": ""}\n'))
    assert rows == [{"text": "Été ?", "label": "causes"}, {"text": ""}]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('{"text": "a"}\n{"text": \n', r"gold\.jsonl:2: no JSON"),
        ('{"text": "a"}\n\n["b"]\n', r"gold\.jsonl:3: a row needs a 'text'"),
        ('{"texte": "a"}\n', r"gold\.jsonl:1: a row needs a 'text'"),
        ('{"text": 3}\n', r"gold\.jsonl:1: a row needs a 'text'"),
    ],
)
def test_a_malformed_row_is_told_with_its_line(tmp_path: Path, text: str, wrong: str) -> None:
    with pytest.raises(ContentError, match=wrong):
        read_rows(write(tmp_path, text))


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"nowhere\.jsonl cannot be read"):
        read_rows(tmp_path / "nowhere.jsonl")
    (tmp_path / "binary.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ContentError, match=r"binary\.jsonl cannot be read"):
        read_rows(tmp_path / "binary.jsonl")


def reply(outcome: Outcome, ms: float = 12.5) -> Reply:
    return Reply(outcome, (), (), 0.87654321, "fr", ms)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Outcome("answer", "causes"), {"outcome": "answer", "topic": "causes"}),
        (Outcome("clarify", options=("help", "causes")), {"outcome": "clarify", "options": ["greet", "causes"]}),
        (Outcome("escalate", tier="E1"), {"outcome": "escalate", "tier": "E1"}),
        (Outcome("fallback"), {"outcome": "fallback"}),
        (Outcome("silent"), {"outcome": "fallback"}),
    ],
)
def test_a_prediction(outcome: Outcome, expected: dict[str, Any]) -> None:
    found = prediction({"text": "x", "lang": "en", "label": "secret"}, reply(outcome))
    assert found == {"text": "x", "lang": "en", "confidence": 0.8765, "ms": 12.5, **expected}


class Talk:
    """An engine that keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    async def say(self, sender: str, text: str) -> Reply:
        self.told.append((sender, text))
        return reply(Outcome("answer", "causes"))


async def test_each_message_is_the_first_of_its_conversation_and_nothing_else_is_told() -> None:
    talk, ticks = Talk(), []
    rows = [{"text": text, "lang": "fr", "label": "causes"} for text in ("a", "b", "a")]
    found = await predict(rows, lambda: ticks.append(1), talk)  # type: ignore[arg-type]
    assert [text for _, text in talk.told] == ["a", "b", "a"]
    assert len({sender for sender, _ in talk.told}) == 3
    assert [row["text"] for row in found] == ["a", "b", "a"]
    assert len(ticks) == 3


def test_senders_and_ports() -> None:
    assert len(set(new_senders(range(5)))) == 5
    assert 1024 < free_port() < 65536
