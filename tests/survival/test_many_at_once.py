"""Fifty conversations raise a flag within one second: fifty replies, fifty alerts, fifty pages."""

from __future__ import annotations

import time

import pytest

from tests.survival.scene import Scene, assert_safety_first

pytestmark = pytest.mark.server

MESSAGES = {
    "fr": "j ai 39 de fievre sous chimio et je grelotte",
    "en": "I have a fever of 39 on chemo and I am shivering",
}
CONVERSATIONS = 50


def test_fifty_within_a_second(scene: Scene) -> None:
    languages = {f"many-{number:02}": "fr" if number % 2 else "en" for number in range(CONVERSATIONS)}
    replies = scene.burst([(sender, MESSAGES[language]) for sender, language in languages.items()])
    assert len(replies) == CONVERSATIONS
    for (sender, language), reply in zip(languages.items(), replies):
        assert_safety_first(reply, language, "E1")
        assert {message["recipient_id"] for message in reply} == {sender}
    found = scene.rows("SELECT id, conversation_id FROM alerts WHERE conversation_id LIKE 'many-%'")
    assert len(found) == CONVERSATIONS
    assert len({row["conversation_id"] for row in found}) == CONVERSATIONS
    for row in found:
        scene.paged(row["id"])
    time.sleep(1.0)
    assert [len(scene.receiver.pages_of(row["id"])) for row in found] == [1] * CONVERSATIONS
