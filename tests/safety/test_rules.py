"""The rules as data: complete, sourced, in both languages, refused when malformed."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.errors import ContentError
from bot.safety import rules
from bot.safety.detector import EVIDENCE_LENGTH, assess
from bot.safety.rules import LEXICON, RULE_FILES, load_rules


def test_every_rule_names_its_source() -> None:
    for rule in load_rules().rules.values():
        assert rule.source.startswith("safety.md "), rule.name
        assert any(section in rule.source for section in ("1.0", "1.1", "1.3", "2.", "4.2")), rule.name


@pytest.mark.parametrize("file", [*RULE_FILES, "idioms.yml", "guards.yml"])
def test_every_rule_speaks_both_languages(file: str) -> None:
    entries = yaml.safe_load((LEXICON / file).read_text(encoding="utf-8"))
    for name, entry in entries.items():
        assert entry.get("fr"), name
        assert entry.get("en"), name


def test_no_rule_file_is_forgotten() -> None:
    on_disk = {path.name for path in LEXICON.glob("body*.yml")} | {path.name for path in LEXICON.glob("mind*.yml")}
    assert on_disk == set(RULE_FILES)


def test_all_expressions_compile() -> None:
    load_rules().warm_up()


@pytest.mark.parametrize(
    "broken",
    [
        "sign:\n  tier: E9\n  source: '1.1'\n  fr: [a]\n",
        "sign:\n  tier: E1\n  fr: [a]\n",
        "sign:\n  tier: E1\n  cue: give\n  source: '1.1'\n",
        "sign:\n  tier: E1\n  source: '1.1'\n  colour: red\n",
        "sign:\n  tier: E1\n  source: '1.1'\n  fr: ['(a']\n",
        "[1, 2]",
        "sign: [",
    ],
)
def test_a_wrong_file_is_refused_by_name(broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in LEXICON.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / RULE_FILES[0]).write_text(broken, encoding="utf-8")
    monkeypatch.setattr(rules, "LEXICON", tmp_path)
    with pytest.raises(ContentError, match="lexicon"):
        load_rules.__wrapped__()


def test_evidence_says_why() -> None:
    finding = assess("Bonsoir, j'ai de la fièvre depuis hier").findings[0]
    evidence = {item.rule: item for item in finding.evidence}["fever_word"]
    assert evidence.source == "safety.md 1.1 row 1 [S3][S4]"
    assert "fievre" in evidence.text
    assert len(evidence.text) <= EVIDENCE_LENGTH
