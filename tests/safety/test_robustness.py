"""Whatever is typed, an answer comes, and fast."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.safety.detector import assess, warm_up
from bot.safety.tiers import TIERS
from bot.settings import ROOT

ORDINARY = [
    "C'est quoi un cancer réfractaire ?",
    "J'attends les résultats du scanner depuis neuf jours et je ne dors plus, mon mari non plus, c'est long.",
    "What can be done when the standard treatment has stopped working for my mum's myeloma?",
    "j'ai 39 de fièvre et je grelotte, chimio jeudi, je fais quoi",
    "can't breathe lying down, had to sleep in the chair three nights, is that the immunotherapy or what",
    "Is there a support group near Leeds for carers? My husband has a refractory lymphoma and I feel alone with it.",
]
STORY = (
    "Je vous raconte un peu, nous habitons la campagne et mon voisin passe souvent le soir avec des œufs. "
    "Last summer we planted beans and the children helped, it was a good time for all of us. "
)
_ALPHABET = st.sampled_from(
    list("aeiournstlmdpcvqfbghjxyzk éàçœ'’.,;:!?-°%0123456789\n\t()\"/\\🙂😂\u200b\u0301\x00\ud7ff")
)


@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.one_of(st.text(max_size=200), st.text(_ALPHABET, max_size=120)))
def test_nothing_raises(text: str) -> None:
    found = assess(text)
    assert found.tier is None or found.tier in TIERS


@pytest.mark.parametrize(
    "odd", ["", " ", "\x00", "\ud800", "." * 5000, "a" * 50_000, "38,5" * 3000, "' ' '", "j'", "°°°"]
)
def test_odd_strings(odd: str) -> None:
    assess(odd)


@pytest.mark.parametrize("flag", ["ma mère convulse", "she can't breathe", "je veux me tuer", "38,9 sous chimio"])
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_flag_in_a_long_story_is_found(flag: str, share: float) -> None:
    before = (STORY * 25)[: int(4000 * share)]
    after = (STORY * 25)[: int(4000 * (1 - share))]
    assert assess(f"{before}\n{flag}\n{after}").tier is not None
    assert assess(before + after).tier is None


def milliseconds(messages: list[str], rounds: int = 20) -> list[float]:
    """Processor time of every single assessment, ascending, in ms; other processes on the machine do not count."""
    warm_up()
    times: list[float] = []
    for _ in range(rounds):
        for message in messages:
            start = time.thread_time()
            assess(message)
            times.append((time.thread_time() - start) * 1000)
    return sorted(times)


def test_fast_enough() -> None:
    times = milliseconds(ORDINARY)
    assert times[int(len(times) * 0.95)] < 2


def test_the_same_message_means_the_same_in_every_process() -> None:
    script = (
        "import json, sys; from bot.safety.detector import assess; "
        "print(json.dumps([[a.tier, a.third_person, sorted(a.excused)] for a in map(assess, json.loads(sys.argv[1]))]))"
    )
    messages = [
        "J'ai donné mon chien à ma sœur. Tout est rangé, les papiers sont en ordre.",
        "Gave away my tools and got my affairs in order.",
        "no fever but shaking, and mum says she wants to die",
    ]
    found = {
        subprocess.run(
            [sys.executable, "-c", script, json.dumps(messages)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1
