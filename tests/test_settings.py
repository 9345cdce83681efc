"""One settings object, read once, refused when it is unsafe, and every setting documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.errors import SettingsError
from bot.settings import ROOT, Settings, get_settings, load_settings

DOCUMENT = ROOT / "docs" / "settings.md"
ROW = re.compile(r"^\| `(\w+)` \| (\*\(empty\)\*|`[^`]*`) \| (.+) \|$", re.MULTILINE)


def documented() -> dict[str, tuple[str, str]]:
    """Default and meaning of each setting of the document."""
    rows = ROW.findall(DOCUMENT.read_text(encoding="utf-8"))
    assert len({name for name, _, _ in rows}) == len(rows), "a setting stands there twice"
    return {name: ("" if default.startswith("*") else default.strip("`"), meaning) for name, default, meaning in rows}


def test_every_setting_is_documented_with_its_default() -> None:
    known = documented()
    assert sorted(known) == sorted(Settings.__fields__)
    for name, field in Settings.__fields__.items():
        default = field.default.relative_to(ROOT) if isinstance(field.default, Path) else field.default
        assert known[name][0] == str(default), name
        assert len(known[name][1].split()) >= 2, name


def test_the_choices_of_a_setting_are_documented() -> None:
    known = documented()
    for name, field in Settings.__fields__.items():
        choices = getattr(field.outer_type_, "__args__", ())
        for choice in choices:
            assert f"`{choice}`" in known[name][1] + f"`{known[name][0]}`", name


def test_every_setting_is_used() -> None:
    code = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("bot", "actions")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "settings.py"
    )
    own = (ROOT / "bot" / "settings.py").read_text(encoding="utf-8")
    # One that only settings.py itself reads stands in it more often than where it is made.
    unused = [name for name in Settings.__fields__ if not re.search(rf"\b{name}\b", code) and own.count(name) < 2]
    assert unused == []


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPERE_PORT", "6005")
    monkeypatch.setenv("REPERE_DEFAULT_LANGUAGE", "en")
    monkeypatch.setenv("repere_desk_secure_cookies", "false")
    settings = load_settings()
    assert (settings.port, settings.default_language, settings.desk_secure_cookies) == (6005, "en", False)


@pytest.mark.parametrize("name", ["DATABASE_URL", "REPERE_DATABASE_URL"])
def test_the_database(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert load_settings().store_url == f"sqlite:///{tmp_path / 'var' / 'repere.db'}"
    monkeypatch.setenv(name, "postgres://a@b/c")
    assert load_settings().store_url == "postgresql://a@b/c"


def test_read_once_and_never_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = get_settings()
    monkeypatch.setenv("REPERE_PORT", "6005")
    assert get_settings() is settings
    with pytest.raises(TypeError):
        settings.port = 1


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("REPERE_PORT", "many", "not a valid integer"),
        ("REPERE_DEFAULT_LANGUAGE", "de", "unexpected value"),
        ("REPERE_ENVIRONMENT", "prod", "unexpected value"),
        ("REPERE_LOG_LEVEL", "loud", "unexpected value"),
        ("REPERE_SMTP_TLS", "yes", "unexpected value"),
        ("REPERE_PAGE_AGAIN_AFTER", "60,soon", "seconds separated by commas"),
        ("REPERE_TELL_PATIENT_AFTER", "-5", "seconds separated by commas"),
    ],
)
def test_a_wrong_value_is_one_sentence_with_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    said = str(caught.value)
    assert said.startswith(f"Setting {name}: ")
    assert reason in said
    assert "\n" not in said


def test_an_unknown_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPERE_DUTY_TIMEZONE", "Europe/Nowhere")
    with pytest.raises(SettingsError, match="Europe/Nowhere"):
        load_settings()


@pytest.mark.parametrize("secret", [None, "", "x" * 31])
def test_production_refuses_a_missing_or_short_secret(monkeypatch: pytest.MonkeyPatch, secret: str | None) -> None:
    monkeypatch.setenv("REPERE_ENVIRONMENT", "production")
    if secret is not None:
        monkeypatch.setenv("REPERE_SECRET", secret)
    with pytest.raises(SettingsError, match=r"^Setting REPERE_SECRET: .*32 characters"):
        load_settings()
    with pytest.raises(ValidationError):
        Settings()


def test_production_takes_a_long_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPERE_ENVIRONMENT", "production")
    monkeypatch.setenv("REPERE_SECRET", "x" * 32)
    assert load_settings().secret == "x" * 32


def test_elsewhere_random_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    first, second = load_settings(), load_settings()
    assert first.secret == second.secret
    assert first.rasa_token == second.rasa_token
    assert first.secret != first.rasa_token
    assert min(len(first.secret), len(first.rasa_token)) >= 32
    for name in ("secret", "rasa_token"):
        assert (tmp_path / "var" / name).stat().st_mode & 0o777 == 0o600
    assert load_settings(var_dir=tmp_path / "other").secret != first.secret


def test_addresses_and_lists() -> None:
    settings = load_settings(host="127.0.0.2", action_port=7)
    assert settings.action_endpoint == "http://127.0.0.2:7/webhook"
    assert load_settings(action_url="http://actions/webhook").action_endpoint == "http://actions/webhook"
    assert load_settings(host="127.0.0.2", port=5999).bot_address == "http://127.0.0.2:5999"
    assert load_settings(bot_url="http://chat:5005").bot_address == "http://chat:5005"
    assert load_settings(page_again_after="300, 60,,120").seconds("page_again_after") == (60.0, 120.0, 300.0)
    assert load_settings(page_again_after="").seconds("page_again_after") == ()
    assert settings.spool_dir == settings.var_dir / "spool"
