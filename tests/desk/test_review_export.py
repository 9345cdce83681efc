"""From an answer judged wrong to a training message and a regression test."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml

from bot.content.topics import load_topics
from bot.desk.review_export import export
from bot.desk.training_file import TrainingFile
from bot.errors import TrainingDataError
from bot.nlu.training_data import load_examples, problems
from bot.store import judgements
from bot.store.database import session_scope
from bot.store.models import Turn

DAY = date(2026, 11, 23)
CAUSES = """version: "3.1"
nlu:
# a remark that stays
- intent: causes
  metadata:
    language: fr
    voice: canada
  examples: |
    - pourquoi ça résiste
    - "c'est génétique ou quoi"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small project."""
    folder = tmp_path / "project" / "data" / "nlu"
    folder.mkdir(parents=True)
    (folder / "causes.yml").write_text(CAUSES, encoding="utf-8")
    (folder / "thanks.yml").write_text(
        CAUSES.replace("causes", "thanks").replace("pourquoi ça résiste", "merci bien").replace("génétique", "gentil"),
        encoding="utf-8",
    )
    return tmp_path / "project"


@pytest.fixture
def judge(store_url: str, talk: Callable[..., str]) -> Callable[..., int]:
    """Somebody writes, a reviewer judges the answer."""

    def write(text: str, expected: str = "causes", verdict: str = "wrong_topic", **more: object) -> int:
        identity = talk([("patient", text)], **more)
        with session_scope(store_url) as session:
            turn = session.query(Turn).filter_by(conversation_id=identity).one().id
            return int(judgements.judge(session, turn, verdict, staff_id=1, expected=expected).id)

    return write


def rows(root: Path) -> list[dict[str, str]]:
    path = root / "tests" / "regression" / "2026-11-23.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def messages(root: Path, intent: str = "causes", voice: str = "review") -> list[tuple[str, str]]:
    return [
        (e.language, e.text) for e in load_examples(root / "data" / "nlu") if (e.intent, e.voice) == (intent, voice)
    ]


def run(root: Path, store_url: str, out: Path | None = None) -> object:
    return export(out or root, root=root, url=store_url, today=DAY)


def test_one_step_from_a_wrong_answer_to_message_and_test(
    root: Path, store_url: str, judge: Callable[..., int]
) -> None:
    judge("d'où vient cette résistance à mon traitement")
    judge("where does this come from then", language="en")
    judge("la prochaine séance photo", expected="out_of_scope_general")
    report = run(root, store_url)
    assert str(report).startswith("3 training messages and 3 regression tests")
    assert messages(root) == [
        ("fr", "d'où vient cette résistance à mon traitement"),
        ("en", "where does this come from then"),
    ]
    assert rows(root) == [
        {"text": "d'où vient cette résistance à mon traitement", "lang": "fr", "topic": "causes"},
        {"text": "where does this come from then", "lang": "en", "topic": "causes"},
        {"text": "la prochaine séance photo", "lang": "fr", "topic": "out_of_scope_general"},
    ]
    written = (root / "data" / "nlu" / "causes.yml").read_text(encoding="utf-8")
    assert written.startswith(CAUSES)
    assert problems(load_examples(root / "data" / "nlu"), load_topics().intents) == []
    assert yaml.safe_load(written)["nlu"][1]["metadata"] == {"language": "fr", "voice": "review"}


def test_a_second_export_adds_only_what_is_new(root: Path, store_url: str, judge: Callable[..., int]) -> None:
    judge("première question sur l'origine")
    run(root, store_url)
    before = (root / "data" / "nlu" / "causes.yml").read_text(encoding="utf-8")
    assert "0 training messages and 0 regression tests" in str(run(root, store_url))
    assert (root / "data" / "nlu" / "causes.yml").read_text(encoding="utf-8") == before
    judge("seconde chose que je voulais comprendre")
    run(root, store_url)
    assert [text for _, text in messages(root)] == [
        "première question sur l'origine",
        "seconde chose que je voulais comprendre",
    ]
    assert (root / "data" / "nlu" / "causes.yml").read_text(encoding="utf-8").count("voice: review") == 1


def test_no_duplicates_whatever_case_and_accents(root: Path, store_url: str, judge: Callable[..., int]) -> None:
    judge("Pourquoi ca RESISTE ??")  # stands in the training data
    judge("une question toute neuve ici")
    judge("Une question TOUTE neuve, ici !")
    judge("une question toute neuve ici même")  # nearly the same words
    report = str(run(root, store_url))
    assert report.startswith("1 training messages and 3 regression tests")
    assert [text for _, text in messages(root)] == ["une question toute neuve ici"]
    assert problems(load_examples(root / "data" / "nlu"), load_topics().intents) == []


def test_disagreements_are_left_to_people(root: Path, store_url: str, judge: Callable[..., int]) -> None:
    judge("merci bien", expected="causes")  # stands under another intent
    judge("on ne sait pas trop", expected="causes")
    judge("On ne sait pas trop…", expected="thanks")
    report = str(run(root, store_url))
    assert report.count("Not written") == 2
    assert "merci bien" not in report
    assert rows(root) == []
    with session_scope(store_url) as session:
        assert judgements.waiting(session) == 3


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("je m'appelle Odile et pourquoi ça revient", "je m'appelle … et pourquoi ça revient"),
        ("my name is Joan, call 07911 123456, why is it back", "my name is …, call …, why is it back"),
        ("a\nb\tc\x0b d\u2028e pourquoi donc", "a b c d e pourquoi donc"),
        ("voir [ceci](intent) et [cela]{x} pourquoi", "voir [ceci] (intent) et [cela] {x} pourquoi"),
        ("- pourquoi : # 'donc' \"ça\"", "- pourquoi : # 'donc' \"ça\""),
    ],
)
def test_masked_and_safe_for_the_format(
    root: Path, store_url: str, judge: Callable[..., int], said: str, written: str
) -> None:
    judge(said)
    run(root, store_url)
    assert [text for _, text in messages(root)] == [written]
    assert rows(root)[0]["text"] == written


def test_names_from_the_comment_slot_are_masked(root: Path, store_url: str, judge: Callable[..., int]) -> None:
    judge("zoé veut comprendre pourquoi", slots={"comment_name": "Zoé"})
    run(root, store_url)
    assert [text for _, text in messages(root)] == ["… veut comprendre pourquoi"]


def test_buttons_empty_texts_and_other_verdicts_write_nothing(
    root: Path, store_url: str, judge: Callable[..., int]
) -> None:
    judge("/tell_more")
    judge("?!…")
    judge("réponse incomplète", verdict="incomplete")
    judge("réponse juste", verdict="right")
    run(root, store_url)
    assert messages(root) == []
    assert rows(root) == []


def test_into_an_empty_folder_for_a_pull_request(
    root: Path, store_url: str, judge: Callable[..., int], tmp_path: Path
) -> None:
    judge("une autre origine possible peut-être")
    run(root, store_url, tmp_path / "out")
    assert messages(root) == []
    written = (tmp_path / "out" / "data" / "nlu" / "causes.yml").read_text(encoding="utf-8")
    assert written.startswith(CAUSES)
    assert written.endswith("    - une autre origine possible peut-être\n")


def test_a_topic_without_a_file_gets_one(root: Path, store_url: str, judge: Callable[..., int]) -> None:
    judge("essais cliniques svp", expected="clinical_trials")
    run(root, store_url)
    assert messages(root, "clinical_trials") == [("fr", "essais cliniques svp")]


def test_lines_go_to_the_end_of_their_own_block() -> None:
    file = TrainingFile(
        CAUSES + "\n- intent: causes\n  metadata:\n    language: en\n    voice: review\n  examples: |\n    - why\n\n"
    )
    file.add(intent="causes", language="en", voice="review", text="how come")
    file.add(intent="causes", language="fr", voice="review", text="pourquoi donc")
    blocks = yaml.safe_load(file.text)["nlu"]
    assert blocks[1]["examples"] == "- why\n- how come\n"
    assert blocks[2]["examples"] == "- pourquoi donc\n"
    assert "# a remark that stays" in file.text


def test_a_file_laid_out_otherwise_is_refused_before_it_is_broken() -> None:
    file = TrainingFile("nlu: []\nversion: '3.1'\n")
    with pytest.raises(TrainingDataError, match="causes"):
        file.add(intent="causes", language="fr", voice="review", text="pourquoi donc")
