"""What the dialogue server leaves out, when it does not, and what happens to who uses it all the same."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from bot.lean_imports import UNNEEDED, components, unneeded, unneeded_in_training
from bot.settings import ROOT

OURS = "bot.nlu.classifier.IntentClassifier"
RULES = "rasa.core.policies.rule_policy.RulePolicy"
DIET = "rasa.nlu.classifiers.diet_classifier.DIETClassifier"


def archive(folder: Path, *used: str) -> Path:
    """A model's archive that names these classes."""
    nodes = {str(number): {"uses": name} for number, name in enumerate(used)}
    content = json.dumps({"predict_schema": {"nodes": nodes}}).encode()
    path = folder / "model.tar.gz"
    with tarfile.open(path, "w:gz") as made:
        info = tarfile.TarInfo("metadata.json")
        info.size = len(content)
        made.addfile(info, io.BytesIO(content))
    return path


def in_a_process(code: str) -> subprocess.CompletedProcess[str]:
    """Run ``code`` where nothing has been imported yet."""
    return subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True)


def test_a_model_of_known_components_does_without(tmp_path: Path) -> None:
    path = archive(tmp_path, OURS, RULES)
    assert components(path) == {OURS, RULES}
    assert unneeded(path) == UNNEEDED


def test_a_neural_component_gets_everything(tmp_path: Path) -> None:
    assert unneeded(archive(tmp_path, OURS, RULES, DIET)) == ()


@pytest.mark.parametrize("content", [None, b"", b"no archive"])
def test_without_a_readable_model_nothing_is_left_out(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "model.tar.gz"
    if content is not None:
        path.write_bytes(content)
    assert unneeded(path) == ()


def test_the_trained_model_does_without(model: Path) -> None:
    assert unneeded(model) == UNNEEDED


@pytest.mark.parametrize(
    ("config", "left_out"),
    [
        (
            "pipeline: [{name: bot.nlu.components.AnswerGate}]\npolicies: [{name: bot.dialogue.policies.Rules}]",
            UNNEEDED,
        ),
        ("pipeline: [{name: bot.nlu.components.AnswerGate}]\npolicies: [{name: TEDPolicy}]", ()),
        ("pipeline: [{name: DIETClassifier}]\npolicies: []", ()),
        ("pipeline: []\npolicies: []", ()),
        ("pipeline: [", ()),
        ("just words", ()),
    ],
)
def test_training_does_without_for_our_components_alone(tmp_path: Path, config: str, left_out: tuple[str, ...]) -> None:
    path = tmp_path / "config.yml"
    path.write_text(config, encoding="utf-8")
    assert unneeded_in_training(path) == left_out


def test_the_configuration_trains_without() -> None:
    assert unneeded_in_training(ROOT / "config.yml") == UNNEEDED


def test_who_uses_what_was_left_out_is_told() -> None:
    done = in_a_process(
        "from bot import lean_imports\n"
        "lean_imports.leave_out(['tensorflow'])\n"
        "import tensorflow as tf\n"
        "from tensorflow.keras.callbacks import Callback\n"
        "class Mine(Callback): pass\n"
        "hint = dict[str, tf.Tensor]\n"
        "tf.constant(1)\n"
    )
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("bot.errors.ModelError: This server left out a package"), last


def test_what_was_imported_before_stays() -> None:
    done = in_a_process(
        "import json, sys\n"
        "from bot import lean_imports\n"
        "lean_imports.leave_out(['json'])\n"
        "import json.tool\n"
        "print(json.dumps([1]), len(sys.meta_path))\n"
    )
    assert done.stdout.startswith("[1]"), done.stderr


def test_rasas_server_is_imported_without_tensorflow() -> None:
    done = in_a_process(
        "import sys\n"
        "from bot import lean_imports\n"
        "lean_imports.leave_out(lean_imports.UNNEEDED)\n"
        "import rasa.core.run, rasa.core.agent, bot.dialogue_server, bot.channels.widget, bot.dialogue.policies\n"
        "print(getattr(sys.modules['tensorflow'], '__file__', None), len(sys.modules))\n"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("None "), done.stdout
