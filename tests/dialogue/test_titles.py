"""Titles of buttons that are typed instead of tapped."""

from __future__ import annotations

import pytest

from bot.dialogue.titles import tapped
from tests.dialogue.turns import actions, turn

TITLES = {
    "Ne plus attendre": "cancel",
    "Stop waiting": "cancel",
    "Les registres d’essais": "trial_registries",
    "Trial registries": "trial_registries",
    "Belgique": 'set_country{"country": "be"}',
    "Ce n’est pas ce que je voulais dire": "not_meant",
    "I have these thoughts, no danger now": "danger_not_now",
}


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("ne plus attendre", "cancel"),
        ("Stop waiting!", "cancel"),
        ("ok stop waiting", "cancel"),
        ("oui, les registres", "trial_registries"),
        ("yes show me the registries", "trial_registries"),
        ("ce n'est pas ce que je voulais dire.", "not_meant"),
    ],
)
def test_a_typed_title_is_a_tapped_button(text: str, intent: str) -> None:
    found = tapped(turn(text, "clarify", titles=TITLES))
    assert (found.intent, found.payload) == (intent, True)


def test_a_country_is_told_by_its_title() -> None:
    found = tapped(turn("belgique", "no_answer", titles=TITLES))
    assert (found.intent, found.country) == ("set_country", "be")


@pytest.mark.parametrize(
    "text",
    [
        "les registres",  # without a yes it may be any question about them
        "stop",
        "oui mais je ne comprends toujours pas à quoi servent ces registres d’essais au fond",
        "yes",
        "what are trial registries good for",
        "oui mais pas les registres",
        "yes the thoughts are stronger tonight",
        "oui, attendre encore",
        "oui je souffre encore",
        "oui encore plus mal",
    ],
)
def test_other_words_are_read_as_they_are(text: str) -> None:
    written = turn(text, "clarify", titles=TITLES)
    assert tapped(written) is written


def test_a_title_hides_no_danger_that_the_rules_found() -> None:
    flags = {"tier": "C2", "layer": 1, "escalate": True}
    assert tapped(turn("stop waiting", "danger", titles=TITLES, flags=flags)).intent == "danger"
    assert tapped(turn("stop waiting", "danger", titles=TITLES, flags={**flags, "layer": 2})).intent == "cancel"


def test_what_rules_and_stories_would_say_is_named() -> None:
    shown = {"Parler à une personne": "ask_human", "Oui, effacer": "affirm"}
    assert actions("parler à une personne", "clarify", titles=shown) == ("action_handoff_request",)
    assert actions("oui, effacer", "clarify", titles=shown, last_actions=("utter_erase_confirm",)) == (
        "action_forget_me",
    )


@pytest.mark.parametrize(
    "text", ["ok ne pas effacer", "oui mais pas effacer mes commentaires", "oui, effacer quoi exactement ?"]
)
def test_only_the_whole_title_erases(text: str) -> None:
    written = turn(text, "clarify", titles={"Oui, effacer": "affirm", "Non, garder": "deny"})
    assert tapped(written) is written
