"""The red-flag rules: read from ``lexicon/*.yml``, checked, compiled once per process."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from bot.errors import ContentError
from bot.safety.index import PhraseIndex
from bot.safety.phrase import Phrase, PhraseCompiler
from bot.safety.tiers import TIERS, Tier

LEXICON: Final = Path(__file__).parent / "lexicon"
# The C loader is ten times faster and just as safe; PyYAML may be built without it.
YAML_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
RULE_FILES: Final = (
    "body_infection.yml",
    "body_breath_heart.yml",
    "body_bleeding.yml",
    "body_swelling_skin.yml",
    "body_stomach.yml",
    "body_pain_medicines.yml",
    "body_nerves.yml",
    "mind_wish.yml",
    "mind_plan.yml",
    "mind_cues.yml",
    "mind_others.yml",
)

_DENYING: Final = re.compile(
    r"(?<![a-z0-9])(?:not|no|never|nothing|pas|plus|pu|rien|cannot|cannot_stop|noncan|jamais)(?![a-z0-9])"
)
_OVER_SENTENCES: Final = re.compile(r"\.\.\d+\.")

Scope = Literal["sentence", "message"]


@dataclass(frozen=True)
class Rule:
    """One rule.

    ``tier`` is None for a cue: two cues of different kinds in one message make C2, or C5 when about someone else.
    ``negatable``: "no", "pas de" … before it silences it. ``soft``: needs a person or a time beside it ("fever" alone
    in a question is a topic; "he has a fever" is a flag). ``scope``: what the phrases are matched on.
    """

    name: str
    tier: Tier | None
    source: str
    negatable: bool = False
    soft: bool = False
    scope: Scope = "sentence"
    cue: str = ""
    guarded: bool = True

    @property
    def mind(self) -> bool:
        """Whether the rule is about the wish to die rather than about the body."""
        return self.tier is None or self.tier.startswith("C")


@dataclass(frozen=True)
class Ruleset:
    """All compiled rules, by what they are matched on, plus the masks and the guards."""

    rules: Mapping[str, Rule]
    by_sentence: PhraseIndex[Rule]
    by_message: PhraseIndex[Rule]
    masks: PhraseIndex[str]
    guards: Mapping[str, PhraseIndex[str]]

    def warm_up(self) -> None:
        """Compile every regular expression (about a second)."""
        self.by_sentence.warm_up()
        self.by_message.warm_up()
        self.masks.warm_up()
        for guard in self.guards.values():
            guard.warm_up()


def _read(name: str) -> dict[str, Any]:
    path = LEXICON / name
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=YAML_LOADER)  # noqa: S506 (a safe loader)
    except (OSError, yaml.YAMLError) as error:
        raise ContentError(f"bot/safety/lexicon/{name} cannot be read: {error}.") from error
    if not isinstance(data, dict):
        raise ContentError(f"bot/safety/lexicon/{name} must be a mapping.")
    return data


def _rule(file: str, name: str, entry: Mapping[str, Any]) -> Rule:
    tier = entry.get("tier")
    if (tier not in TIERS) == ("cue" not in entry):
        raise ContentError(f"Rule {name} in bot/safety/lexicon/{file} needs either a known tier or a cue.")
    if not entry.get("source"):
        raise ContentError(f"Rule {name} in bot/safety/lexicon/{file} names no source.")
    known = {"tier", "source", "negatable", "soft", "scope", "cue", "guarded", "fr", "en"}
    if unknown := set(entry) - known:
        raise ContentError(f"Rule {name} in bot/safety/lexicon/{file} has unknown keys {sorted(unknown)}.")
    options = {key: entry[key] for key in ("negatable", "soft", "scope", "cue", "guarded") if key in entry}
    return Rule(name=name, tier=tier, source=f"safety.md {entry['source']}", **options)


def _phrases(compiler: PhraseCompiler, entry: Mapping[str, Any]) -> Iterator[tuple[str, Phrase]]:
    for language in ("fr", "en"):
        for source in map(str, entry.get(language) or ()):
            yield source, compiler.compile(source)


def _for_phrase(rule: Rule, source: str) -> Rule:
    """``rule`` as it applies to one phrase: a phrase that itself says "not" is not denied by that "not", and a phrase
    that reaches over a sentence's end is matched on the whole message."""
    if _DENYING.search(source):
        rule = replace(rule, negatable=False)
    return replace(rule, scope="message") if _OVER_SENTENCES.search(source) else rule


@lru_cache(maxsize=1)
def load_rules() -> Ruleset:
    """All rules. Raises ContentError naming the file and the rule that is wrong."""
    words = {name: [str(x) for x in lines] for name, lines in _read("words.yml").items()}
    compiler = PhraseCompiler(words)
    # A guard silences, so it matches exactly what it says: "poste" is no "poster" for a course.
    exact = PhraseCompiler(words, inflect=False)
    rules: dict[str, Rule] = {}
    compiled: list[tuple[Rule, Phrase]] = []
    for file in RULE_FILES:
        for name, entry in _read(file).items():
            if name in rules:
                raise ContentError(f"Rule {name} in bot/safety/lexicon/{file} exists twice.")
            rules[name] = _rule(file, name, entry)
            compiled.extend((_for_phrase(rules[name], source), phrase) for source, phrase in _phrases(compiler, entry))
    return Ruleset(
        rules=rules,
        by_sentence=PhraseIndex((r, p) for r, p in compiled if r.scope == "sentence"),
        by_message=PhraseIndex((r, p) for r, p in compiled if r.scope == "message"),
        masks=PhraseIndex(
            (name, phrase) for name, entry in _read("idioms.yml").items() for _, phrase in _phrases(compiler, entry)
        ),
        guards={
            name: PhraseIndex((name, phrase) for _, phrase in _phrases(exact, entry))
            for name, entry in _read("guards.yml").items()
        },
    )
