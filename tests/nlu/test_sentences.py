"""Which pieces of a message are read by themselves."""

from __future__ import annotations

import pytest

from bot.nlu.sentences import MOST, parts, spans


def pieces(text: str) -> list[str]:
    return [text[start:end] for start, end in spans(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Bonjour. Il grelotte depuis midi. Et les essais cliniques ?",
         ["Il grelotte depuis midi.", "Et les essais cliniques ?"]),
        ("hello there\nhe can't get up\nwhat is immunotherapy", ["he can't get up", "what is immunotherapy"]),
        ("Thanks… He sleeps all day! Why is that?", ["He sleeps all day!", "Why is that?"]),
        ("38.5 ce matin, on attend ? Merci beaucoup à vous.", ["38.5 ce matin, on attend ?", "Merci beaucoup à vous."]),
    ],
)  # fmt: skip
def test_sentences_of_three_words_and_more(text: str, found: list[str]) -> None:
    assert pieces(text) == found


@pytest.mark.parametrize(
    "text", ["", "   ", "ok", "Qu'est-ce qu'un cancer réfractaire ?", "  can it be cured?  ", "…!?"]
)
def test_one_sentence_from_end_to_end_is_none(text: str) -> None:
    assert spans(text) == []


def test_of_a_long_story_the_beginning_and_the_end_are_read() -> None:
    story = " ".join(f"This is sentence number {index}." for index in range(200))
    found = pieces(story)
    assert len(found) == MOST
    assert (found[0], found[-1]) == ("This is sentence number 0.", "This is sentence number 199.")


def test_a_text_with_its_sentences() -> None:
    assert parts("Thanks. He sleeps all day! Why is that?") == [
        (0, "Thanks. He sleeps all day! Why is that?"),
        (8, "He sleeps all day!"),
        (27, "Why is that?"),
    ]
    assert parts("can it be cured?") == [(0, "can it be cured?")]
