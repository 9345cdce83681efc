"""Layer 1 of red-flag detection: rules on the normalised text of every patient turn, both languages at once.

No model, no Rasa, no I/O after the first call. Reference: safety.md 1.1, 1.3, 2.3, 2.5, 2.6.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from bot.safety.guards import Circumstances
from bot.safety.negation import denied
from bot.safety.normalise import Words, normalise
from bot.safety.person import about_someone_else
from bot.safety.rules import Rule, Ruleset, load_rules
from bot.safety.temperature import temperatures, unwell
from bot.safety.tiers import BODY, MIND, NOTHING, URGENCY, Assessment, Evidence, Finding, Side, Tier, most_urgent

__all__ = ["Assessment", "Evidence", "Finding", "Tier", "assess", "warm_up"]

EVIDENCE_LENGTH: Final = 60
_SIDES: Final[frozenset[Side]] = frozenset({"body", "mind"})
_BLANK: Final = "_"
_CUES_NEEDED: Final = 2
# Worry, calm and finality alone are everyday; one of these must be among them.
_TELLING_CUES: Final = frozenset({"give", "affairs", "means"})
_NEAR: Final = 5  # words before a piece in which its subject is looked for
_WRITING: Final = frozenset({"je", "i"})
# Masks that excuse nothing a wish stands right before: "I want to die before the scan", "envie d'en finir chez moi".
_SETTINGS: Final = "settings"
_WISHED: Final = re.compile(
    r" (?:want|wants|wanna|wanted|wish|wishes|wished|rather|better off|hope to|hoping to|need to|deserve to|ready to"
    r"|decided|decide|plan|plans|planning|veux|veut|voudrais|voudrait|envie|envies|prefere|prefererais|souhaite|aimerais"
    r"|decide|mieux|besoin|hate|vaux|vaut)(?: (?!not |pas |jamais )[^ ]+){0,3} $"
)
_DYING: Final = frozenset({"mourir", "partir", "die", "dying"})
_TEMPERATURE: Final = Rule("temperature", "E1", "safety.md 1.0 Fever thresholds [S3]–[S13]")
_SUDDEN: Final = re.compile(
    r" (?:soudain|soudainement|brutalement|subitement|de un coup|de pire en pire|suddenly|all of a sudden|getting worse"
    r"|worse and worse|toute seule|tout seul|alone) "
)


@dataclass(frozen=True)
class _Hit:
    rule: Rule
    text: str
    sentence: str

    def evidence(self) -> Evidence:
        return Evidence(self.rule.name, self.rule.source, self.text.strip()[:EVIDENCE_LENGTH])


# The channel and the pipeline ask about the same message, one right after the other.
@functools.lru_cache(maxsize=8)
def assess(text: str) -> Assessment:
    """Assess one message of any length, in either language or both; never raises, whatever the text holds."""
    rules = load_rules()
    words = normalise(text)
    if not words.sentences:
        return NOTHING
    search = _Search(rules, words)
    hits = list(search.hits())
    assessment = _assessment(hits, words) if hits else NOTHING
    excused = search.excused()
    return replace(assessment, excused=excused) if excused else assessment


def warm_up() -> None:
    """Read and compile all rules now (one or two seconds), so that no patient's message waits for it.

    Raises ContentError when a rule file is wrong: better at start than at the first danger.
    """
    load_rules().warm_up()
    assess("j'ai 39 de fièvre, what should I do?")


class _Search:
    """The rules at work on one message. ``dismissed``: signs of "body" or "mind" that are denied, over, asked about …"""

    def __init__(self, rules: Ruleset, words: Words) -> None:
        self.rules, self.words = rules, words
        self.now = Circumstances(rules, words.text)
        self.dismissed: set[Side] = set()

    def hits(self) -> Iterator[_Hit]:
        """Every sign that is happening, sentence by sentence, then those that reach over sentences."""
        suspended: list[_Hit] = []
        masked = tuple(map(self._masked, self.words.sentences))
        for sentence, plain in zip(masked, self.words.sentences, strict=True):
            for rule, match in self.rules.by_sentence.search(sentence):
                hit = _Hit(rule, match.group(), plain)
                if rule.negatable and denied(sentence, match.start(), match.end()):
                    self._dismiss(hit)
                elif not self._silenced(hit):
                    if self.now.suspends(rule, plain, hit.text):
                        suspended.append(hit)
                    else:
                        yield hit
            yield from self._temperatures(plain)
        whole = "".join(sentence[:-1] for sentence in masked) + " "
        for rule, match in self.rules.by_message.search(whole):
            hit = _Hit(rule, match.group(), self.words.text)
            if not self._silenced(hit) and not self._suspended(hit):
                yield hit
        if suspended and self.now.happens(self.words.sentences):
            yield from suspended
        else:
            for hit in suspended:
                self._dismiss(hit)

    def excused(self) -> frozenset[Side]:
        """The sides on which the message, once ``hits`` is through, explains by itself why it sounds dangerous."""
        if self.now.holds("errand", self.words.text):
            return _SIDES
        excused = set(self.dismissed)
        if self.now.holds("animal", self.words.text):
            excused.add("body")
        if self.now.holds("at_ease", self.words.text):
            excused.add("mind")
        return frozenset(excused)

    def _dismiss(self, hit: _Hit) -> None:
        self.dismissed.add("mind" if hit.rule.mind else "body")

    def _masked(self, sentence: str) -> str:
        """``sentence`` with sayings and homonyms blanked out, word by word, so that no rule matches across them."""
        spans = [
            match.span()
            for name, match in self.rules.masks.search(sentence)
            if name != _SETTINGS or not _WISHED.search(sentence[: match.start()])
        ]
        if spans:
            for rule, match in self.rules.by_sentence.search(sentence):
                if any(match.start() < end and start < match.end() for start, end in spans):
                    self._dismiss(_Hit(rule, match.group(), sentence))
        for start, end in spans:
            blank = " ".join(_BLANK for _ in sentence[start:end].split())
            # Widths may change, so blank by equal length: the blank words are padded with the blank sign.
            sentence = sentence[:start] + blank.ljust(end - start - 1, _BLANK) + " " + sentence[end:]
        return sentence

    def _silenced(self, hit: _Hit) -> bool:
        silenced = self.now.silences(hit.rule, hit.sentence, hit.text)
        if silenced:
            self._dismiss(hit)
        return silenced

    def _suspended(self, hit: _Hit) -> bool:
        suspended = self.now.suspends(hit.rule, hit.sentence, hit.text)
        if suspended:
            self._dismiss(hit)
        return suspended

    def _temperatures(self, sentence: str) -> Iterator[_Hit]:
        for temperature in temperatures(sentence, self.words.text):
            hit = _Hit(_TEMPERATURE, temperature.text, sentence)
            if not temperature.alarming(unwell(self.words.text)):
                self._dismiss(hit)
            elif not self._silenced(hit) and not self._suspended(hit):
                yield hit


def _assessment(hits: list[_Hit], words: Words) -> Assessment:
    by_tier: dict[Tier, dict[str, Evidence]] = {}
    sudden = bool(_SUDDEN.search(words.text))
    for hit in _without_asked_death(hits):
        if hit.rule.tier is not None:
            tier = _raised(hit.rule.tier, sudden)
            by_tier.setdefault(tier, {}).setdefault(hit.rule.name, hit.evidence())
    _add_cues(hits, by_tier)
    # safety.md 1.0: two or more E2 signs make E1.
    if len(by_tier.get("E2", {})) >= 2:
        by_tier.setdefault("E1", {}).update(by_tier.pop("E2"))
    if not by_tier:
        return NOTHING
    findings = tuple(
        Finding(tier, tuple(evidence.values()))
        for tier, evidence in sorted(by_tier.items(), key=lambda item: (URGENCY[item[0]], item[0] not in BODY, item[0]))
    )
    return Assessment(
        tier=most_urgent(by_tier),
        findings=findings,
        body=most_urgent(tier for tier in by_tier if tier in BODY),
        mind=most_urgent(tier for tier in by_tier if tier in MIND),
        third_person=about_someone_else([(hit.text, hit.sentence, hit.rule.tier) for hit in hits], words.text),
    )


def _without_asked_death(hits: list[_Hit]) -> list[_Hit]:
    """``hits`` without those C4 that are the same words as a C6: "je veux mourir dignement" (safety.md 2.6)."""
    asked = {word for hit in hits if hit.rule.tier == "C6" for word in hit.text.split()} & _DYING
    return [hit for hit in hits if hit.rule.tier != "C4" or not asked & set(hit.text.split())]


def _raised(tier: Tier, sudden: bool) -> Tier:
    """One tier up for sudden or worsening signs of the body (safety.md 1.0, upgrade rules)."""
    if not sudden:
        return tier
    return {"E2": "E1", "E1": "E0"}.get(tier, tier)  # type: ignore[return-value]


def _done_by_writer(hit: _Hit) -> bool:
    """Whether "I" stands right before the piece or opens it: in "I gave my dog to my sister" she is no subject."""
    before = hit.sentence.partition(hit.text.strip())[0].split()[-_NEAR:]
    return not _WRITING.isdisjoint((*before, *hit.text.split()[:1]))


def _add_cues(hits: list[_Hit], by_tier: dict[Tier, dict[str, Evidence]]) -> None:
    """Two different kinds of preparatory signs in one message make C2, or C5 about someone else (safety.md 2.3)."""
    cues: dict[str, _Hit] = {}
    for hit in hits:
        # One piece of text is one cue: "adieu" is not both a farewell and a finality.
        if hit.rule.cue and all(hit.text not in other.text and other.text not in hit.text for other in cues.values()):
            cues.setdefault(hit.rule.cue, hit)
    if len(cues) < _CUES_NEEDED or not cues.keys() & _TELLING_CUES:
        return
    others = "worry" in cues or (
        about_someone_else([(hit.text, hit.sentence, None) for hit in cues.values()], "")
        and not any(map(_done_by_writer, cues.values()))
    )
    tier: Tier = "C5" if others else "C2"
    by_tier.setdefault(tier, {}).update((hit.rule.name, hit.evidence()) for hit in cues.values())
