"""Whether a matched sign is really happening now: questions, exams, long ago, stories, animals, things (safety.md 1.3)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from bot.safety.rules import Rule, Ruleset

_FIRST_PERSON: Final = re.compile(r" (?:je|moi|me|mon|ma|mes|i|my|me|myself) ")
_CLAIM: Final = re.compile(
    r" (?:je ai(?! lu| entendu| vu| appris| une question)|je suis|je me|je fais|je tremble|je sens|je vomis|je saigne|il a|elle a|il est|elle est|il fait|elle fait"
    r"|(?<!faut )(?<!doit )(?<!peut )il se|elle se|i have(?! read| heard| seen| a question| been told)|i am|i feel|i keep|i can|he has|she has|he is|she is|he keeps|she keeps|i got|i have got"
    r"|temp is|he can|she can|i think i) "
)
_CHOICE: Final = re.compile(r" (?:or|ou) ")
_OF_ONESELF: Final = re.compile(r" (?:je (?:ai|suis|veux|vais|me|saigne|tremble|vomis)|i (?:have|am|want|feel|can)) ")
_PERFECT: Final = re.compile(
    r" (?:eu|fait|ete|perdu|vomi|crache|saigne|fini|pris|had|been|got|lost|coughed|vomited|fainted|passed) "
)
# Rules of the mind that a general question can touch: "does morphine cause suicidal thoughts?"
_TOPICS: Final = frozenset({"suicide_word", "self_kill", "want_die"})
# Deeds that a person can tell of years after.
_DEEDS: Final = frozenset({"attempt", "suicide_word", "self_kill"})
_ABSENCE: Final = re.compile(
    r" (?:here|around|there|back|coming|come|gone|la|ici|absente?|viendrai|reviens|pars|part) "
)
# A clause that tells of somebody, or a part of somebody's body or family: "il crache", "my legs".
_SOMEBODY: Final = re.compile(
    r"(?:^| ,| et| mais| puis| car| and| but) (?:je|i|il|elle|he|she|papa|maman|dad|mum|mom) "
    r"| (?:mon|ma|mes|son|sa|ses|my|his|her) (?:visage|tete|dos|bras|jambes?|gorge|ventre|coeur|mari|femme|pere|mere"
    r"|fils|fille|legs?|face|head|chest|back|arms?|throat|belly|heart|husband|wife|father|mother|son|daughter|dad|mum) "
)
# What is asked after the sign is about something the article holds: "can't pee what is immunotherapy?"
_OTHER_MATTER: Final = re.compile(
    r" (?:immuno\w*|(?:essais?|trials?) clinique\w*|essais?|clinical trials?|trials?|therap\w+ ciblee?s?|targeted therap\w*"
    r"|palliati\w+|refractor\w+|refractaires?) "
)
_REPORTED: Final = re.compile(r" (?:told|read|heard|saw|lu|entendu|dit|vu|appris|parait) ")
# First words of a question that people write without its mark.
_ASKING: Final = (
    " est ce que ", " is ", " does ", " can ", " do ", " are ", " why ", " how ", " what ", " when ", " who ", " where ",
    " comment ", " pourquoi ", " quand ", " a quoi ", " quel ", " quelle ", " quels ", " quelles ", " que faire ",
)  # fmt: skip
# "What should I do if I cough and have a fever?": all of the clause is imagined.
_CONDITION: Final = re.compile(
    r"^ (?:que faire|quoi faire|on fait quoi|que dois je faire|dois je|faut il|doit on|est ce que je dois|what (?:should|do|can) i do"
    r"|should i|do i (?:need|have)|when should i)\b.{0,60}? (?:si (?:un jour |jamais )?(?:je|il|elle|on)|en cas de|if (?:ever |one day )?(?:i|he|she|we|you)|in case) "
)
_CONDITION_ENDS: Final = re.compile(r" (?:, (?!et |ou |and |or )|mais |but |parce |because |car |maintenant |now )")
_NEAR: Final = 5  # words before a sign in which its owner is looked for
_SHORT: Final = 7  # words, the closing mark included


@dataclass
class Circumstances:
    """The guards of one message, worked out only when asked for and once each."""

    rules: Ruleset
    message: str
    _known: dict[tuple[str, str], bool] = field(default_factory=dict)

    def holds(self, guard: str, text: str) -> bool:
        """Whether ``guard`` of guards.yml occurs in ``text`` (a sentence, or the whole message)."""
        key = (guard, text)
        if key not in self._known:
            self._known[key] = bool(self.rules.guards[guard].keys(text))
        return self._known[key]

    def silences(self, rule: Rule, sentence: str, matched: str) -> bool:
        """Whether a hit of ``rule`` in ``sentence`` is nothing to page people for. See also ``suspends``."""
        if not rule.guarded:
            return False
        if self.holds("fiction", sentence):
            return True
        if self._studied(sentence, matched):
            return True
        return self._mind(rule, sentence, matched) if rule.mind else self._body(rule, sentence, matched)

    def suspends(self, rule: Rule, sentence: str, matched: str) -> bool:
        """Whether the sentence only asks about the sign; a later "he's been doing that" brings the hit back."""
        if not rule.guarded or self.holds("today", sentence):
            return False
        # "he talks as if he had been drinking" describes; it asks and supposes nothing.
        sentence = sentence.replace(" comme si ", " comme ").replace(" as if ", " as ")
        matched = matched.replace("comme si ", "comme ").replace("as if ", "as ")
        if not rule.mind and rule.name != "temperature" and self._imagined(sentence, matched):
            return True
        if rule.mind:
            return rule.name in _TOPICS and self.holds("learning", sentence) and not _FIRST_PERSON.search(sentence)
        if not self.holds("learning", sentence) or _CLAIM.search(f" {matched} ") or _CLAIM.search(sentence):
            return False
        return not self._told_first(sentence, matched)

    def happens(self, sentences: tuple[str, ...]) -> bool:
        """Whether the message says that what it asked about is happening, or tells of today in another sentence."""
        return self.holds("it_happens", self.message) or any(
            self.holds("today", sentence) and not self.holds("learning", sentence) for sentence in sentences
        )

    def _mind(self, rule: Rule, sentence: str, matched: str) -> bool:
        if self._over(sentence, matched):
            return True
        if self.holds("past", sentence) and (
            self.holds("resolved", self.message) or (rule.name in _DEEDS and not self.holds("today", sentence))
        ):
            return True
        if rule.name == "plan_time" and _ABSENCE.search(f" {matched} ") and self.holds("away", self.message):
            return True
        third = rule.tier == "C5" or not _FIRST_PERSON.search(f" {matched} ")
        return third and rule.tier in {"C3", "C5"} and self.holds("bereaved", sentence)

    def _body(self, rule: Rule, sentence: str, matched: str) -> bool:
        if self._of_a_thing(sentence, matched):
            return True
        if self._over(sentence, matched):
            return True
        today = self.holds("today", sentence)
        if not today and self._chronic(sentence, matched):
            return True
        past = self.holds("past", sentence) and not self._claimed(sentence, matched)
        if past and (not today or self.holds("resolved", sentence)):
            return True
        if today:
            return rule.soft and not self._owned(sentence)
        ended = self.holds("resolved", self.message)
        if ended and (self.holds("past", self.message) or self.holds("recent", sentence)):
            return True
        if self.holds("bereaved", sentence):
            return True
        return rule.soft and not self._owned(sentence)

    def _told_first(self, sentence: str, matched: str) -> bool:
        """Whether somebody's sign is told and something asked only after it: "il crache du sang c'est quoi l'immuno"."""
        before, found, after = sentence.partition(matched.strip())
        told = f"{before}{found} "
        if not found or _REPORTED.search(told) or self.holds("learning", told):
            return False
        return bool(_SOMEBODY.search(told) or _OTHER_MATTER.search(after))

    def _studied(self, sentence: str, matched: str) -> bool:
        """Whether the message is for a course or a leaflet and this piece is not said of the writer, now."""
        if not self.holds("study", self.message) or self.holds("today", sentence):
            return False
        return not _OF_ONESELF.search(_with_words_before(sentence, matched))

    def _claimed(self, sentence: str, matched: str) -> bool:
        """Whether the piece is said in the present: "I have", not "I have had"."""
        near = _with_words_before(sentence, matched)
        return bool(_CLAIM.search(near)) and not _PERFECT.search(near)

    def _chronic(self, sentence: str, matched: str) -> bool:
        """Whether "for years" or "as usual" belongs to the piece: inside it or right after."""
        after = sentence.partition(matched.strip())[2].split()[:_NEAR]
        return self.holds("chronic", f" {' '.join([matched.strip(), *after])} ")

    def _over(self, sentence: str, matched: str) -> bool:
        """Whether the sentence tells of the sign in the past and then that it ended: "he was confused and then fine"."""
        before, _, after = sentence.partition(matched.strip())
        if not after.strip() or self.holds("today", f"{before}{matched} "):
            return False
        return self.holds("recent", sentence) and self.holds("resolved", f" {after.strip()} ")

    def _imagined(self, sentence: str, matched: str) -> bool:
        """Whether an "if" stands right before the matched piece or opens it, or a question's "if" reaches to it."""
        if self.holds("conditional", _with_words_before(sentence, matched) + ". "):
            return True
        before = sentence.partition(matched.strip())[0]
        condition = _CONDITION.search(before)
        return condition is not None and not _CONDITION_ENDS.search(before[condition.end() :])

    def _of_a_thing(self, sentence: str, matched: str) -> bool:
        """Whether an animal or an object is named in the matched piece or just before it."""
        near = _with_words_before(sentence, matched)
        return self.holds("animal", near) or self.holds("object", near)

    def _owned(self, sentence: str) -> bool:
        """Whether a soft sign belongs to somebody or to a time, or is all the message says."""
        if sentence.rstrip().endswith("?") or sentence.startswith(_ASKING):
            return bool(_CLAIM.search(sentence)) or self.holds("today", sentence)
        if self.holds("person", sentence):
            return True
        return len(self.message.split()) <= _SHORT and not _CHOICE.search(sentence)


def _with_words_before(sentence: str, matched: str) -> str:
    """``matched`` with the few words that stand before it; the whole sentence when masks have changed the piece."""
    start = sentence.find(matched.strip())
    if start < 0:
        return sentence
    before = sentence[:start].split()[-_NEAR:]
    return f" {' '.join([*before, matched.strip()])} "
