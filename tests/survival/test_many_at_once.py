"""Fifty conversations raise a flag within one second: fifty replies, fifty alerts, fifty pages."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.survival.scene import Scene, assert_safety_first, until

pytestmark = pytest.mark.server

MESSAGES = {
    "fr": "j ai 39 de fievre sous chimio et je grelotte",
    "en": "I have a fever of 39 on chemo and I am shivering",
}
CONVERSATIONS = 50


def test_fifty_within_a_second(scene: Scene) -> None:
    began: list[float] = []

    def flag(number: int) -> tuple[str, str, list[dict[str, Any]]]:
        language = "fr" if number % 2 else "en"
        sender = f"many-{number:02}"
        began.append(time.monotonic())
        return sender, language, scene.say(sender, MESSAGES[language])

    with ThreadPoolExecutor(CONVERSATIONS) as pool:
        replies = list(pool.map(flag, range(CONVERSATIONS)))
    assert max(began) - min(began) < 1.0
    for sender, language, reply in replies:
        assert_safety_first(reply, language, "E1")
        assert {message["recipient_id"] for message in reply} == {sender}
    found = scene.rows("SELECT id, conversation_id FROM alerts WHERE conversation_id LIKE 'many-%'")
    assert len(found) == CONVERSATIONS
    assert len({row["conversation_id"] for row in found}) == CONVERSATIONS
    for row in found:
        until(lambda row=row: scene.receiver.pages_of(row["id"]), within=20)
    time.sleep(1.0)
    assert [len(scene.receiver.pages_of(row["id"])) for row in found] == [1] * CONVERSATIONS
