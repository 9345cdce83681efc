"""The content check: whether both languages say the same, nothing is missing and no review has expired."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timezone
from pathlib import Path

from bot.content.article import Review
from bot.content.check_responses import (
    missing_answer_texts,
    response_problems,
)
from bot.content.loader import (
    load_answers,
    load_article,
    load_countries,
    load_helplines,
    load_organisations,
    load_registries,
    load_topics,
)
from bot.content.source import ROOT, Both
from bot.errors import ContentError

LONGEST_TITLE = 40
# safety.md, "How to read this": every number is dialled again every 6 months.
LONGEST_DAYS_BETWEEN_CALLS = 183

Check = Callable[[Path, date], Iterator[str]]


def check_content(root: Path = ROOT, today: date | None = None) -> list[str]:
    """Every problem of the content under ``root``, one sentence each; empty when all is well.

    ``today`` decides which reviews have expired; the current day (UTC) when not given.
    """
    day = today or datetime.now(timezone.utc).date()
    checks: tuple[Check, ...] = (_article, _answers, _topics, _helplines, _organisations, _registries, _texts)
    problems: list[str] = []
    for check in checks:
        try:
            problems.extend(check(root, day))
        except ContentError as error:
            problems.append(str(error))
    return list(dict.fromkeys(problems))


def _same(where: str, what: str, text: Both) -> Iterator[str]:
    if text.fr.strip() == text.en.strip():
        yield f"{where}: {what} is identical in French and English."


def _review(where: str, review: Review, today: date) -> Iterator[str]:
    if review.partial:
        yield f"{where}: a review needs reviewer, reviewed_on and expires_on, all three or none."
    if review.expired(today):
        yield f"{where}: the review expired on {review.expires_on}."


def _article(root: Path, today: date) -> Iterator[str]:
    article = load_article(root)
    yield from _review("article.yml", article.review, today)
    if (article.status == "reviewed") != article.review.done:
        yield "article.yml: status and review contradict each other."
    seen: set[str] = set()
    for section in article.sections + article.questions:
        where = f"article.yml, {section.id}"
        if section.id in seen:
            yield f"{where}: the id appears twice."
        seen.add(section.id)
        yield from _same(where, "the title", section.title)
        yield from _same(where, "the text", section.text)
    treatment = article.section("treatment").text
    for way in article.treatments:
        if way.words.fr not in treatment.fr or way.words.en not in treatment.en:
            yield f"article.yml, {way.id}: its words are not in the section on treatment."
    form = article.comment_form
    for name, text in (("title", form.title), ("sent", form.sent), ("failed", form.failed)):
        yield from _same("article.yml, comment_form", name, text)


def _answers(root: Path, today: date) -> Iterator[str]:
    answers, article, topics = load_answers(root), load_article(root), load_topics(root)
    sections = {section.id for section in article.sections + article.questions}
    for topic in sorted(set(topics.content) ^ set(answers)):
        yield f"answers.yml: {topic} stands in only one of topics.yml (content) and answers.yml."
    for answer in answers.values():
        where = f"answers.yml, {answer.topic}"
        yield from _review(where, answer.review, today)
        yield from (f"{where}: there is no section {one}." for one in answer.sections if one not in sections)
        yield from (f"{where}: there is no topic {one}." for one in answer.related if one not in answers)
        if not answer.sections:
            yield f"{where}: no section is named."


def _topics(root: Path, today: date) -> Iterator[str]:
    topics = load_topics(root)
    for intent in topics.intents.values():
        yield from _same(f"topics.yml, {intent.id}", "the example", intent.example)
    owner: dict[str, str] = {}
    titles = {intent.id: intent.title for intent in topics.intents.values()}
    for name, both in {**titles, **topics.controls}.items():
        where = f"topics.yml, {name}"
        yield from _same(where, "the title", both)
        for title in (both.fr, both.en):
            if len(title) > LONGEST_TITLE:
                yield f"{where}: “{title}” is longer than {LONGEST_TITLE} characters."
            if owner.setdefault(title, name) != name:
                yield f"{where}: “{title}” is already the title of {owner[title]}."


def _helplines(root: Path, today: date) -> Iterator[str]:
    helplines, countries = load_helplines(root), load_countries(root)
    yield from _review("helplines.yml, safety_review", helplines.review, today)
    if (helplines.status == "signed_off") != helplines.review.done:
        yield "helplines.yml, safety_review: status and review contradict each other."
    ids: set[str] = set()
    for code, country in helplines.countries.items():
        if code != "unknown" and code not in countries.by_code:
            yield f"countries.yml: {code} of helplines.yml is missing."
        for line in country.lines:
            where = f"helplines.yml, {line.id}"
            if line.id in ids:
                yield f"{where}: the id appears twice."
            ids.add(line.id)
            scheme, _, digits = line.tel.partition(":")
            if scheme not in ("tel", "sms") or not digits.isdigit():
                yield f"{where}: {line.tel} is no tel: or sms: link."
            if line.checked_on and (today - line.checked_on).days > LONGEST_DAYS_BETWEEN_CALLS:
                yield f"{where}: the number was last dialled on {line.checked_on}, over six months ago."
        shown = country.display
        for name, text, lines in (
            ("emergency", shown.emergency, country.emergency),
            ("crisis", shown.crisis, country.crisis),
            ("cancer_line", shown.cancer_line, country.cancer),
        ):
            if lines and not (lines[0].number in text.fr and lines[0].number in text.en):
                yield f"helplines.yml, {code}: display.{name} does not show its first line."


def _organisations(root: Path, today: date) -> Iterator[str]:
    lines = {line.id: line for country in load_helplines(root).countries.values() for line in country.lines}
    for one in load_organisations(root):
        where = f"organisations.yml, {one.id}"
        line = lines.get(one.line)
        if line is None:
            yield f"{where}: there is no line {one.line} in helplines.yml."
        elif (line.number, line.status) != (one.number, one.status):
            yield f"{where}: number or status differ from {one.line} in helplines.yml."


def _registries(root: Path, today: date) -> Iterator[str]:
    codes = load_countries(root).by_code
    for registry in load_registries(root):
        where = f"registries.yml, {registry.id}"
        yield from _same(where, "the name", registry.name)
        if registry.prefilled != ("{query}" in registry.url):
            yield f"{where}: prefilled and {{query}} in the address contradict each other."
        for code in registry.countries or ():
            if code not in codes:
                yield f"{where}: there is no country {code} in countries.yml."


def _texts(root: Path, today: date) -> Iterator[str]:
    yield from response_problems(root)
    yield from missing_answer_texts(root)
