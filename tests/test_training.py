"""When the model has to be trained again, and what is said when it cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from bot import training
from bot.errors import ModelError, TrainingDataError
from bot.settings import ROOT
from bot.training import fingerprint


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small project tree."""
    for name, text in {
        "config.yml": "language: fr\n",
        "requirements.lock": "rasa==3.6.21\n",
        "data/nlu/greet.yml": "nlu: []\n",
        "data/stories/rules.yml": "rules: []\n",
        "bot/domain/talk.yml": "responses: {}\n",
        "bot/nlu/gate.py": "A = 1\n",
        "bot/nlu/concepts.yml": "chemo: [chimio]\n",
        "bot/content/topics.yml": "topics: {}\n",
        "bot/dialogue/policies.py": "B = 1\n",
        "docs/settings.md": "# Settings\n",
        "README.md": "# Repère\n",
        "tests/test_x.py": "\n",
        "bot/store/models.py": "\n",
        "bot/desk/app.py": "\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [
        "config.yml",
        "requirements.lock",
        "data/nlu/greet.yml",
        "data/stories/rules.yml",
        "bot/domain/talk.yml",
        "bot/nlu/gate.py",
        "bot/nlu/concepts.yml",
        "bot/content/topics.yml",
        "bot/dialogue/policies.py",
    ],
)
def test_a_change_of_what_shapes_the_model_is_seen(tree: Path, name: str) -> None:
    before = fingerprint(tree)
    path = tree / name
    kept = path.read_text(encoding="utf-8")
    path.write_text(kept + "# more\n", encoding="utf-8")
    assert fingerprint(tree) != before
    path.write_text(kept, encoding="utf-8")
    assert fingerprint(tree) == before


@pytest.mark.parametrize(
    "name",
    [
        "docs/settings.md",
        "README.md",
        "tests/test_x.py",
        "bot/store/models.py",
        "bot/desk/app.py",
        "data/nlu/notes.txt",
    ],
)
def test_a_change_of_anything_else_is_not(tree: Path, name: str) -> None:
    before = fingerprint(tree)
    (tree / name).write_text("something else\n", encoding="utf-8")
    assert fingerprint(tree) == before


def test_a_new_a_lost_and_a_renamed_file_are_seen(tree: Path) -> None:
    seen = {fingerprint(tree)}
    (tree / "data" / "nlu" / "thanks.yml").write_text("nlu: []\n", encoding="utf-8")
    seen.add(fingerprint(tree))
    (tree / "data" / "nlu" / "thanks.yml").rename(tree / "data" / "nlu" / "bye.yml")
    seen.add(fingerprint(tree))
    (tree / "config.yml").unlink()
    seen.add(fingerprint(tree))
    assert len(seen) == 4


def test_all_that_the_fingerprint_looks_at_is_there() -> None:
    assert all((ROOT / name).exists() for name in (*training._SOURCES, *training._CODE))


@dataclass
class Result:
    """What Rasa's training returns."""

    model: str | None


@pytest.fixture
def rasa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Rasa's training replaced by one that writes a file; the list tells how often it ran."""
    ran: list[str] = []

    def train(**options: object) -> Result:
        ran.append(str(options["fixed_model_name"]))
        built = tmp_path / "building.tar.gz"
        built.write_bytes(b"model")
        print("Rasa says something")
        return Result(str(built))

    models = tmp_path / "models"
    models.mkdir()
    monkeypatch.setattr(training, "MODEL", models / "repere.tar.gz")
    monkeypatch.setattr(training, "_STAMP", models / "repere.fingerprint")
    monkeypatch.setattr("rasa.model_training.train", train)
    monkeypatch.setattr("bot.nlu.training_data.check_training_data", lambda: [])
    # A minute of both processors that nobody here waits for.
    monkeypatch.setattr("bot.nlu.encoder.encode_ahead", lambda texts: None)
    return ran


def test_it_is_trained_only_when_something_changed(
    rasa: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not training.is_current()
    assert training.train(if_changed=True) > 0
    assert training.MODEL.read_bytes() == b"model"
    assert training.is_current()
    assert training.train(if_changed=True) == 0.0
    assert len(rasa) == 1
    assert training.train() > 0
    assert len(rasa) == 2
    monkeypatch.setattr(training, "fingerprint", lambda: "other")
    assert not training.is_current()
    assert training.train(if_changed=True) > 0
    assert len(rasa) == 3
    assert capsys.readouterr().out == ""


def test_a_lost_model_is_trained_again(rasa: list[str]) -> None:
    training.train()
    training.MODEL.unlink()
    assert training.train(if_changed=True) > 0
    assert len(rasa) == 2


@pytest.mark.parametrize("how", ["exit", "error", "nothing"])
def test_a_failure_is_told_and_leaves_the_old_model(rasa: list[str], monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    training.train()

    def fail(**options: object) -> Result:
        print("Rasa tells why")
        if how == "exit":
            raise SystemExit(1)
        if how == "error":
            raise ValueError("why it failed")
        return Result(None)

    monkeypatch.setattr("rasa.model_training.train", fail)
    monkeypatch.setattr(training, "fingerprint", lambda: "other")
    with pytest.raises(ModelError, match=r"^Training failed: .*(Rasa tells why|ValueError: why it failed)$"):
        training.train()
    assert training.MODEL.read_bytes() == b"model"
    assert not training.is_current()


def test_wrong_messages_are_told_before_anything_is_trained(rasa: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong() -> None:
        raise TrainingDataError("greet.yml:3: wrong")

    monkeypatch.setattr("bot.nlu.training_data.check_training_data", wrong)
    with pytest.raises(TrainingDataError):
        training.train()
    assert rasa == []


def test_apart_nothing_is_started_when_the_model_is_up_to_date(
    rasa: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    training.train()

    def started(*_: object, **__: object) -> None:
        pytest.fail("a process was started for nothing")

    monkeypatch.setattr(training, "ProcessPoolExecutor", started)
    assert training.train_apart() == 0.0
