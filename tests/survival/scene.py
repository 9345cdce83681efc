"""One product that may be broken in every way: its servers, its watchdog, its database and who gets its pages."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import json
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import Product, Server, make_product
from tests.survival.stand_ins import Receiver, Watchdog, is_up

# Topics and lists of the article; a "yes, but first the numbers" never holds one of these.
ANSWERS = (
    "utter_what_is utter_causes utter_which_cancers utter_new_treatments utter_cure_prognosis utter_treatment "
    "utter_clinical_significance utter_clinical_trials utter_targeted_therapy utter_immunotherapy "
    "utter_palliative_care utter_patient_resources utter_resources utter_trials utter_compare"
).split()
# What of a Python failure must never be in a log.
TRACES = ("Traceback (most recent call last)", 'File "/', "locals ─")


def until(what: Callable[[], Any], within: float = 15.0, every: float = 0.05) -> Any:
    """Wait for a true value and return it; fails after ``within`` seconds."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(every)
    raise AssertionError(f"It did not happen within {within} s.")


class Scene:
    """The product, its watchdog, and the receiver of its pages; all of them work until a test breaks them."""

    def __init__(self, folder: Path) -> None:
        self.receiver = Receiver()
        self.receiver.start()
        self.product: Product = make_product(
            folder,
            REPERE_DUTY_HOURS="24/7",
            REPERE_PAGE_WEBHOOK_URL=f"http://127.0.0.1:{self.receiver.port}/page",
            REPERE_PAGE_WEBHOOK_SECRET="secret-of-the-receiver",
            REPERE_PAGE_TIMEOUT="1.0",
            REPERE_PAGE_BACKOFF="0.4",
            REPERE_PAGE_MAX_ATTEMPTS="4",
            REPERE_WATCHDOG_INTERVAL="0.2",
            REPERE_ACTION_TIMEOUT="4.0",
            REPERE_MESSAGES_PER_MINUTE="60",
            # The words to a patient who waits are tested with the watchdog; here they would come in between.
            REPERE_PAGE_AGAIN_AFTER="3600",
            REPERE_PAGE_SECOND_AFTER="3600",
            REPERE_TELL_PATIENT_AFTER="3600",
            REPERE_UNANSWERED_AFTER="3600",
        )
        self.watchdog = Watchdog(self.product.environment, folder / "watchdog.log")
        self.path = Path(self.product.database_url.removeprefix("sqlite:///"))
        self.spool = folder / "var" / "spool"
        limits = httpx.Limits(max_connections=300, max_keepalive_connections=0)
        self._client = httpx.Client(timeout=60.0, limits=limits)
        self.logs = (self.product.bot.log, self.product.actions.log, self.watchdog.log)

    def work(self) -> None:
        """Bring everything (back) to work."""
        self.receiver.work()
        self.watchdog.start()
        servers = (self.product.actions, self.product.bot)
        with ThreadPoolExecutor() as pool:
            list(pool.map(Server.start, [server for server in servers if not is_up(server.process)]))

    def stop(self) -> None:
        """End everything."""
        self._client.close()
        self.watchdog.kill()
        self.product.stop()
        self.receiver.stop()

    def say(self, sender: str, text: str, **more: Any) -> list[dict[str, Any]]:
        """One message over REST."""
        # As JSON with escapes: UTF-8 could not hold some of the messages.
        answer = self.post(json.dumps({"sender": sender, "message": text, **more}).encode("ascii"))
        answer.raise_for_status()
        return list(answer.json())

    def post(self, content: bytes) -> httpx.Response:
        """A body as it stands. The one client is quick: making one for each message takes longer than sending it."""
        return self._client.post(f"{self.product.bot.base}/webhooks/rest/webhook", content=content)

    def burst(self, messages: Sequence[tuple[str, str]]) -> list[list[dict[str, Any]]]:
        """Messages (sender, text) sent at once, whatever else the machine has to do; the replies in the same order.

        All connections stand before the first byte goes out, and nothing is read before the last one has.
        """
        address = ("127.0.0.1", self.product.bot.port)
        lines = [socket.create_connection(address, timeout=120) for _ in messages]
        began = time.monotonic()
        for line, (sender, text) in zip(lines, messages):
            line.sendall(_request({"sender": sender, "message": text}))
        assert time.monotonic() - began < 1.0
        return [_answer(line) for line in lines]

    def rows(self, query: str, *values: Any) -> list[Any]:
        """Rows of the database, read beside the product."""
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(query, values).fetchall()

    def alerts(self, sender: str) -> list[Any]:
        """The alerts of a conversation, oldest first."""
        return self.rows("SELECT * FROM alerts WHERE conversation_id = ? ORDER BY id", sender)

    def user_events(self, sender: str) -> list[str]:
        """Texts of the patient's messages in the stored transcript."""
        found = self.rows(
            "SELECT data FROM events WHERE conversation_id = ? AND type_name = 'user' ORDER BY id", sender
        )
        return [json.loads(row["data"])["text"] for row in found]

    def unhandled(self) -> int:
        """Messages in the inbox that nobody has answered."""
        return int(self.rows("SELECT COUNT(*) AS n FROM inbox WHERE handled_at IS NULL")[0]["n"])

    def settled(self, sender: str, within: float = 15.0) -> None:
        """Wait until the conversation's last turn is stored, and nothing waits in spool or inbox."""
        until(
            lambda: not list(self.spool.glob("*.jsonl")) and not self.unhandled() and self.user_events(sender), within
        )

    def paged(self, alert_id: int, within: float = 20.0) -> None:
        """Wait for the alert's page."""
        until(lambda: self.receiver.pages_of(alert_id), within)

    def alerted(self, sender: str) -> None:
        """Wait for the conversation's first alert."""
        until(lambda: self.alerts(sender))

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else can write to the database meanwhile."""
        other = sqlite3.connect(self.path, isolation_level=None, timeout=30)
        other.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            other.rollback()
            other.close()

    @contextlib.contextmanager
    def gone(self) -> Iterator[None]:
        """There is no database meanwhile, neither to write nor to read."""
        names = [self.path.name + end for end in ("", "-wal", "-shm")]
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                (self.path.parent / name).rename(self.path.parent / f"away-{name}")
        self.path.mkdir()
        try:
            yield
        finally:
            self.path.rmdir()
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    (self.path.parent / f"away-{name}").rename(self.path.parent / name)

    def log_text(self) -> str:
        """Everything the processes printed."""
        return "\n".join(log.read_text(encoding="utf-8", errors="replace") for log in self.logs if log.exists())


def _request(body: dict[str, Any]) -> bytes:
    content = json.dumps(body).encode("ascii")
    head = "POST /webhooks/rest/webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


def _answer(line: socket.socket) -> list[dict[str, Any]]:
    with line, http.client.HTTPResponse(line) as answer:
        answer.begin()
        assert answer.status == 200, answer.status
        return list(json.loads(answer.read()))


def actions(reply: list[dict[str, Any]]) -> list[str]:
    """The responses of a reply, in order."""
    return [str(message.get("utter_action") or "") for message in reply]


def assert_safety_first(reply: list[dict[str, Any]], language: str | None = None, tier: str | None = None) -> None:
    """The reply begins with a safety block with the number, and holds no answer of the article."""
    said = actions(reply)
    assert said, "silence"
    assert said[0].startswith("utter_safety_"), said
    assert tier is None or said[0] == f"utter_safety_{tier}", said
    assert not [name for name in said if name.startswith(tuple(ANSWERS))], said
    assert "112" in reply[0]["text"], reply[0]["text"]
    assert "{" not in "".join(message["text"] for message in reply)
    assert language is None or reply[0]["metadata"]["lang"] == language, reply[0]["metadata"]
