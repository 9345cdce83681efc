"""What the servers print, at their most talkative, holds nothing that a patient wrote."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from tests.conftest import make_product

# A word that stands in no text of the project.
MARK = "zorglub"
SAID = {
    "fr": [
        f"Bonjour je suis {MARK}",
        f"J’ai 39 de fièvre et je suis sous chimio, dites-le à {MARK}",
        f"/{MARK}",
        f'/greet{{"a": "{MARK}"}}',
        f"Mon commentaire : « {MARK} est très clair »",
        f"{MARK} " * 900,
    ],
    "en": [
        f"Hello I am {MARK}",
        f"I want to die, tell {MARK}",
        f"/inform {MARK}",
        f"<b>{MARK}</b> {{}} %s",
        f"My comment: “{MARK} is very clear”",
        f"My number is +33 6 12 34 56 78, {MARK}@example.org",
    ],
}


@pytest.mark.server
def test_no_word_of_a_patient_reaches_a_log(model: Path, tmp_path: Path) -> None:
    product = make_product(tmp_path, REPERE_LOG_LEVEL="debug", REPERE_LOG_FORMAT="json")
    try:
        product.actions.start()
        product.bot.start()
        for language, texts in SAID.items():
            for text in texts:
                assert product.spoken(uuid.uuid4().hex, text, metadata={"language": language}).strip()
            one = uuid.uuid4().hex
            for text in texts:
                product.say(one, text, metadata={"language": language})
        # Nobody answers its questions any more: failures are logged, and the patient's words are not.
        product.actions.kill()
        assert product.spoken(uuid.uuid4().hex, f"Je voudrais parler à une personne, signé {MARK}").strip()
    finally:
        product.stop()
    assert '"event": "handoff.waiting"' in product.bot.log.read_text(encoding="utf-8")  # it did log
    for log in (product.bot.log, product.actions.log):
        printed = log.read_text(encoding="utf-8", errors="replace")
        found = [line[:300] for line in printed.splitlines() if MARK in line.lower() or "12 34 56" in line]
        assert found == []
        assert "DeprecationWarning" not in printed  # what third parties say of their own future
