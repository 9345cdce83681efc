"""The article, its translation and what each answer takes from it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.content.source import ROOT, Both, Entry, read
from bot.errors import ContentError


@dataclass(frozen=True)
class Review:
    """Who reviewed a text, when, and until when it holds. All three are None when nobody has."""

    reviewer: str | None
    reviewed_on: date | None
    expires_on: date | None

    @property
    def done(self) -> bool:
        """Whether a review is recorded whole."""
        return None not in (self.reviewer, self.reviewed_on, self.expires_on)

    @property
    def partial(self) -> bool:
        """Whether only a part of a review is recorded."""
        fields = (self.reviewer, self.reviewed_on, self.expires_on)
        return any(fields) and not all(fields)

    def expired(self, today: date) -> bool:
        """Whether the review no longer holds on ``today``."""
        return self.expires_on is not None and self.expires_on < today


@dataclass(frozen=True)
class Section:
    """A section of the article, or one of its three questions. The French text is verbatim."""

    id: str
    title: Both
    text: Both
    translation: str


@dataclass(frozen=True)
class Treatment:
    """One of the four ways of the section on treatment, in the words of its sentence."""

    id: str
    title: Both
    words: Both


@dataclass(frozen=True)
class CommentForm:
    """The strings of the comment form on the article's page."""

    title: Both
    sent: Both
    failed: Both


@dataclass(frozen=True)
class Article:
    """The whole article. ``review`` is about the article as a whole; see Answer for each answer's own."""

    title: Both
    source: str
    status: str
    review: Review
    questions_title: Both
    sections: tuple[Section, ...]
    questions: tuple[Section, ...]
    treatments: tuple[Treatment, ...]
    comment_form: CommentForm

    def section(self, section_id: str) -> Section:
        """A section or question by its id. Raises ContentError for an unknown id."""
        for section in self.sections + self.questions:
            if section.id == section_id:
                return section
        raise ContentError(f"article.yml: there is no section {section_id}.")


@dataclass(frozen=True)
class Answer:
    """Where the texts of one topic come from, and their review."""

    topic: str
    sections: tuple[str, ...]
    source: str
    related: tuple[str, ...]
    review: Review


def review_of(entry: Entry) -> Review:
    """The review recorded in ``entry``; its three keys must be there, null or not."""
    entry.optional_date("reviewed_on")
    return Review(
        reviewer=entry.optional_text("reviewer"),
        reviewed_on=entry.optional_date("reviewed_on"),
        expires_on=entry.optional_date("expires_on"),
    )


def _section(entry: Entry) -> Section:
    return Section(
        id=entry.text("id"),
        title=entry.both("title"),
        text=entry.both("text"),
        translation=entry.entry("translation").text("en"),
    )


@functools.lru_cache(maxsize=8)
def load_article(root: Path = ROOT) -> Article:
    """The article of the project at ``root``. Raises ContentError naming file and line."""
    file = read(root / "bot" / "content" / "article.yml")
    provenance = file.entry("provenance")
    form = file.entry("comment_form")
    return Article(
        title=file.both("title"),
        source=provenance.text("source"),
        status=provenance.choice("status", ("not_reviewed", "reviewed")),
        review=review_of(provenance),
        questions_title=file.both("questions_title"),
        sections=tuple(_section(entry) for entry in file.entries("sections")),
        questions=tuple(_section(entry) for entry in file.entries("questions")),
        treatments=tuple(
            Treatment(entry.text("id"), entry.both("title"), entry.both("words"))
            for entry in file.entries("treatments")
        ),
        comment_form=CommentForm(form.both("title"), form.both("sent"), form.both("failed")),
    )


@functools.lru_cache(maxsize=8)
def load_answers(root: Path = ROOT) -> dict[str, Answer]:
    """The answers by topic. Raises ContentError naming file and line."""
    file = read(root / "bot" / "content" / "answers.yml")
    return {
        topic: Answer(
            topic=topic,
            sections=entry.texts("sections"),
            source=entry.text("source"),
            related=entry.texts("related"),
            review=review_of(entry),
        )
        for topic, entry in file.items("answers")
    }
