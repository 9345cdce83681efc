"""A button's title that was typed instead of tapped ("ok stop waiting", "yes, the registries")."""

from __future__ import annotations

import functools
import json
from dataclasses import replace

from bot.dialogue import cues
from bot.dialogue.state import CONTENT, Turn
from bot.nlu.normalise import normalise

# After a "yes", a word with so many letters in common with one title alone points at it ("yes, the registries").
_STEM = 6
_POINTING_WORDS = 7
_SAYS_MORE = ("negation", "of_myself", "bad_news")
# What does no harm when it was not meant; whatever is about danger, erasing or a person takes the whole title.
_POINTED_AT = frozenset({*CONTENT, "trial_registries", "treatment_questions", "help"})


def tapped(turn: Turn) -> Turn:
    """The turn as if the button had been tapped whose title it holds; the same turn where it holds none."""
    if turn.payload or not turn.titles or (turn.flags and turn.flags.get("layer") == 1):
        return turn
    payload = _payload(turn)
    if payload is None:
        return turn
    intent, _, values = payload.partition("{")
    country = json.loads("{" + values).get("country") if values else None
    return replace(turn, intent=intent, payload=True, country=country or turn.country, flags=None)


def _payload(turn: Turn) -> str | None:
    titles = {_bare_title(title): payload for title, payload in turn.titles.items()}
    if (text := _bare(turn.text)) in titles:
        return titles[text]
    agreed = cues.match("agreed", turn.plain)
    if not agreed:
        return None
    rest = _bare(turn.plain[agreed.end() :])
    if rest in titles:
        return titles[rest]
    if turn.flags or len(rest.split()) > _POINTING_WORDS or any(cues.has(name, rest) for name in _SAYS_MORE):
        return None
    stems = {word[:_STEM] for word in rest.split() if len(word) >= _STEM}
    found = {
        payload
        for title, payload in titles.items()
        if payload in _POINTED_AT and stems & {word[:_STEM] for word in title.split() if len(word) >= _STEM}
    }
    return found.pop() if len(found) == 1 else None


@functools.lru_cache(maxsize=512)
def _bare_title(title: str) -> str:
    return _bare(title)


def _bare(text: str) -> str:
    return " ".join(normalise(text).strip(" .!?…\"'«»“”").split())
