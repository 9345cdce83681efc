"""A dialogue server that holds the real widget channel and a scripted bot instead of a trained model.

Started as a process of its own by :mod:`tests.widget_server`, so that it can be killed and restarted. The bot speaks
the domain's own texts and stores events as the tracker store does, once a turn is over.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import UserMessage, register
from rasa.shared.core.events import BotUttered, Event, UserUttered
from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy import select

from bot.channels.widget import WidgetInput
from bot.content.responses import load_responses
from bot.dialogue.rendering import render
from bot.settings import get_settings
from bot.store import database, inbox
from bot.store.models import EventRow

# The first word found in the message decides; each script is a list of responses of the domain.
SCRIPTS: dict[str, list[str]] = {
    "/useful": ["utter_useful"],
    "/not_useful": ["utter_not_useful"],
    "/leave_comment": ["utter_comment_ask_text"],
    "/ask_human": ["utter_handoff_requested"],
    "/clinical_trials": ["utter_clinical_trials"],
    "/targeted_therapy": ["utter_targeted_therapy"],
    "/erase_data": ["utter_erase_done"],
    "mourir": ["utter_safety_C3", "utter_staff_off_duty"],
    "want to die": ["utter_safety_C3", "utter_staff_off_duty"],
    "fièvre": ["utter_safety_E1"],
    "fever": ["utter_safety_E1"],
    "trait": ["utter_treatment_options"],
    "treat": ["utter_treatment_options"],
    "soutien": ["utter_patient_resources"],
    "support": ["utter_patient_resources"],
}


class ScriptedBot:
    """Stands where Rasa's agent stands."""

    def __init__(self) -> None:
        self.silent: set[str] = set()

    def is_ready(self) -> bool:
        return True

    async def handle_message(self, message: UserMessage) -> None:
        text = (message.text or "").lower()
        if "unanswerable" in text:
            raise RuntimeError("the bot fails")
        said: list[Event] = [
            UserUttered(
                message.text,
                message_id=message.message_id,
                metadata=message.metadata,
                input_channel=message.input_channel,
            )
        ]
        await asyncio.sleep(4 if "slowly" in text else 0.1)
        for name in await asyncio.to_thread(self._script, message.sender_id, text):
            said.append(_say(name, message.metadata or {}))
            await message.output_channel.send_response(message.sender_id, said[-1].message())
        if "crash now" in text:
            await asyncio.to_thread(_crash_once)
        await asyncio.to_thread(_store, message.sender_id, said)

    def _script(self, conversation: str, text: str) -> list[str]:
        found = next((names for word, names in SCRIPTS.items() if word in text), ["utter_what_is"])
        urgent = any("safety" in name for name in found)
        if conversation in self.silent:
            return found if urgent else []
        with database.session_scope(write=False) as session:
            first = not session.execute(select(EventRow.id).where(EventRow.conversation_id == conversation)).first()
        return ["utter_welcome", *found] if first and not urgent and not text.startswith("/") else found


def _crash_once() -> None:
    """Die when what was said is on screen and nothing of it is stored."""
    time.sleep(0.3)
    if not Path("crashed").exists():
        Path("crashed").touch()
        os._exit(9)


def _say(name: str, metadata: dict[str, Any]) -> BotUttered:
    language = metadata.get("language") or "fr"
    variations = [
        {
            "condition": [{"name": "language", "value": code}],
            "text": variation.text,
            "buttons": [{"title": button.title, "payload": button.payload} for button in variation.buttons],
        }
        for code, variation in load_responses()[name].variations.items()
    ]
    slots = {"language": language, "country": metadata.get("country"), "resume": "08:30"}
    message = render(name, variations, slots, {})
    text, buttons = message.pop("text"), message.pop("buttons")
    return BotUttered(text, {"buttons": buttons}, {**message, "utter_action": name})


def _store(conversation: str, said: list[Event]) -> None:
    with database.session_scope() as session:
        for event in said:
            data = event.as_dict()
            session.add(
                EventRow(
                    conversation_id=conversation,
                    timestamp=data["timestamp"],
                    type_name=data["event"],
                    data=json.dumps(data, default=str),
                )
            )
            session.flush()
            if data.get("message_id"):
                inbox.mark_handled(session, data["message_id"])


def application() -> Sanic:
    """The server: the channel, and what the desk uses to speak."""
    app = Sanic("widget_program", configure_logging=False)
    channel, bot = WidgetInput(), ScriptedBot()
    register([channel], app, "/webhooks/")
    app.ctx.agent = bot

    @app.post("/conversations/<conversation:str>/tracker/events")
    async def speak(request: Request, conversation: str) -> HTTPResponse:
        body = request.json
        event = BotUttered(body["text"], body.get("data"), body.get("metadata"))
        output = channel.get_output_channel()
        assert output is not None
        bot.silent.add(conversation)
        await output.send_response(conversation, event.message())
        await asyncio.to_thread(_store, conversation, [event])
        return response.json({"latest_event_time": event.timestamp})

    return app


if __name__ == "__main__":
    logging.getLogger("sanic.root").setLevel(logging.WARNING)
    application().run(host="127.0.0.1", port=get_settings().port, workers=1, access_log=False)
