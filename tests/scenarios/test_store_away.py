"""A comment that cannot be stored: the patient is told, the text is kept, and sent with one tap once it can be."""

from __future__ import annotations

import uuid

import pytest

from bot.evaluation.engine import Engine, Reply
from tests.scenarios.conftest import Away

pytestmark = [pytest.mark.engine, pytest.mark.asyncio(loop_scope="session")]
WORDS = {
    "fr": (
        "Je voudrais laisser un commentaire",
        "Cet article m’a beaucoup aidée",
        "Oui",
        "réessayez plus tard",
        "Merci.",
    ),
    "en": ("I would like to leave a comment", "This article helped me a lot", "Yes", "try again later", "Thank you."),
}


def said(reply: Reply) -> str:
    return "\n".join(str(message.get("text")) for message in reply.messages)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("again", ["tapped", "asked for anew"])
async def test_a_comment_while_the_database_is_away(talk: Engine, store_away: Away, language: str, again: str) -> None:
    sender = uuid.uuid4().hex
    begin, text, yes, failed, sent = WORDS[language]
    for message in (begin, text, "/skip"):
        reply = await talk.say(sender, message)
    with store_away():
        reply = await talk.say(sender, yes)
        assert failed in said(reply)
        assert reply.slots["comment_text"] == text
        # Still away, and still told.
        assert failed in said(await talk.say(sender, "/affirm"))
    if again == "tapped":
        reply = await talk.say(sender, "/affirm")
    else:
        assert text in said(await talk.say(sender, begin))
        reply = await talk.say(sender, yes)
    assert sent in said(reply)
    assert reply.slots["comment_text"] is None


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_forgetting_is_never_claimed_while_the_database_is_away(
    talk: Engine, store_away: Away, language: str
) -> None:
    sender = uuid.uuid4().hex
    await talk.say(sender, {"fr": "Effacez mes données", "en": "Delete my data"}[language])
    with store_away():
        reply = await talk.say(sender, WORDS[language][2])
    assert [message.get("utter_action") for message in reply.messages] == ["utter_erase_failed"]


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_a_request_for_a_person_is_never_confirmed_while_the_database_is_away(
    talk: Engine, store_away: Away, language: str
) -> None:
    asked = {"fr": "Je voudrais parler à une personne", "en": "I would like to talk to a person"}[language]
    with store_away():
        reply = await talk.say(uuid.uuid4().hex, asked)
    assert [message.get("utter_action") for message in reply.messages] == ["utter_welcome", "utter_technical_problem"]


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_danger_is_answered_and_nobody_is_claimed_to_know_while_the_database_is_away(
    talk: Engine, store_away: Away, language: str
) -> None:
    said_in = {"fr": "J’ai 39 de fièvre et je suis sous chimio", "en": "I have a fever of 39 and I am on chemo"}[
        language
    ]
    with store_away():
        reply = await talk.say(uuid.uuid4().hex, said_in)
    names = [str(message.get("utter_action")) for message in reply.messages]
    assert names[0] == "utter_safety_E1"
    assert not {"utter_staff_told", "utter_staff_alerted"} & set(names)
