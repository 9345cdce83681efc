"""From Rasa to every open tab of a conversation, through socket.io and, with several servers, through Redis."""

from __future__ import annotations

from typing import Any, Final

from rasa.core.channels.channel import OutputChannel
from socketio import AsyncServer

from bot.channels.widget_lines import spoken

NAME: Final = "widget"
# After this line the stored conversation is gone: tabs forget what they show before it.
_ERASED: Final = "utter_erase_done"


class WidgetOutput(OutputChannel):
    """Sends lines to the room that is named like the conversation.

    ``message_id``: the message that is being answered, None for lines that answer none (staff, watchdog).
    """

    def __init__(self, server: AsyncServer, message_id: str | None = None, country: str | None = None) -> None:
        self._server = server
        self._message_id = message_id
        self._country = country
        self._said = 0

    @classmethod
    def name(cls) -> str:
        """Name in addresses, events and channel-specific responses."""
        return NAME

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Send one message whole: its paragraphs stay together, its buttons under them."""
        self._said += 1
        turn = f"{self._message_id}:{self._said}" if self._message_id else None
        line = spoken(recipient_id, message, turn=turn, country=self._country)
        if line is None:
            return
        if message.get("utter_action") == _ERASED:
            await self._server.emit("wiped", {}, room=recipient_id)
        await self._server.emit("line", line, room=recipient_id)

    async def send_text_message(self, recipient_id: str, text: str, **kwargs: Any) -> None:
        """Send a bare text; Rasa itself goes through :meth:`send_response`."""
        await self.send_response(recipient_id, {**kwargs, "text": text})
