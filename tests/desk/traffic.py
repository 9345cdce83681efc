"""Rows of made-up conversations: about twenty events each, in the shapes and sizes that Rasa writes.

Messages are the project's own training messages, answers are stand-ins. The same seed makes the same rows.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import yaml

from bot.content.topics import load_topics
from bot.dialogue.handoff import queue_urgency, reason_for
from bot.safety.tiers import PAGED

DATA = Path(__file__).resolve().parents[2] / "data" / "nlu"
DAY = 86400.0
CHANNELS = ("widget", "widget", "widget", "telegram", "messenger")
TIERS = ("E0", "E1", "E1", "E2", "E2", "C1", "C2", "C3", "C3", "C4", "C4", "C5", "C6")
NAMES = {"fr": " je m'appelle Camille", "en": " my name is Sam"}


def examples() -> dict[str, list[tuple[str, str]]]:
    """(intent, text) by language, from the training files."""
    found: dict[str, list[tuple[str, str]]] = {"fr": [], "en": []}
    for path in sorted(DATA.glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8")).get("nlu") or ():
            language = (block.get("metadata") or {}).get("language", "fr")
            lines = [line[2:].strip() for line in block["examples"].splitlines() if line.startswith("- ")]
            found[language] += [(block["intent"], line) for line in lines]
    return found


class Maker:
    """Makes conversations. ``now``: epoch seconds of the newest."""

    def __init__(self, seed: int, now: float, days: float) -> None:
        self.random = random.Random(seed)
        self.now, self.days = now, days
        self.examples = examples()
        self.topics = load_topics()
        self.turn_id = 0
        self.alert_id = 0

    def conversation(self, number: int) -> dict[str, list[dict[str, Any]]]:
        """Rows of one conversation by table."""
        pick = self.random
        language = pick.choice(("fr", "fr", "fr", "en", "en"))
        identity = f"{number:07d}{pick.getrandbits(64):016x}"
        channel = pick.choice(CHANNELS)
        at = self.now - pick.random() * self.days * DAY - 3600
        row = {
            "id": identity,
            "channel": channel,
            "language": language,
            "country": pick.choice(("fr", "be", "ca", None)),
            "state": "bot",
            "created_at": at,
            "answered": 0,
            "clarified": 0,
            "fallbacks": 0,
            "escalations": 0,
            "turns": 0,
            "lowest_confidence": 1.0,
            "last_topic": None,
            "paused": False,
            "version": 1,
            "review": pick.choices(("unread", "reviewed", "todo", "flagged"), (80, 15, 3, 2))[0],
            "slots": {"language": language, "session_started_metadata": None},
            "owner_id": None,
            "reason": None,
            "tier": None,
            "urgency": None,
            "asked_at": None,
            "waiting_since_at": None,
            "claimed_at": None,
            "closed_at": None,
            "outcome": None,
            "active_loop": None,
            "erased_at": None,
        }
        made: dict[str, list[dict[str, Any]]] = {
            "conversations": [row],
            "events": [],
            "turns": [],
            "alerts": [],
            "pages": [],
            "ratings": [],
            "judgements": [],
            "tags": [],
        }
        self._events(
            made,
            identity,
            at,
            ("action", "action_session_start"),
            ("session_started", None),
            ("action", "action_listen"),
        )
        for _ in range(max(1, round(pick.gauss(4, 2)))):
            at += pick.uniform(8, 90)
            at = self._turn(made, row, at, number)
        row["last_at"] = at
        if pick.random() < 0.04:
            made["tags"].append(
                {"conversation_id": identity, "tag_id": pick.randint(1, 6), "staff_id": 1, "created_at": at}
            )
        return made

    def _turn(self, made: dict[str, list[dict[str, Any]]], row: dict[str, Any], at: float, number: int) -> float:
        pick = self.random
        language = row["language"]
        intent, text = pick.choice(self.examples[language])
        if pick.random() < 0.02:
            text += NAMES[language]
        confidence = min(1.0, max(0.05, pick.gauss(0.8, 0.2)))
        outcome = "answer" if confidence > 0.6 else pick.choice(("clarify", "fallback", "answer"))
        tier = pick.choice(TIERS) if pick.random() < 0.012 else None
        outcome = "escalate" if tier else outcome
        topic = self.topics.topic_of(intent, row["last_topic"]) if outcome == "answer" else None
        self.turn_id += 1
        message_id = f"{row['id']}-{row['turns']}"
        replied = at + pick.uniform(0.02, 0.4)
        parsed = {
            "intent": {"name": intent, "confidence": confidence},
            "entities": [],
            "text": text,
            "message_id": message_id,
            "metadata": {"channel": row["channel"]},
            "text_tokens": [[0, 3], [4, 9]],
            "intent_ranking": [{"name": name, "confidence": 0.05} for name in ("causes", "what_is", "greet", "thanks")],
            "outcome_gate": {"outcome": outcome, "confidence": confidence, "options": []},
            "language": {"detected": language, "confidence": 0.98},
        }
        user = {
            "event": "user",
            "timestamp": at,
            "metadata": {"model_id": "0" * 32},
            "text": text,
            "parse_data": parsed,
            "input_channel": row["channel"],
            "message_id": message_id,
        }
        bot = {
            "event": "bot",
            "timestamp": replied,
            "metadata": {"utter_action": f"utter_{intent}"},
            "text": f"[{intent}] " + "… " * 90,
            "data": {
                "elements": None,
                "quick_replies": None,
                "buttons": [
                    {"title": "Plus", "payload": "/tell_more"},
                    {"title": "Plus simplement", "payload": "/simplify"},
                ],
                "attachment": None,
                "image": None,
                "custom": None,
            },
        }
        self._store(made, row["id"], user, intent)
        self._store(made, row["id"], bot, None)
        self._events(
            made, row["id"], replied, ("action", f"utter_{intent}"), ("action", "action_listen"), ("slot", "topic")
        )
        made["turns"].append(
            {
                "id": self.turn_id,
                "conversation_id": row["id"],
                "message_id": message_id,
                "at": at,
                "language": language,
                "text": text,
                "intent": intent,
                "confidence": confidence,
                "outcome": outcome,
                "topic": topic,
                "options": None,
                "tier": tier,
                "ms": (replied - at) * 1000,
            }
        )
        row["turns"] += 1
        counted = {"answer": "answered", "clarify": "clarified", "fallback": "fallbacks", "escalate": "escalations"}
        row[counted[outcome]] += 1
        row["lowest_confidence"] = min(row["lowest_confidence"], confidence)
        row["last_topic"] = topic or row["last_topic"]
        if tier:
            self._alert(made, row, at, tier, message_id)
        if outcome == "answer" and pick.random() < 0.15:
            made["ratings"].append(
                {
                    "conversation_id": row["id"],
                    "utterance_id": message_id,
                    "topic": topic,
                    "language": language,
                    "useful": pick.random() < 0.78,
                    "created_at": at,
                }
            )
        if pick.random() < 0.004:
            made["judgements"].append(
                {
                    "turn_id": self.turn_id,
                    "conversation_id": row["id"],
                    "verdict": "wrong_topic",
                    "expected": "causes",
                    "comment": None,
                    "staff_id": 1,
                    "created_at": at,
                    "updated_at": at,
                    "exported_at": None,
                }
            )
        return replied

    def _alert(
        self, made: dict[str, list[dict[str, Any]]], row: dict[str, Any], at: float, tier: str, message_id: str
    ) -> None:
        pick = self.random
        self.alert_id += 1
        # The newest ones still wait; the others were taken after seconds or minutes.
        waits = self.now - at < 3 * 3600 and row["state"] == "bot"
        claimed = None if waits else at + pick.expovariate(1 / 150)
        made["alerts"].append(
            {
                "id": self.alert_id,
                "message_id": message_id,
                "conversation_id": row["id"],
                "tier": tier,
                "layer": 1,
                "evidence": [{"rule": "made.up", "source": "", "text": "…"}],
                "language": row["language"],
                "country": row["country"],
                "channel": row["channel"],
                "created_at": at,
                "claimed_at": claimed,
                "claimed_by": None if waits else 1,
                "resolved_at": None if waits else at + 1800,
                "outcome": None if waits else "answered",
                "withdrawn_at": None,
                "told_stage": 0,
                "unanswered_at": at + 600 if claimed and claimed - at > 600 else None,
                "told_truth": None,
                "telling_until": None,
                "page_failed_at": None,
                "erased_at": None,
            }
        )
        if tier in PAGED:
            made["pages"].append(
                {
                    "alert_id": self.alert_id,
                    "kind": "webhook",
                    "level": "first",
                    "stage": 0,
                    "due_at": at,
                    "attempts": 1,
                    "next_attempt_at": at,
                    "delivered_at": at + 1,
                    "given_up_at": None,
                    "error": None,
                }
            )
        if waits:
            row.update(
                state="waiting", tier=tier, reason=reason_for(tier), urgency=queue_urgency(tier), waiting_since_at=at
            )

    def _events(
        self, made: dict[str, list[dict[str, Any]]], identity: str, at: float, *events: tuple[str, str | None]
    ) -> None:
        for kind, name in events:
            event = {
                "event": kind,
                "timestamp": at,
                "metadata": {"model_id": "0" * 32},
                "name": name,
                "policy": None,
                "confidence": 1.0,
                "action_text": None,
                "hide_rule_turn": False,
                "value": None,
            }
            self._store(made, identity, event, None)

    def _store(
        self, made: dict[str, list[dict[str, Any]]], identity: str, event: dict[str, Any], intent: str | None
    ) -> None:
        made["events"].append(
            {
                "conversation_id": identity,
                "timestamp": event["timestamp"],
                "type_name": event["event"],
                "intent_name": intent,
                "action_name": event.get("name"),
                "data": json.dumps(event),
            }
        )
