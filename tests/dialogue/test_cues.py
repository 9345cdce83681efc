"""Small cues beyond the intent."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.dialogue import cues
from bot.errors import ContentError
from bot.nlu.normalise import normalise


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("yes", "Oui, envoyez"),
        ("yes", "Yes, send it"),
        ("no", "Non merci"),
        ("no", "No, not yet"),
        ("cancel", "laissez tomber"),
        ("cancel", "forget it"),
        ("thanks_word", "Merci !"),
        ("thanks_word", "cheers"),
        ("still_waiting", "toujours personne ?"),
        ("still_waiting", "is anyone there?"),
        ("how_long", "c’est quand ?"),
        ("how_long", "how long does it take?"),
        ("said_already", "vous l’avez déjà dit"),
        ("said_already", "you already said that"),
        ("comment_status", "mon commentaire est-il paru ?"),
        ("comment_status", "was my comment published?"),
        ("wait_first", "attendez, une question"),
        ("wait_first", "hold on, a question"),
        ("asks_back", "et pour le sein ?"),
        ("asks_back", "what about the breast?"),
        ("secret", "ne le dites à personne"),
        ("secret", "don’t tell anyone"),
        ("refusal", "je ne veux pas déranger le SAMU"),
        ("refusal", "I don’t want to bother them"),
        ("relief", "il va mieux"),
        ("relief", "she is doing better"),
        ("help_there", "les pompiers sont là"),
        ("help_there", "the ambulance is coming"),
        ("own_choice", "que feriez-vous à ma place ?"),
        ("own_choice", "what would you do in my shoes?"),
    ],
)
def test_both_languages(name: str, text: str) -> None:
    assert cues.has(name, normalise(text))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("yes", "je ne dis pas oui"),
        ("no", "je ne dis pas non"),
        ("no", "nonante"),
        ("wait_first", "je n’attends rien"),
        ("asks_back", "je mange et je bois"),
        ("own_choice", "lequel des traitements ?"),
    ],
)
def test_not_everywhere(name: str, text: str) -> None:
    assert not cues.has(name, normalise(text))


def test_groups_come_in_the_order_of_the_text() -> None:
    assert cues.among("treatments", "immuno ou essai, ou therapie ciblee") == [
        "immunotherapy",
        "clinical_trials",
        "targeted_therapy",
    ]
    assert cues.among("treatments", "rien") == []


def test_an_unknown_cue_is_an_error_of_the_programmer() -> None:
    with pytest.raises(KeyError):
        cues.has("no_such_cue", "abc")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('broken: ["("]\n', "cue broken"),
        ('group:\n  one: ["("]\n', r"cue group\.one"),
        ("alone: 3\n", "cue alone"),
        ('yes: ["^oui"]\n', "True must stand in quotes"),
    ],
)
def test_a_malformed_file_is_named(tmp_path: Path, text: str, wrong: str) -> None:
    path = tmp_path / "cues.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match=wrong) as caught:
        cues._compiled(path)
    assert str(path) in str(caught.value)


def test_every_cue_that_the_rules_ask_for_is_in_the_file() -> None:
    import re

    known = cues._compiled().keys()
    asked: set[str] = set()
    for path in cues.CUES_FILE.parent.glob("*.py"):
        asked |= set(re.findall(r'cues\.(?:has|match|among)\(\s*"(\w+)"', path.read_text(encoding="utf-8")))
    assert len(asked) > 20
    assert asked <= known
