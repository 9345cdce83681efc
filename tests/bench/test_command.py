"""What the command refuses, in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.bench.plan import Plan
from bot.bench.results import Results
from bot.bench.run import Bench
from bot.bench.servers import Servers
from bot.bench.sides import OURS, Side
from bot.bench.training import train
from bot.cli import app
from bot.errors import ModelError, ProcessError
from bot.evaluation.progress import Console


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["bench", *arguments])
    return done.exit_code, done.output


def test_a_gold_file_that_is_not_there(tmp_path: Path) -> None:
    status, said = run("--gold", str(tmp_path / "no.jsonl"), "--out", str(tmp_path))
    assert status == 1
    assert said.splitlines()[-1] == f"repere: There is no gold file {tmp_path / 'no.jsonl'}."


def test_a_folder_without_an_earlier_model(tmp_path: Path) -> None:
    status, said = run("--quick", "--messages", "80", "--reuse", str(tmp_path / "no"), "--out", str(tmp_path / "out"))
    assert status == 1
    assert "holds no default model of an earlier run" in said


def test_an_earlier_model_of_other_messages(tmp_path: Path) -> None:
    bench = Bench(Plan.quick(messages=80, reuse=tmp_path / "old"), tmp_path / "out", Console(quiet=True))
    old = tmp_path / "old"
    (old / "default" / "models").mkdir(parents=True)
    (old / "default" / "models" / "default.tar.gz").write_bytes(b"")
    Results({**bench.results.about, "messages": 5000}).write(old)
    with pytest.raises(ModelError, match="trained on other messages or epochs"):
        bench.run()


def side(folder: Path) -> Side:
    missing = folder / "missing.yml"
    return Side(OURS, folder, missing, missing, folder, folder / "models" / "repere.tar.gz")


def test_training_that_fails(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="Training this project failed: "):
        train(side(tmp_path), lambda _: None)


def test_a_server_that_does_not_start(tmp_path: Path) -> None:
    servers = Servers(side(tmp_path))
    try:
        with pytest.raises(ProcessError, match="this project stopped by itself"):
            servers.start()
    finally:
        servers.stop()
