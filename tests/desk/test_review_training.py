"""A wrong answer judged at the desk, exported, is a red regression test; training with the export turns it green."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from bot.desk.review_export import export
from bot.evaluation.engine import engine
from bot.settings import ROOT
from bot.store import judgements
from bot.store.database import session_scope
from bot.store.models import Turn
from tests.regression.test_regression import rows_in, wrong_answers

pytestmark = pytest.mark.engine

# Words that no training message of the topic uses.
MISSED = {
    "fr": ("la sentinelle de mes plaquettes fait grève, vous suivez ?", "immunotherapy"),
    "en": ("my plumbing crew went on strike again, you follow?", "clinical_trials"),
}
# A part of the messages is enough to tell right from wrong, and trains in a fraction of the time.
KEPT = 8


def small_project(folder: Path) -> Path:
    """The project's training data, cut down."""
    target = folder / "data" / "nlu"
    target.mkdir(parents=True)
    for path in (ROOT / "data" / "nlu").glob("*.yml"):
        blocks = []
        for language in ("fr", "en"):
            lines: list[str] = []
            for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
                if block["metadata"]["language"] == language:
                    lines += block["examples"].splitlines()
            metadata = {"language": language, "voice": "kept"}
            blocks.append({"intent": path.stem, "metadata": metadata, "examples": "\n".join(lines[:KEPT]) + "\n"})
        target.joinpath(path.name).write_text(
            yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True, sort_keys=False), encoding="utf-8"
        )
    shutil.copytree(ROOT / "data" / "stories", folder / "data" / "stories")
    return folder


def trained(*projects: Path) -> list[Path]:
    """A model of each project, with the configuration and texts of this one; in a process of its own, as `make train`."""
    code = (
        "import sys; from rasa.model_training import train; "
        "[train(domain=sys.argv[1], config=sys.argv[2], training_files=[f'{project}/data'], output=project, "
        "fixed_model_name='model', force_training=True) for project in sys.argv[3:]]"
    )
    subprocess.run(
        [
            sys.executable,
            "-W",
            "ignore",
            "-c",
            code,
            *map(str, (ROOT / "bot" / "domain", ROOT / "config.yml", *projects)),
        ],
        cwd=ROOT,
        env={**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"},
        check=True,
        capture_output=True,
        timeout=280,
    )
    return [project / "model.tar.gz" for project in projects]


@pytest.mark.timeout(600)
async def test_from_wrong_answer_to_green_test(store_url: str, talk: Callable[..., str], tmp_path: Path) -> None:
    project = small_project(tmp_path / "project")
    judged = tmp_path / "judged"
    shutil.copytree(project, judged)
    for language, (text, expected) in MISSED.items():
        identity = talk([("patient", text, {"actions": ["utter_no_answer"]})], language=language)
        with session_scope(store_url) as session:
            turn = session.query(Turn).filter_by(conversation_id=identity).one().id
            judgements.judge(session, turn, "wrong_topic", staff_id=1, expected=expected)

    export(judged, root=judged, url=store_url)
    rows = rows_in(judged / "tests" / "regression")
    assert [(row["text"], row["lang"], row["topic"]) for row in rows] == [
        (text, language, topic) for language, (text, topic) in MISSED.items()
    ]
    before, after = trained(project, judged)
    async with engine(before) as talk_before:
        assert len(await wrong_answers(rows, talk_before)) == len(MISSED)
    async with engine(after) as talk_after:
        assert await wrong_answers(rows, talk_after) == []
