"""All settings, read once from the environment (prefix ``REPERE_``) and never changed after."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseSettings, Field, ValidationError, validator

from bot.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Typed settings. Times are in seconds unless the name says otherwise; sizes in characters.

    Outside ``environment=production`` a random secret is made up when none is given; in production a
    missing or short secret is refused.
    """

    environment: Literal["development", "test", "production"] = "development"
    secret: str = ""
    var_dir: Path = ROOT / "var"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"

    # --- servers (loopback by default: a reverse proxy stands in front) ---
    host: str = "127.0.0.1"
    port: int = 5005
    action_port: int = 5055
    desk_port: int = 5080
    rasa_token: str = ""
    public_url: str = "http://127.0.0.1:5005"
    action_url: str = ""
    bot_url: str = ""
    action_timeout: float = 8.0

    # --- store ---
    database_url: str = Field("", env=["DATABASE_URL", "REPERE_DATABASE_URL"])
    database_busy_timeout: float = 5.0
    tracker_events: int = 120

    # --- messages ---
    max_message_length: int = 4000
    messages_per_minute: int = 30
    default_language: Literal["fr", "en"] = "fr"
    default_country: str = ""

    # --- duty and paging ---
    duty_hours: str = ""
    duty_timezone: str = "Europe/Paris"
    page_webhook_url: str = ""
    page_webhook_secret: str = ""
    page_webhook_second_url: str = ""
    page_webhook_manager_url: str = ""
    page_email_to: str = ""
    page_email_second_to: str = ""
    page_email_manager_to: str = ""
    page_email_from: str = "repere@localhost"
    smtp_host: str = ""
    smtp_port: int = 25
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_tls: Literal["none", "starttls", "tls"] = "none"
    page_desk_url: str = ""
    page_timeout: float = 5.0
    page_max_attempts: int = 8
    page_backoff: float = 5.0
    page_again_after: str = "60,120,300"
    page_second_after: float = 300.0
    page_manager_after: float = 600.0
    tell_patient_after: str = "120,300,600"
    unanswered_after: float = 600.0
    watchdog_interval: float = 1.0

    # --- privacy ---
    retention_days: int = 30
    retention_flagged_days: int = 180

    # --- widget ---
    widget_origins: str = "http://127.0.0.1:5005,http://localhost:5005"
    widget_token_hours: float = 24.0
    widget_tokens_per_minute: int = 60
    widget_comments_per_minute: int = 6
    trusted_proxies: int = 0
    redis_url: str = ""

    # --- desk ---
    desk_session_minutes: int = 60
    desk_secure_cookies: bool = True

    class Config:
        """pydantic options."""

        env_prefix = "REPERE_"
        frozen = True
        case_sensitive = False

    @validator("duty_timezone")
    def _known_zone(cls, value: str) -> str:  # noqa: N805
        ZoneInfo(value)
        return value

    @validator("page_again_after", "tell_patient_after")
    def _seconds(cls, value: str) -> str:  # noqa: N805
        try:
            numbers = [float(part) for part in value.split(",") if part.strip()]
        except ValueError:
            numbers = [-1.0]
        if any(number < 0 for number in numbers):
            raise ValueError("seconds separated by commas are needed, for instance 60,120,300")
        return value

    @validator("secret", always=True)
    def _strong_secret(cls, value: str, values: dict[str, Any]) -> str:  # noqa: N805
        if values.get("environment") == "production" and len(value) < 32:
            raise ValueError("a secret of at least 32 characters is needed in production")
        return value

    @property
    def store_url(self) -> str:
        """SQLAlchemy address of the store; a SQLite file in ``var_dir`` unless DATABASE_URL is set."""
        url = self.database_url or f"sqlite:///{self.var_dir / 'repere.db'}"
        # SQLAlchemy 1.4 no longer knows the scheme that hosting platforms hand out.
        return url.replace("postgres://", "postgresql://", 1)

    @property
    def spool_dir(self) -> Path:
        """Folder of the local spool that keeps messages while the database is away."""
        return self.var_dir / "spool"

    @property
    def action_endpoint(self) -> str:
        """Address of the action server's webhook."""
        return self.action_url or f"http://{self.host}:{self.action_port}/webhook"

    @property
    def bot_address(self) -> str:
        """Address at which desk and watchdog reach the dialogue server."""
        return self.bot_url or f"http://{self.host}:{self.port}"

    def seconds(self, name: str) -> tuple[float, ...]:
        """A comma-separated setting as a tuple of seconds, ascending."""
        return tuple(sorted(float(part) for part in getattr(self, name).split(",") if part.strip()))


def load_settings(**overrides: Any) -> Settings:
    """Read the environment. Raises SettingsError with one sentence that names the setting."""
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper()
        raise SettingsError(f"Setting REPERE_{name}: {first['msg']}.") from error
    except Exception as error:  # zoneinfo raises its own kinds
        raise SettingsError(f"A setting is wrong: {error}.") from error
    if not settings.secret:
        settings = settings.copy(update={"secret": _kept_secret(settings.var_dir, "secret")})
    if not settings.rasa_token:
        settings = settings.copy(update={"rasa_token": _kept_secret(settings.var_dir, "rasa_token")})
    return settings


def _kept_secret(var_dir: Path, name: str) -> str:
    """A random secret, made once and kept in ``var_dir`` so that every process reads the same."""
    import secrets

    path = var_dir / name
    for _ in range(2):
        try:
            return path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            var_dir.mkdir(parents=True, exist_ok=True)
            try:
                with path.open("x", encoding="ascii") as file:
                    path.chmod(0o600)
                    file.write(secrets.token_urlsafe(32))
            except FileExistsError:  # another process was first
                continue
    return path.read_text(encoding="ascii").strip()


@functools.lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The one settings object of this process."""
    return load_settings()
