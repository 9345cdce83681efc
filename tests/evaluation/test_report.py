"""The report: a page that shows what it should and never lets a message be markup."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.errors import ContentError
from bot.evaluation import command
from bot.evaluation.figures import Share, pairs_of
from bot.evaluation.report import percent, write_report

GOLD: list[dict[str, Any]] = [
    {"text": "pourquoi <b>lui</b> ?", "label": "causes", "lang": "fr", "escalate": False},
    {"text": "why him?", "label": "causes", "lang": "en", "escalate": False},
    {"text": "on veut mourir", "label": "crisis_suicide", "lang": "fr", "escalate": True, "tier": "C3"},
    {"text": "what day is it", "label": "out_of_scope_general", "lang": "en", "escalate": False},
]
PREDICTED: list[dict[str, Any]] = [
    {"outcome": "answer", "topic": "what_is", "confidence": 0.91, "ms": 20.0},
    {"outcome": "answer", "topic": "causes", "confidence": 0.8, "ms": 25.0},
    {"outcome": "fallback", "confidence": 0.2, "ms": 30.0},
    {"outcome": "escalate", "confidence": 0.1, "ms": 35.0},
]


def page_of(folder: Path, gold: list[dict[str, Any]], predicted: list[dict[str, Any]]) -> str:
    return write_report(pairs_of(gold, predicted), folder / "deep" / "report").read_text(encoding="utf-8")


def test_the_page(tmp_path: Path) -> None:
    page = page_of(tmp_path, GOLD, PREDICTED)
    assert page.startswith("<!doctype html>")
    assert page.count('src="data:image/png;base64,') == 3  # confusion in both languages, and the curve
    assert "answered_right" in page
    assert "fr C3" in page
    assert "en out_of_scope_general" in page
    assert "causes → what_is" in page
    assert "http" not in re.sub(r"base64,[^\"]+", "", page)


def test_messages_are_no_markup(tmp_path: Path) -> None:
    page = page_of(tmp_path, GOLD, PREDICTED)
    assert "pourquoi &lt;b&gt;lui&lt;/b&gt; ?" in page
    assert "<b>" not in page


def test_a_missed_crisis_stands_above_other_errors(tmp_path: Path) -> None:
    page = page_of(tmp_path, GOLD, PREDICTED)
    assert page.index("on veut mourir") < page.index("pourquoi &lt;b&gt;")
    assert "why him?" not in page


@pytest.mark.parametrize("language", ["fr", "en"])
def test_one_language_alone(tmp_path: Path, language: str) -> None:
    rows = [(g, p) for g, p in zip(GOLD, PREDICTED, strict=True) if g["lang"] == language]
    page = page_of(tmp_path, [g for g, _ in rows], [p for _, p in rows])
    assert f"Confusion, {language}" in page
    assert page.count("Confusion, ") == 1


def test_percent() -> None:
    assert percent(Share(1, 3)) == "33.3% (1/3)"
    assert percent(Share(0, 0)) == "–"


async def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    async def ready(rows: list[dict[str, Any]], tick: Any) -> list[dict[str, Any]]:
        for _ in rows:
            tick()
        return PREDICTED

    monkeypatch.setattr(command, "predict", ready)
    gold = tmp_path / "gold.jsonl"
    gold.write_text("\n".join(json.dumps(row) for row in GOLD), encoding="utf-8")
    await command.evaluate(gold, tmp_path / "report")
    printed = capsys.readouterr().out
    assert "4 messages" in printed
    assert "escalation_recall" in printed
    assert "p50 30 ms" in printed
    assert (tmp_path / "report" / "index.html").is_file()
    await command.evaluate(gold, None)
    assert "report:" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "row", ['{"text": "a"}', '{"text": "a", "label": "causes"}', '{"text": "a", "label": "x", "lang": "de"}']
)
async def test_rows_without_label_or_language_are_refused(tmp_path: Path, row: str) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text('{"text": "a", "label": "causes", "lang": "fr"}\n' + row, encoding="utf-8")
    with pytest.raises(ContentError, match=r"gold\.jsonl:2: a gold row needs"):
        await command.evaluate(gold, None)
