"""The training messages: what is wrong with a file is told with its place, and the real ones are in order."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from bot.content.topics import load_topics
from bot.errors import TrainingDataError
from bot.nlu.normalise import normalise, words
from bot.nlu.training_data import Example, check_training_data, load_examples, problems
from tests.conftest import SHARED, missing

HEAD = 'version: "3.1"\nnlu:\n'
BLOCK = "- intent: {intent}\n  metadata:\n    language: {language}\n    voice: here\n  examples: |\n{lines}\n"
KNOWN = {"greet", "thanks"}


def block(*texts: str, intent: str = "greet", language: str = "fr") -> str:
    return BLOCK.format(intent=intent, language=language, lines="\n".join(f"    - {text}" for text in texts))


def write(folder: Path, *blocks: str, name: str = "greet.yml") -> Path:
    (folder / name).write_text(HEAD + "".join(blocks), encoding="utf-8")
    return folder


def found(folder: Path) -> list[str]:
    return problems(load_examples(folder), KNOWN)


def test_messages_are_read_with_their_place(tmp_path: Path) -> None:
    write(tmp_path, block("Bonjour à vous", "Salut"), block("Hello", language="en"))
    assert load_examples(tmp_path) == [
        Example("Bonjour à vous", "greet", "fr", "here", "greet.yml", 3),
        Example("Salut", "greet", "fr", "here", "greet.yml", 3),
        Example("Hello", "greet", "en", "here", "greet.yml", 10),
    ]
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Bonjour à vous tous", "bonjour a vous, tous !"),
        ("Hello to all of you", "HELLO to all of you..."),
    ],
)
def test_the_same_text_twice(tmp_path: Path, first: str, second: str) -> None:
    write(tmp_path, block(first), block(second))
    [duplicate, _] = found(tmp_path)
    assert duplicate.startswith("greet.yml:9: ")
    assert duplicate.endswith("stands here twice.")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("est-ce que je peux vous poser une question ici", "est-ce que je peux vous poser une question"),
        ("could I please ask you one small question here", "could I please ask you one small question"),
    ],
)
def test_nearly_the_same_text(tmp_path: Path, first: str, second: str) -> None:
    write(tmp_path, block(first), block(second))
    [near] = found(tmp_path)
    assert near.startswith("greet.yml:9: ")
    assert "is nearly" in near
    assert first in near
    assert second in near


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("une thérapie ciblée, c’est quoi", "l’immunothérapie, c’est quoi"),
        ("what is a targeted therapy", "what is an immunotherapy"),
    ],
)
def test_different_enough(tmp_path: Path, first: str, second: str) -> None:
    write(tmp_path, block(first, second))
    assert found(tmp_path) == []


def test_nearly_the_same_under_two_intents_is_allowed(tmp_path: Path) -> None:
    long = "merci pour cette réponse très claire et très utile"
    write(tmp_path, block(long), block(long + " vraiment", intent="thanks"))
    assert found(tmp_path) == []


@pytest.mark.parametrize(("first", "second"), [("Merci à vous", "merci a vous"), ("Thank you all", "thank you, all")])
def test_the_same_text_under_two_intents(tmp_path: Path, first: str, second: str) -> None:
    write(tmp_path, block(first))
    write(tmp_path, block(second, intent="thanks"), name="thanks.yml")
    assert found(tmp_path) == [f"thanks.yml:3: {second!r} stands here also under greet."]


def test_texts_without_words_are_compared_as_they_are(tmp_path: Path) -> None:
    write(tmp_path, block("😀", "😢"))
    assert found(tmp_path) == []
    write(tmp_path, block("😀", "😀"))
    assert len(found(tmp_path)) == 1


def test_an_unknown_intent(tmp_path: Path) -> None:
    write(tmp_path, block("Bonjour", intent="grete"))
    assert found(tmp_path) == ["greet.yml:3: intent 'grete' is not in bot/content/topics.yml."]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (HEAD + "- intent: greet\n  examples: |\n   - a\n b: [", r"greet\.yml.*line \d+"),
        ("nlu: [\n", r"greet\.yml.*line \d+"),
        ("just words\n", r"greet\.yml:1: expected a list under 'nlu'"),
        ("", r"greet\.yml:1: expected a list under 'nlu'"),
        ("nlu: hello\n", r"greet\.yml:1: expected a list under 'nlu'"),
        (HEAD + "- examples: |\n    - a\n", r"greet\.yml:3: a block needs an 'intent'"),
        (HEAD + "- bonjour\n", r"greet\.yml:3: a block needs an 'intent'"),
        (HEAD + "- intent: greet\n  examples: |\n    - a\n", r"greet\.yml:3: 'metadata' needs 'language'"),
        (HEAD + "- intent: greet\n  metadata: bonjour\n  examples: |\n    - a\n", r"greet\.yml:3: 'metadata'"),
        (HEAD + block("a", language="de"), r"greet\.yml:3: 'metadata' needs 'language' \(fr or en\)"),
        (HEAD + block("a") + block("b").replace("    voice: here\n", ""), r"greet\.yml:9: 'metadata' needs .* 'voice'"),
        (HEAD + block("a").replace("|\n    - a", "[a, b]"), r"greet\.yml:3: 'examples' needs a text"),
        (HEAD + block("a", "b").replace("- b", "b"), r"greet\.yml:3: example 2 does not begin with '- '"),
        (HEAD + block("a", "b").replace("- b", "- "), r"greet\.yml:3: example 2 .* is empty"),
    ],
)
def test_a_malformed_file_is_told_with_its_place(tmp_path: Path, text: str, wrong: str) -> None:
    (tmp_path / "greet.yml").write_text(text, encoding="utf-8")
    with pytest.raises(TrainingDataError, match="(?s)" + wrong):
        load_examples(tmp_path)


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "greet.yml").write_bytes(b"nlu:\n- intent: \xff\xfe\n")
    with pytest.raises(TrainingDataError, match=r"greet\.yml"):
        load_examples(tmp_path)


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="no training messages"):
        load_examples(tmp_path)


def test_training_is_refused_with_the_first_problems(tmp_path: Path) -> None:
    write(tmp_path, block(*(f"mot{number}" for number in range(12)), intent="nowhere"))
    with pytest.raises(TrainingDataError) as caught:
        check_training_data(tmp_path)
    lines = str(caught.value).splitlines()
    assert len(lines) == 10
    assert all(line.startswith("greet.yml:3: intent 'nowhere'") for line in lines)


def test_the_real_messages_are_in_order(examples: list[Example]) -> None:
    assert problems(examples, load_topics().intents) == []


def least(topic: str) -> int:
    """How many messages a language a topic needs."""
    kind = next(one.kind for one in load_topics().topics if one.id == topic)
    if kind in ("crisis", "out_of_scope"):
        return 250
    return 120 if kind == "content" or topic in ("ask_human", "bot_challenge", "leave_comment", "distress") else 40


@pytest.mark.parametrize("language", ["fr", "en"])
def test_there_are_enough_messages(examples: list[Example], language: str) -> None:
    topics = load_topics()
    counted = Counter(topics.topic_of(one.intent) for one in examples if one.language == language)
    asked = [topic.id for topic in topics.topics if topic.kind != "context"]
    few = {topic: counted[topic] for topic in asked if counted[topic] < least(topic)}
    assert not few
    intents = Counter(one.intent for one in examples if one.language == language)
    assert {name: intents[name] for name in topics.intents if intents[name] < 40} == {}


def test_both_languages_have_about_as_many(examples: list[Example]) -> None:
    counted = Counter((one.intent, one.language) for one in examples)
    uneven = {
        intent: (counted[intent, "fr"], counted[intent, "en"])
        for intent in load_topics().intents
        if not 0.5 <= counted[intent, "fr"] / max(1, counted[intent, "en"]) <= 2
    }
    assert not uneven


def key(text: str) -> str:
    return " ".join(words(normalise(text))) or text


def test_no_message_of_the_evaluation_is_a_training_message(examples: list[Example]) -> None:
    files = sorted((SHARED / "eval").glob("*.jsonl"))
    if not files:
        missing("The labelled messages are not beside this checkout")
    ours = {key(example.text): f"{example.file}:{example.line}: {example.text}" for example in examples}
    rows = 0
    copied: Counter[str] = Counter()
    for path in files:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line) if line.strip() else {}
            said = [row.get("text"), *(turn.get("patient") for turn in row.get("turns", []))]
            for text in filter(None, said):
                rows += 1
                if key(text) in ours:
                    copied[ours[key(text)]] += 1
    assert rows > 100
    assert not copied, sorted(copied)
