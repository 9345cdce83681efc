"""The part of the content check that reads the texts of bot/domain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bot.content.loader import load_article, load_helplines, load_responses, load_topics
from bot.content.responses import PLACEHOLDER, Response, Variation
from bot.content.source import LANGUAGES, Language

LONGEST_ANSWER = 450
LONGEST_BUTTON = 40
FIRST_TURN = "utter_welcome"
FIRST_TURN_WORDS = 60
ANSWER_FORMS = ("", "_more", "_simple", "_again", "_why")

_LINK = re.compile(r"https?://[^\s)»”]+")
_MARKDOWN = re.compile(r"\*\*|__|\]\(|^#|`", re.MULTILINE)
# The texts that promise a number: the person who reads one may be in danger.
_WITH_NUMBER = re.compile(r"^utter_(safety_|watchdog_|staff_|follow_up_|welcome$)")


def response_problems(root: Path) -> Iterator[str]:
    """Where the two languages of a response differ, or a text breaks a rule of the project."""
    topics = load_topics(root)
    payloads = {*topics.intents, *topics.controls}
    for response in load_responses(root).values():
        missing = [language for language in LANGUAGES if language not in response.variations]
        if missing:
            yield f"{response.where}: the text for {' and '.join(missing)} is missing."
            continue
        yield from _differences(response)
        for language in LANGUAGES:
            yield from _one_language(response, language, payloads)
    yield from _comment_strings(root)
    yield from _first_turn(root)


def missing_answer_texts(root: Path) -> Iterator[str]:
    """Answers without one of their forms, and answers that are longer than a short message."""
    responses = load_responses(root)
    for topic in load_topics(root).content:
        for form in ANSWER_FORMS:
            name = f"utter_{topic}{form}"
            if name not in responses:
                yield f"bot/domain: {name} is missing."
        for name, response in responses.items():
            if not name.startswith(f"utter_{topic}"):
                continue
            for language, variation in response.variations.items():
                if len(variation.text) > LONGEST_ANSWER:
                    yield (
                        f"{response.where}: the text for {language} has {len(variation.text)} characters, "
                        f"more than {LONGEST_ANSWER}."
                    )


def _differences(response: Response) -> Iterator[str]:
    fr, en = response.variations["fr"], response.variations["en"]
    if fr.text.strip() == en.text.strip():
        yield f"{response.where}: the text is identical in French and English."
    if [button.payload for button in fr.buttons] != [button.payload for button in en.buttons]:
        yield f"{response.where}: the buttons differ between French and English."
    if set(_LINK.findall(fr.text)) != set(_LINK.findall(en.text)):
        yield f"{response.where}: the links differ between French and English."
    if fr.placeholders != en.placeholders:
        yield f"{response.where}: the placeholders differ between French and English."
    for one, other in zip(fr.buttons, en.buttons):  # their number was compared above
        if one.title == other.title and not PLACEHOLDER.search(one.title):
            yield f"{response.where}: the button “{one.title}” is identical in French and English."


def _one_language(response: Response, language: Language, payloads: set[str]) -> Iterator[str]:
    variation: Variation = response.variations[language]
    where = f"{response.where} ({language})"
    if _MARKDOWN.search(variation.text):
        yield f"{where}: the text holds markdown; texts are plain."
    if "!" in variation.text:
        yield f"{where}: the text holds an exclamation mark."
    if _WITH_NUMBER.match(response.id) and "{emergency}" not in variation.text:
        yield f"{where}: a safety text must show {{emergency}}."
    seen: set[str] = set()
    for button in variation.buttons:
        if len(button.title) > LONGEST_BUTTON:
            yield f"{where}: the button “{button.title}” is longer than {LONGEST_BUTTON} characters."
        if not PLACEHOLDER.search(button.payload) and button.payload.removeprefix("/") not in payloads:
            yield f"{where}: the payload {button.payload} is neither an intent nor a control of topics.yml."
        if not button.payload.startswith("/"):
            yield f"{where}: the payload {button.payload} must start with a slash."
        if button.payload in seen:
            yield f"{where}: the payload {button.payload} appears twice."
        seen.add(button.payload)


def _comment_strings(root: Path) -> Iterator[str]:
    form, responses = load_article(root).comment_form, load_responses(root)
    for name, text in (("utter_comment_sent", form.sent), ("utter_comment_failed", form.failed)):
        if name not in responses:
            yield f"bot/domain: {name} is missing."
            continue
        for language, variation in responses[name].variations.items():
            if variation.text != text.in_(language):
                yield f"{responses[name].where}: the text for {language} is not the one in article.yml."


def _first_turn(root: Path) -> Iterator[str]:
    response = load_responses(root).get(FIRST_TURN)
    if response is None:
        yield f"bot/domain: {FIRST_TURN} is missing."
        return
    for language, variation in response.variations.items():
        for code, country in load_helplines(root).countries.items():
            values = {name: "" for name in variation.placeholders} | country.display.values(language)
            words = len(re.findall(r"[^\W_]+(?:[’'-][^\W_]+)*", variation.filled(**values)))
            if words >= FIRST_TURN_WORDS:
                yield f"{response.where}: {words} words for {language} (numbers of {code}), not under 60."
