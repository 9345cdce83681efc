"""What is committed ready-made matches what it is made from."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from bot.errors import ContentError
from bot.widget import helplines
from tests.widget.conftest import SOURCES
from tests.widget.panel import TEXTS


def test_the_built_file_is_what_its_sources_make(node: Path) -> None:
    checked = subprocess.run(["node", "build.mjs", "--check"], cwd=node, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


def test_a_built_file_that_is_out_of_date_is_noticed(node: Path) -> None:
    built = node / "dist" / "repere.js"
    whole = built.read_bytes()
    try:
        built.write_bytes(whole + b"\n")
        checked = subprocess.run(["node", "build.mjs", "--check"], cwd=node, capture_output=True, text=True)
    finally:
        built.write_bytes(whole)
    assert checked.returncode == 1
    assert "npm run build" in checked.stderr


def test_the_types_hold(node: Path) -> None:
    checked = subprocess.run(
        ["node", "node_modules/typescript/bin/tsc", "--noEmit"], cwd=node, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout


def test_the_numbers_in_the_widget_are_those_of_the_content() -> None:
    assert helplines.TARGET.read_text(encoding="utf-8") == helplines.rendered()
    assert helplines.main(["--check"]) == 0


def test_every_country_and_number_is_in_the_widget() -> None:
    source = yaml.safe_load(helplines.SOURCE.read_text(encoding="utf-8"))
    built = json.loads(helplines.TARGET.read_text(encoding="utf-8"))["countries"]
    assert list(built) == list(source["countries"])
    for code, country in source["countries"].items():
        numbers = [line["number"] for group in helplines.GROUPS for line in country[group]]
        assert [row[1] for row in built[code][3:]] == numbers


def test_changed_numbers_are_noticed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = tmp_path / "helplines.json"
    changed.write_text(helplines.TARGET.read_text(encoding="utf-8").replace('"3114"', '"3115"'), encoding="utf-8")
    monkeypatch.setattr(helplines, "TARGET", changed)
    assert helplines.main(["--check"]) == 1
    assert "python -m bot.widget.helplines" in capsys.readouterr().err
    assert helplines.main([]) == 0
    assert helplines.main(["--check"]) == 0


def test_a_malformed_source_is_named(tmp_path: Path) -> None:
    (tmp_path / "helplines.yml").write_text("countries: {fr: {name: x}}", encoding="utf-8")
    with pytest.raises(ContentError, match=r"helplines\.yml"):
        helplines.rendered(tmp_path / "helplines.yml")


def test_both_languages_have_the_same_texts_in_different_words() -> None:
    french, english = TEXTS["fr"], TEXTS["en"]
    assert list(french) == list(english)
    same = {key for key in french if french[key] == english[key]}
    assert same == {"name", "log", "notice", "safety"}  # words that both languages write alike
    for key in french:
        assert set(re.findall(r"\{\w+\}", french[key])) == set(re.findall(r"\{\w+\}", english[key])), key


def test_no_text_is_left_over_or_missing() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (SOURCES / "src").rglob("*.ts"))
    assert [key for key in TEXTS["fr"] if not re.search(rf'["`]{key}["`]', code)] == []


def test_the_lock_names_no_address() -> None:
    lock = (SOURCES / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in lock
    assert not re.search(r"https?://[^\"]*registry", lock)
    package = json.loads((SOURCES / "package.json").read_text(encoding="utf-8"))
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in package["devDependencies"].values())
    assert not package.get("dependencies")
