"""Pages from templates: in the visitor's language, everything escaped, times on the staff's wall clock."""

from __future__ import annotations

import functools
import hashlib
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from bot.content.topics import load_topics
from bot.desk import roles
from bot.desk.texts import LANGUAGES, Texts, texts
from bot.safety.tiers import URGENCY
from bot.settings import get_settings
from bot.store.sign_ins import Visitor

FOLDER: Final = Path(__file__).parent
STATIC: Final = FOLDER / "static"
LANGUAGE_COOKIE: Final = "repere_language"


def render(request: Request, template: str, *, code: int = 200, **context: Any) -> HTMLResponse:
    """Fill ``template`` for this request's visitor (None on pages before signing in)."""
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    language = visitor.language if visitor else language_of(request)
    t = texts(language)
    body = (
        environment()
        .get_template(template)
        .render(
            t=t,
            language=language,
            other_language=next(name for name in LANGUAGES if name != language),
            visitor=visitor,
            may=(lambda permission: roles.may(visitor, permission)) if visitor else (lambda _: False),
            path=request.url.path,
            now=datetime.now(timezone.utc),
            clock=functools.partial(_clock, t),
            day=functools.partial(_day, t),
            since=functools.partial(_since, t),
            seconds=functools.partial(_seconds, t),
            tier_name=functools.partial(_tier_name, t),
            topic_name=functools.partial(_topic_name, t),
            decimal=functools.partial(_decimal, t),
            **context,
        )
    )
    return HTMLResponse(body, code)


def language_of(request: Request) -> str:
    """Language before anybody signed in: chosen on the page, else what the browser asks for, else the setting."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    for part in request.headers.get("accept-language", "").split(","):
        wanted = part.split(";")[0].strip()[:2].lower()
        if wanted in LANGUAGES:
            return wanted
    return get_settings().default_language


def wants_fragment(request: Request) -> bool:
    """Whether htmx asks for a piece of the page."""
    return request.headers.get("hx-request") == "true"


@functools.lru_cache(maxsize=1)
def environment() -> Environment:
    """The template environment: autoescape everywhere, an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["asset"] = asset
    made.filters["percent"] = lambda share: f"{round(share * 100)}"
    made.filters["severity"] = severity
    # Jinja's own filter leaves slashes as they are, which would cut an id in two.
    made.filters["path"] = functools.partial(quote, safe="")
    return made


@functools.lru_cache(maxsize=16)
def asset(name: str) -> str:
    """Address of a static file; changes with its content, so that browsers may keep it."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


def severity(tier: str | None) -> str:
    """Colour class of a tier: red, orange, amber, blue for C6, grey for a request without tier."""
    if tier is None:
        return "grey"
    return {0: "red", 1: "red", 2: "orange", 3: "orange", 4: "amber", 5: "blue"}.get(
        URGENCY.get(tier, 6),  # type: ignore[call-overload]
        "grey",
    )


def _zone() -> ZoneInfo:
    return ZoneInfo(get_settings().duty_timezone)


def _clock(t: Texts, moment: datetime | float | None) -> str:
    """Time of day, with the date unless it is today's."""
    if moment is None:
        return ""
    at = datetime.fromtimestamp(moment, timezone.utc) if isinstance(moment, (int, float)) else moment
    local = at.astimezone(_zone())
    time = local.strftime("%H:%M")
    return time if local.date() == datetime.now(_zone()).date() else f"{_day(t, local)} {time}"


def _day(t: Texts, moment: Any) -> str:
    local = moment.astimezone(_zone()) if isinstance(moment, datetime) else moment
    return t("format.day", day=local.day, month=t(f"format.months.{local.month}"), year=local.year)


def _since(t: Texts, moment: datetime) -> str:
    return _seconds(t, (datetime.now(timezone.utc) - moment).total_seconds())


def _seconds(t: Texts, seconds: float | None) -> str:
    """A length of time in its two largest units at most."""
    if seconds is None:
        return "–"
    whole = max(0, int(seconds))
    if whole < 60:
        return t("format.seconds", count=whole)
    if whole < 3600:
        return t("format.minutes", count=whole // 60)
    if whole < 86400:
        return t("format.hours", hours=whole // 3600, minutes=f"{whole % 3600 // 60:02d}")
    return t("format.days", n=whole // 86400)


def _tier_name(t: Texts, tier: str | None) -> str:
    return t(f"tiers.{tier}") if tier else t("tiers.none")


def _topic_name(t: Texts, topic: str | None) -> str:
    """Title of an intent or topic as patients see it, its id when it has none."""
    intent = load_topics().intents.get(topic or "")
    return intent.title.in_("fr" if t.language == "fr" else "en") if intent else t.get(f"topics.{topic}", topic or "–")


def _decimal(t: Texts, number: float) -> str:
    written = f"{number:.1f}"
    return written.replace(".", ",") if t.language == "fr" else written
