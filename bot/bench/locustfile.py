"""What locust runs: patients who each lead their own conversation. Made and read by :mod:`bot.bench.load`.

``REPERE_BENCH_TEXTS``: a JSON file with the messages. ``REPERE_BENCH_PACE``: seconds from one message of a patient to
the next, 0 for no pause.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import time
from pathlib import Path

from locust import FastHttpUser, task

TEXTS: list[str] = json.loads(Path(os.environ["REPERE_BENCH_TEXTS"]).read_text(encoding="utf-8"))
PACE = float(os.environ["REPERE_BENCH_PACE"])
TURNS = 10


class Patient(FastHttpUser):
    """Sends one message after the other; a new conversation every ten.

    By locust's lighter client: the other takes 2 ms of a message to itself, a fifth of what is measured.
    """

    def on_start(self) -> None:
        """Begin somewhere in the list and in the pause, so that patients neither say the same nor write in step."""
        self._next = random.randrange(len(TEXTS))
        self._sender = ""
        time.sleep(random.uniform(0, PACE))
        self._due = time.time()

    def wait_time(self) -> float:
        """Seconds to the next message: locust's own pacing counts from the start of all, and would bring them into step."""
        self._due = max(self._due + PACE, time.time())
        return self._due - time.time()

    @task
    def write(self) -> None:
        """One message; a reply without lines is a failure."""
        if self._next % TURNS == 0 or not self._sender:
            self._sender = secrets.token_hex(8)
        body = {"sender": self._sender, "message": TEXTS[self._next % len(TEXTS)]}
        self._next += 1
        with self.client.post("/webhooks/rest/webhook", json=body, catch_response=True) as reply:
            if reply.status_code != 200 or not reply.json():
                reply.failure("no reply")
