"""REST channel for tests, benchmarks and trusted back ends on the same machine; not exposed to patients."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.inlet import Handler, Inbound, Inlet
from bot.settings import get_settings

MAX_SENDER = 64


class MessageCollector(CollectingOutputChannel):
    """Collects whole messages: text, buttons and metadata, paragraphs kept together."""

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one message of the bot."""
        kept = {"recipient_id": recipient_id, "text": message.get("text") or ""}
        kept.update({key: message[key] for key in ("buttons", "metadata", "custom") if message.get(key)})
        if message.get("utter_action"):
            kept["utter_action"] = message["utter_action"]
        self.messages.append(kept)


class RestInput(InputChannel):
    """``POST /webhooks/rest/webhook`` {sender, message, message_id?, metadata? {language, country}} → list of messages."""

    def __init__(self) -> None:
        self._settings = get_settings()
        self._inlet = Inlet(self._settings)

    @classmethod
    def name(cls) -> str:
        """Name in addresses and events."""
        return "rest"

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """The channel's routes."""
        hook = Blueprint("repere_rest", "repere_rest")

        @hook.listener("after_server_start")
        async def recover(_: Any, loop: Any) -> None:
            async def later() -> None:
                await asyncio.sleep(1)
                await self._inlet.recover(self.name(), on_new_message, lambda _: MessageCollector())

            self._recovery = loop.create_task(later())

        @hook.route("/", methods=["GET"])
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @hook.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            try:
                body = request.json
            except Exception:
                body = None
            problem = _problem(body)
            if problem:
                return response.json({"error": problem}, status=400)
            return response.json(await self._answer(body, on_new_message))

        return hook

    async def _answer(self, body: dict[str, Any], on_new_message: Handler) -> list[dict[str, Any]]:
        metadata = body.get("metadata") if isinstance(body.get("metadata"), dict) else {}
        message = Inbound(
            conversation_id=body["sender"],
            text=body["message"],
            channel=self.name(),
            message_id=str(body.get("message_id") or uuid.uuid4().hex)[:64],
            language=metadata.get("language") if metadata else None,
            country=metadata.get("country") if metadata else None,
        )
        collector = MessageCollector()
        accepted = await self._inlet.accept(message)
        if accepted.state == "refused":
            await collector.send_response(message.conversation_id, {"text": accepted.reply})
        elif accepted.state == "new":
            await self._inlet.handle(message, accepted.text, on_new_message, collector)
        return collector.messages


def _problem(body: Any) -> str | None:
    if not isinstance(body, dict):
        return "The body is no JSON object."
    if not isinstance(body.get("sender"), str) or not 0 < len(body["sender"]) <= MAX_SENDER:
        return f"'sender' must be a text of 1 to {MAX_SENDER} characters."
    if not isinstance(body.get("message"), str):
        return "'message' must be a text."
    return None
