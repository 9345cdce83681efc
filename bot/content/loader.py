"""One door to all content. Every loader takes the project's root, caches, and raises ContentError."""

from __future__ import annotations

from bot.content.article import load_answers, load_article
from bot.content.countries import load_countries
from bot.content.helplines import load_helplines
from bot.content.organisations import load_organisations, load_registries, organisations_in, registries_in
from bot.content.responses import load_responses
from bot.content.topics import load_topics

__all__ = [
    "load_answers",
    "load_article",
    "load_countries",
    "load_helplines",
    "load_organisations",
    "load_registries",
    "load_responses",
    "load_topics",
    "organisations_in",
    "registries_in",
]
