"""The command line: what each command does, and one sentence when it cannot."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner, Result

from bot.errors import ModelError, TrainingDataError
from bot.settings import ROOT, get_settings
from bot.store import conversations, database
from bot.store.columns import now


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root, disabled = logging.getLogger(), logging.root.manager.disable
    handlers, level = root.handlers[:], root.level
    yield
    logging.disable(disabled)
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()
    database.dispose()


def repere(*arguments: str) -> Result:
    """One command."""
    from bot.cli import app

    return CliRunner(mix_stderr=False).invoke(app, arguments)


def said(result: Result, status: int = 0) -> str:
    """What was printed, when it ended with that status and no traceback."""
    assert result.exit_code == status, result.stderr
    assert not result.exception or isinstance(result.exception, SystemExit)
    return str(result.stdout)


def test_help_names_every_command() -> None:
    text = said(repere("--help"))
    for command in (
        "run",
        "train",
        "shell",
        "check",
        "predict",
        "evaluate",
        "calibrate",
        "purge",
        "db",
        "desk",
        "review",
    ):
        assert re.search(rf"\b{command}\b", text), command


@pytest.mark.parametrize("group", [[], ["db"], ["desk"], ["review"]])
def test_without_a_command_it_says_what_there_is(group: list[str]) -> None:
    result = repere(*group)
    assert "Usage" in result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr


def test_an_unknown_command() -> None:
    result = repere("no-such-command")
    assert result.exit_code == 2
    assert "no-such-command" in result.stderr


# --- check ---


def test_check_finds_the_project_in_order() -> None:
    assert "in order" in said(repere("check"))


def test_check_prints_every_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.content.check.check_content", lambda: ["talk.yml:3: no English text"])
    monkeypatch.setattr("bot.nlu.training_data.problems", lambda *_: ["greet.yml:4: twice"])
    text = said(repere("check"), 1)
    assert text.splitlines() == ["talk.yml:3: no English text", "greet.yml:4: twice", "2 problems."]


def test_check_of_a_malformed_file_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise TrainingDataError("greet.yml:3: a block needs an 'intent'.")

    monkeypatch.setattr("bot.nlu.training_data.load_examples", broken)
    result = repere("check")
    assert said(result, 1) == ""
    assert result.stderr == "repere: greet.yml:3: a block needs an 'intent'.\n"


# --- train ---


@pytest.mark.parametrize(("seconds", "words"), [(61.2, "Trained in 61 s: repere.tar.gz."), (0.0, "up to date")])
def test_train(monkeypatch: pytest.MonkeyPatch, seconds: float, words: str) -> None:
    asked: list[bool] = []

    def train(if_changed: bool) -> float:
        asked.append(if_changed)
        return seconds

    monkeypatch.setattr("bot.training.train", train)
    assert words in said(repere("train", "--if-changed"))
    said(repere("train"))
    assert asked == [True, False]


def test_failed_training(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(if_changed: bool) -> float:
        raise ModelError("Training failed: no memory")

    monkeypatch.setattr("bot.training.train", fail)
    result = repere("train")
    said(result, 1)
    assert result.stderr == "repere: Training failed: no memory\n"


# --- predict and evaluate ---


def gold(folder: Path, *rows: dict[str, Any]) -> str:
    path = folder / "gold.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def test_predict_prints_one_row_a_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async def ready(rows: list[dict[str, Any]], tick: Any) -> list[dict[str, Any]]:
        return [{"text": row["text"], "outcome": "answer", "topic": "causes"} for row in rows]

    monkeypatch.setattr("bot.evaluation.predict.predict", ready)
    text = said(repere("predict", gold(tmp_path, {"text": "Été ?"}, {"text": "b"})))
    assert [json.loads(line)["text"] for line in text.splitlines()] == ["Été ?", "b"]
    assert "Été" in text


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_files_that_are_none(command: str, tmp_path: Path) -> None:
    result = repere(command, str(tmp_path / "nowhere.jsonl"))
    said(result, 1)
    assert "nowhere.jsonl cannot be read" in result.stderr
    (tmp_path / "gold.jsonl").write_text('{"text": "a", "label": "x", "lang": "fr"}\n{\n', encoding="utf-8")
    result = repere(command, str(tmp_path / "gold.jsonl"))
    said(result, 1)
    assert re.search(r"repere: \S+gold\.jsonl:2: no JSON", result.stderr)
    assert len(result.stderr.strip().splitlines()) == 1


def test_predict_without_a_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from bot.evaluation import engine, predict

    nowhere = engine.engine(tmp_path / "none.tar.gz")
    monkeypatch.setattr(predict, "engine", lambda: nowhere)
    result = repere("predict", gold(tmp_path, {"text": "a"}))
    said(result, 1)
    assert "There is no trained model: run `make train` first." in result.stderr


# --- the database and what is in it ---


def test_db_upgrade_may_be_run_again(tmp_path: Path) -> None:
    for _ in range(2):
        assert said(repere("db", "upgrade")) == "The database is up to date.\n"
    assert (tmp_path / "var" / "repere.db").is_file()


def test_a_database_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:////proc/nowhere/x.db")
    get_settings.cache_clear()
    result = repere("purge")
    said(result, 1)
    assert result.stderr.startswith("repere: ")
    assert "Traceback" not in result.stderr


def test_purge_shows_first_and_deletes_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    said(repere("db", "upgrade"))
    from datetime import timedelta

    with database.session_scope() as session:
        for name, days in (("old", 40), ("new", 1)):
            conversations.ensure(session, name, at=now() - timedelta(days=days))
    assert said(repere("purge")).startswith("Would delete 1 conversations")
    assert said(repere("purge", "--older-than", "60d")).startswith("Would delete 0 conversations")
    assert said(repere("purge", "--apply")).startswith("Deleted 1 conversations")
    assert said(repere("purge", "--apply")).startswith("Deleted 0 conversations")


@pytest.mark.parametrize("age", ["soon", "-3d", "30w", "d"])
def test_purge_refuses_what_is_no_age(age: str) -> None:
    said(repere("db", "upgrade"))
    result = repere("purge", f"--older-than={age}")
    said(result, 1)
    assert result.stderr == f"repere: '{age}' is no age: write for instance 30d.\n"


def test_staff() -> None:
    text = said(repere("desk", "add-user", "Kim", "--role", "reviewer"))
    assert re.fullmatch(r"Kim \(reviewer\), password \S{12,}\n", text)
    again = repere("desk", "add-user", "Kim")
    said(again, 1)
    assert "Traceback" not in again.stderr
    said(repere("desk", "add-user", "Lou", "--role", "king"), 1)
    assert re.fullmatch(r"Kim, password \S{12,}\n", said(repere("desk", "new-password", "Kim")))
    unknown = repere("desk", "new-password", "Nobody")
    said(unknown, 1)
    assert unknown.stderr.startswith("repere: ")


# --- settings and interruption ---


def test_a_wrong_setting_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPERE_PORT", "many")
    get_settings.cache_clear()
    result = repere("db", "upgrade")
    said(result, 1)
    assert result.stderr.startswith("repere: Setting REPERE_PORT: ")
    assert len(result.stderr.splitlines()) == 1


def test_ctrl_c_ends_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(if_changed: bool) -> float:
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.training.train", interrupted)
    result = repere("train")
    said(result, 130)
    assert result.stderr == ""


def test_the_command_is_installed_under_its_name() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'name = "repere"' in project
    assert 'repere = "bot.cli:app"' in project
