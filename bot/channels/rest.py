"""REST channel for tests, benchmarks and trusted back ends on the same machine; not exposed to patients."""

from __future__ import annotations

import asyncio
import functools
from collections import OrderedDict
from collections.abc import Coroutine, Mapping
from datetime import datetime
from typing import Any, Final

import structlog
from rasa.core.channels.channel import CollectingOutputChannel, InputChannel
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.channels.inlet import Handler, Inbound, Inlet
from bot.channels.rest_messages import MAX_ID, MAX_SENDER, message_in
from bot.channels.spooled import FLUSH_EVERY, brought_in, keep_flushed
from bot.errors import MessageRefused, StoreError
from bot.settings import get_settings
from bot.store import unanswered
from bot.store.columns import now
from bot.store.models import InboxMessage
from bot.store.replies import replies_to
from bot.store.runner import StoreRunner

__all__ = ["MAX_ID", "MAX_SENDER", "MessageCollector", "RestInput"]

log = structlog.get_logger(__name__)

Messages = list[dict[str, Any]]
# Answers remembered for senders who try again; older ones are read from the store.
REMEMBERED: Final = 500


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
    """``POST /webhooks/rest/webhook`` {sender, message, message_id?, metadata? {language, country}} → list of messages.

    A message sent again under its ``message_id`` is handled once; the sender gets the same messages again.
    """

    def __init__(self) -> None:
        self._settings = get_settings()
        self._runner = StoreRunner(self._settings.store_url)
        self._inlet = Inlet(self._settings, self._runner)
        self._answers: OrderedDict[str, asyncio.Task[Messages]] = OrderedDict()
        self._beside: list[asyncio.Task[None]] = []

    @classmethod
    def name(cls) -> str:
        """Name in addresses and events."""
        return "rest"

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """The channel's routes."""
        hook = Blueprint("repere_rest", "repere_rest")

        @hook.listener("after_server_start")
        async def begin(*_: Any) -> None:
            self.start(on_new_message)

        @hook.listener("before_server_stop")
        async def end(*_: Any) -> None:
            self.stop()

        @hook.route("/", methods=["GET"])
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @hook.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            try:
                message = message_in(_body(request), self.name())
            except MessageRefused as refusal:
                return response.json({"error": str(refusal)}, status=400)
            return response.json(await self.answer(message, on_new_message))

        return hook

    def start(self, handler: Handler) -> None:
        """Bring in what the spool kept, and have answered what a stopped server left, beside the messages that come."""
        loop = asyncio.get_running_loop()
        self._beside = [
            loop.create_task(keep_flushed(self._settings.store_url)),
            loop.create_task(self._recover(handler, now())),
        ]

    def stop(self) -> None:
        """End what :meth:`start` began."""
        for task in self._beside:
            task.cancel()

    async def answer(self, message: Inbound, handler: Handler) -> Messages:
        """What the bot says to ``message``; sent again, the same once more."""
        known = self._answers.get(message.message_id)
        if known is None:
            known = self._begin(message.message_id, self._take_in(message, handler))
        # Sanic cancels the request of a sender who hangs up; the turn goes on, and its answer waits here.
        return await asyncio.shield(known)

    async def _take_in(self, message: Inbound, handler: Handler) -> Messages:
        accepted = await self._inlet.accept(message)
        if accepted.state == "refused":
            self._answers.pop(message.message_id, None)
            return [{"recipient_id": message.conversation_id, "text": accepted.reply}]
        if accepted.state == "again":
            return await self._said(message)
        return await self._handle(message, accepted.text, handler)

    async def _handle(self, message: Inbound, text: str, handler: Handler) -> Messages:
        collector = MessageCollector()
        if not await self._inlet.handle(message, text, handler, collector):
            self._answers.pop(message.message_id, None)
        return list(collector.messages)

    async def _said(self, message: Inbound) -> Messages:
        """What was answered the first time."""
        collector = MessageCollector()
        try:
            found = await self._runner.read(
                lambda session: replies_to(session, message.conversation_id, message.message_id), insist=True
            )
        except StoreError:
            self._answers.pop(message.message_id, None)
            found = []
        for line in found:
            await collector.send_response(message.conversation_id, line)
        return list(collector.messages)

    async def _recover(self, handler: Handler, started: datetime) -> None:
        """Have answered what nobody answered, for who asks again: at the start, then from time to time."""
        await brought_in(self._settings.store_url)
        # With a Redis there are other servers, and what was not answered yet may be theirs.
        stopped_before = None if self._settings.redis_url else started
        while True:
            claim = functools.partial(unanswered.claim, channel=self.name(), stopped_before=stopped_before)
            try:
                left = await self._runner.write(claim)
            except Exception as error:
                if not isinstance(error, StoreError):
                    log.error("rest.recovery_failed", kind=type(error).__name__)
                await asyncio.sleep(FLUSH_EVERY)
                continue
            stopped_before = None
            self._take_up(left, handler)
            await asyncio.sleep(unanswered.ROUND)

    def _take_up(self, left: list[InboxMessage], handler: Handler) -> None:
        for row in left:
            if row.message_id not in self._answers:
                message = Inbound.of_row(row)
                self._begin(row.message_id, self._handle(message, message.text, handler))
        if left:
            log.warning("rest.recovered", messages=len(left))

    def _begin(self, message_id: str, answer: Coroutine[Any, Any, Messages]) -> asyncio.Task[Messages]:
        task = asyncio.get_running_loop().create_task(answer)
        self._answers[message_id] = task
        while len(self._answers) > REMEMBERED:
            oldest = next(iter(self._answers))
            if not self._answers[oldest].done():
                break
            del self._answers[oldest]
        return task


def _body(request: Request) -> Mapping[str, Any]:
    try:
        body = request.json
    except Exception as error:  # Sanic raises its own kinds for what is no JSON
        raise MessageRefused("The body is no JSON object.") from error
    if not isinstance(body, dict):
        raise MessageRefused("The body is no JSON object.")
    return body
