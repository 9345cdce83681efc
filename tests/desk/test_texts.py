"""Both languages say the same things; no template asks for a text that is not there."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest
import yaml

from bot.desk import audit_page, canned_page, texts
from bot.desk.rendering import environment
from bot.desk.roles import PERMISSIONS
from bot.dialogue.handoff import Outcome
from bot.errors import ContentError
from bot.safety.tiers import TIERS
from bot.store import judgements, remarks, review, staff

TEMPLATES = Path(texts.FOLDER) / "templates"


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_same_keys_and_placeholders_in_both_languages() -> None:
    french, english = texts.texts("fr"), texts.texts("en")
    assert french.keys == english.keys
    for key in french.keys:
        assert placeholders(french.get(key, "")) == placeholders(english.get(key, "")), key


def test_texts_differ_between_languages() -> None:
    french, english = texts.texts("fr"), texts.texts("en")
    same = {key for key in french.keys if french.get(key, "") == english.get(key, "")}
    allowed = {
        "nav.main",
        "conversation.title",
        "conversation.turns",
        "conversation.with",
        "privacy.turns",
        "staff.actions",
        "figures.conversations",
        "privacy.conversations",
        "actions.",
        "audit.details.",
        "format.",
    }
    assert {key for key in same if not any(key.startswith(prefix) for prefix in allowed)} <= {
        "judge.comment", "senders.patient", "conversation.thread", "privacy.judgements", "review.to", "privacy.notes",
    }  # fmt: skip


def test_templates_ask_only_for_texts_that_exist() -> None:
    known = texts.texts("fr").keys
    for path in TEMPLATES.glob("*.html"):
        for key in re.findall(r"\bt\('([\w.]+)'(?!\s*~)", path.read_text(encoding="utf-8")):
            assert key in known or f"{key}_one" in known, (path.name, key)


def test_templates_compile_and_escape() -> None:
    for path in TEMPLATES.glob("*.html"):
        environment().get_template(path.name)
        source = path.read_text(encoding="utf-8")
        assert "|safe" not in source
        assert "style=" not in source, path.name
        assert " onclick" not in source


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_value_has_a_name(language: str) -> None:
    t = texts.texts(language)
    wanted = [
        *(f"tiers.{tier}" for tier in (*TIERS, "none")),
        *(f"outcome.{outcome.value}" for outcome in Outcome),
        *(f"outcomes.{outcome}" for outcome in (*review.OUTCOMES, "silent")),
        *(f"states.{state}" for state in ("bot", "waiting", "human", "closed")),
        *(f"review_states.{state}" for state in remarks.REVIEW_STATES),
        *(f"verdicts.{verdict}" for verdict in judgements.VERDICTS),
        *(f"roles.{role}" for role in staff.ROLES),
        *(f"delivery.{state}" for state in ("sent", "delivered", "seen", "sending", "failed", "unknown")),
        *(f"permissions.{permission}" for permission in PERMISSIONS),
        *(f"actions.{action.replace('.', '_')}" for action in audit_page.ACTIONS),
    ]
    assert [key for key in wanted if key not in t.keys] == []


def test_every_audited_action_is_listed() -> None:
    written = set()
    for path in Path(texts.FOLDER).glob("*.py"):
        source = path.read_text(encoding="utf-8")
        written |= set(
            re.findall(r"(?:note|note_readings|audit\.write)\(\s*session,\s*(?:visitor,\s*)?\"([a-z_.]+)\"", source)
        )
    assert written <= set(audit_page.ACTIONS)


def test_every_audited_detail_has_a_name() -> None:
    known = {key.removeprefix("audit.details.") for key in texts.texts("fr").keys if key.startswith("audit.details.")}
    plain = {"staff_id", "staff_name", "conversation_id", "at"}
    named: set[str | None] = set()
    for path in Path(texts.FOLDER).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("note", "audit.write"):
                named |= {keyword.arg for keyword in node.keywords if keyword.arg}
    assert {"verdict", "shown", "member"} <= named
    assert named - plain <= known


def test_plural_and_placeholders() -> None:
    assert texts.texts("fr")("conversation.turns", n=0) == "0 message"
    assert texts.texts("en")("conversation.turns", n=0) == "0 messages"
    assert texts.texts("en")("conversation.turns", n=1) == "1 message"
    with pytest.raises(KeyError):
        texts.texts("fr")("no.such.key")


def test_malformed_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "texts.fr.yml").write_text("nav:\n  main: 3\n", encoding="utf-8")
    monkeypatch.setattr(texts, "FOLDER", tmp_path)
    texts.texts.cache_clear()
    try:
        with pytest.raises(ContentError, match=r"nav\.main"):
            texts.texts("fr")
    finally:
        texts.texts.cache_clear()


def test_ready_replies_are_in_both_languages_and_give_no_advice() -> None:
    replies = yaml.safe_load(canned_page.FIRST.read_text(encoding="utf-8"))["replies"]
    advice = re.compile(r"\b(dose|mg|comprimé|prenez|take your|you should take|arrêtez|stop taking)\b", re.IGNORECASE)
    for reply in replies:
        for part in ("title", "text"):
            assert set(reply[part]) == {"fr", "en"}
            assert reply[part]["fr"] != reply[part]["en"]
        assert not advice.search(reply["text"]["fr"].replace("Prenez votre temps", "")), reply["title"]
        assert not advice.search(reply["text"]["en"].replace("Take your time", "")), reply["title"]
