"""The widget's side of socket.io: who may join, what they may say, and what they get to see.

client → server, each acknowledged: ``message`` {id, text|payload, …} → {ok} once it is stored; ``sync`` {after}
→ {ok, prev, seq, lines}; ``received`` {at, seen}; ``erase`` {} → {ok, flagged}.
server → client: ``line`` at once; ``lines`` {prev, seq, lines} when they are stored; ``typing`` {on, from}; ``token``
with a fresh pass; ``wiped`` when the chat erased what was stored; ``erased`` {flagged} when another tab ended it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, Final

import structlog
from socketio import AsyncServer
from socketio.exceptions import ConnectionRefusedError as Refuse

from bot.channels.inlet import Accepted, Handler, Inbound
from bot.channels.limits import RateLimit
from bot.channels.widget_erase import erase
from bot.channels.widget_inlet import WidgetInlet, inbound
from bot.channels.widget_lines import own
from bot.channels.widget_origins import address_of
from bot.channels.widget_output import WidgetOutput
from bot.channels.widget_recovery import claim
from bot.channels.widget_replay import lines_after, place
from bot.channels.widget_tokens import TokenRefused, Tokens
from bot.channels.widget_turns import Turns
from bot.errors import MessageRefused, StoreError
from bot.safety.detector import assess
from bot.safety.tiers import ESCALATED
from bot.settings import Settings
from bot.store import widget_receipts
from bot.store.conversations import log_key
from bot.store.runner import StoreRunner

log = structlog.get_logger(__name__)

# One address may be a whole hospital: it gets this many times what one conversation gets.
_SHARED_ADDRESS: Final = 10
_CONNECTIONS_PER_MINUTE: Final = 240
# Requests for lines, receipts and the like, per conversation; all tabs of a patient together stay far below.
_REQUESTS_PER_MINUTE: Final = 240

Answer = dict[str, Any]


class WidgetSocket:
    """Handlers of one socket.io server. ``handler``: Rasa's ``on_new_message``."""

    def __init__(
        self, server: AsyncServer, handler: Handler, settings: Settings, tokens: Tokens, runner: StoreRunner
    ) -> None:
        self._server = server
        self._handler = handler
        self._settings = settings
        self._tokens = tokens
        self._runner = runner
        self._inlet = WidgetInlet(settings, runner)
        self._turns = Turns()
        self._connections = RateLimit(_CONNECTIONS_PER_MINUTE)
        self._addresses = RateLimit(settings.messages_per_minute * _SHARED_ADDRESS)
        self._requests = RateLimit(_REQUESTS_PER_MINUTE)
        for event in ("connect", "message", "sync", "received", "erase"):
            server.on(event, getattr(self, f"_on_{event}"))

    async def recover(self, stopped_before: datetime | None = None) -> int:
        """Answer messages that nobody answered (see :mod:`bot.channels.widget_recovery`); returns how many."""
        try:
            left = await self._runner.write(lambda session: claim(session, stopped_before=stopped_before))
        except StoreError:
            return 0
        for message in left:
            self._begin(message, message.text)
        if left:
            log.warning("widget.recovered", messages=len(left))
        return len(left)

    async def say(self, message: Inbound) -> Accepted:
        """Take a message in and have it answered: for the comment form, which has no socket of its own."""
        accepted = await self._inlet.accept(message)
        if accepted.state == "new":
            self._begin(message, accepted.text)
        return accepted

    async def close(self) -> None:
        """Wait a moment for the answers under way."""
        await self._turns.close()

    # --- events ---

    async def _on_connect(self, sid: str, environ: Mapping[str, Any], auth: Any) -> None:
        peer = getattr(environ.get("sanic.request"), "ip", "") or ""
        address = address_of(peer, environ.get("HTTP_X_FORWARDED_FOR"), self._settings.trusted_proxies)
        if not self._connections.allows(address):
            raise Refuse("refused", {"error": "too_many"})
        given = auth if isinstance(auth, Mapping) else {}
        try:
            found = self._tokens.read(given.get("token"), given.get("conversation"))
        except TokenRefused as refusal:
            log.info("widget.refused", reason=refusal.reason)
            raise Refuse("refused", {"error": refusal.reason}) from None
        await self._server.save_session(sid, {"pass": found, "address": address})
        await self._server.enter_room(sid, found.conversation)
        await self._freshen(sid)

    async def _on_message(self, sid: str, data: Any = None) -> Answer:
        session = await self._server.get_session(sid)
        conversation: str = session["pass"].conversation
        try:
            message = inbound(conversation, data, self._settings.default_country)
        except MessageRefused:
            return {"ok": False, "error": "malformed"}
        # The inlet limits conversations. Danger passes every limit.
        if not self._addresses.allows(session["address"]) and assess(message.text).tier not in ESCALATED:
            return self._too_many()
        if message.text.startswith("/"):
            # A button may be tapped before the line that shows it is stored; only then it counts as offered.
            await self._turns.settled(conversation)
        accepted = await self._inlet.accept(message)
        if accepted.state == "refused":
            if accepted.reason == "too_long":
                return {"ok": False, "error": "too_long", "text": accepted.reply}
            return self._too_many()
        if accepted.state == "new":
            line = own(conversation, message.message_id, message.text, message.metadata, at=_now())
            if line is not None:
                line["lang"] = message.language
                await self._server.emit("line", line, room=conversation, skip_sid=sid)
            self._begin(message, accepted.text)
        await self._freshen(sid)
        return {"ok": True}

    async def _on_sync(self, sid: str, data: Any = None) -> Answer:
        conversation = await self._conversation(sid)
        after = data.get("after") if isinstance(data, Mapping) else None
        if not self._requests.allows(conversation) or not isinstance(after, int) or isinstance(after, bool):
            return {"ok": False}
        try:
            batch = await self._runner.read(lambda session: lines_after(session, conversation, max(0, after)))
        except StoreError:
            return {"ok": False, "error": "unavailable"}
        return {"ok": True, **batch.as_dict()}

    async def _on_received(self, sid: str, data: Any = None) -> None:
        conversation = await self._conversation(sid)
        at = data.get("at") if isinstance(data, Mapping) else None
        if not self._requests.allows(conversation) or not isinstance(at, (int, float)):
            return
        seen = data.get("seen") is True
        try:
            await self._runner.write(lambda session: widget_receipts.note(session, conversation, float(at), seen=seen))
        except StoreError:
            log.warning("widget.receipt_lost", conversation=log_key(conversation))

    async def _on_erase(self, sid: str, data: Any = None) -> Answer:
        conversation = await self._conversation(sid)
        await self._turns.settled(conversation)
        try:
            flagged = await self._runner.write(lambda session: erase(session, conversation))
        except StoreError:
            return {"ok": False, "error": "unavailable"}
        await self._server.emit("erased", {"flagged": flagged}, room=conversation, skip_sid=sid)
        return {"ok": True, "flagged": flagged}

    # --- inside ---

    def _begin(self, message: Inbound, text: str) -> None:
        # A message sent again may still wait for its turn here.
        if not self._turns.knows(message.message_id):
            self._turns.begin(message.message_id, self._answer(message, text))

    async def _answer(self, message: Inbound, text: str) -> None:
        """Have Rasa answer; lines go out as they are said, and once more when they are stored."""
        conversation = message.conversation_id
        async with self._turns.of(conversation):
            before = await self._place(conversation)
            await self._server.emit("typing", {"on": True, "from": "bot"}, room=conversation)
            output = WidgetOutput(self._server, message.message_id, message.country)
            try:
                await self._inlet.handle(message, text, self._handler, output)
            finally:
                await self._server.emit("typing", {"on": False, "from": "bot"}, room=conversation)
            if before is not None:
                await self._confirm(conversation, before)

    async def _confirm(self, conversation: str, before: int) -> None:
        try:
            batch = await self._runner.read(lambda session: lines_after(session, conversation, before))
        except StoreError:
            return  # the tabs ask again by themselves
        if batch.lines:
            await self._server.emit("lines", batch.as_dict(), room=conversation)

    async def _place(self, conversation: str) -> int | None:
        try:
            return await self._runner.read(lambda session: place(session, conversation))
        except StoreError:
            return None

    async def _freshen(self, sid: str) -> None:
        """Whoever is here with an ageing token gets a fresh one, so that nobody is cut off while talking."""
        session = await self._server.get_session(sid)
        if not self._tokens.is_ageing(session["pass"]):
            return
        fresh = self._tokens.issue(session["pass"].conversation)
        await self._server.save_session(sid, {**session, "pass": fresh})
        await self._server.emit("token", {**fresh.as_dict(), "limit": self._settings.max_message_length}, room=sid)

    async def _conversation(self, sid: str) -> str:
        return str((await self._server.get_session(sid))["pass"].conversation)

    def _too_many(self) -> Answer:
        # The words are the widget's own, in the language it shows; it tries again by itself.
        return {"ok": False, "error": "too_many", "retry_after": max(2.0, 60.0 / self._settings.messages_per_minute)}


def _now() -> float:
    return datetime.now(timezone.utc).timestamp()
