"""What the channel serves to browsers: the widget's one file and the demo page, with strict headers."""

from __future__ import annotations

import functools
import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.content.article import load_article
from bot.content.helplines import load_helplines
from bot.content.source import Language, read
from bot.settings import Settings

MAX_COMMENT: Final = 1500  # characters
WIDGET: Final = Path(__file__).resolve().parent.parent / "widget"
DEMO: Final = WIDGET / "demo"
# The widget itself needs script-src and connect-src only; styles are the demo page's own.
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
FILE_POLICY: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"
SAFE_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Everything that can be asked for by name; nothing else is read from the disk.
FILES: Final = {
    "repere.js": (WIDGET / "dist" / "repere.js", "text/javascript; charset=utf-8"),
    "page.css": (DEMO / "page.css", "text/css; charset=utf-8"),
    "page.js": (DEMO / "page.js", "text/javascript; charset=utf-8"),
    "mark.svg": (DEMO / "mark.svg", "image/svg+xml"),
    "horizon.svg": (DEMO / "horizon.svg", "image/svg+xml"),
}


@dataclass(frozen=True)
class Served:
    """A file ready to be sent. ``zipped`` is the same after gzip; ``tag`` changes with the content."""

    body: bytes
    zipped: bytes
    tag: str
    kind: str

    def headers(self, *, shared: bool = False) -> dict[str, str]:
        """Headers for a file; ``shared``: other sites may load it, as they must the widget's script."""
        return {
            **SAFE_HEADERS,
            "Content-Security-Policy": FILE_POLICY,
            "Cross-Origin-Resource-Policy": "cross-origin" if shared else "same-origin",
            "Cache-Control": "public, max-age=300",
            "ETag": self.tag,
            "Vary": "Accept-Encoding",
        }


def served(body: bytes, kind: str) -> Served:
    """``body`` with its compressed form and its tag."""
    return Served(body, gzip.compress(body, 9, mtime=0), f'"{hashlib.sha256(body).hexdigest()[:20]}"', kind)


@functools.lru_cache(maxsize=16)
def _read(path: Path, kind: str, changed: float) -> Served:
    return served(path.read_bytes(), kind)


def file(name: str) -> Served | None:
    """A file of the list by its name, read again only after it changed; None for any other name."""
    if name not in FILES:
        return None
    path, kind = FILES[name]
    return _read(path, kind, path.stat().st_mtime)


@functools.lru_cache(maxsize=4)
def _demo(language: Language, country: str, limit: int) -> Served:
    environment = Environment(
        loader=FileSystemLoader(DEMO), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    texts = read(DEMO / "texts.yml")
    html = environment.get_template("page.html.j2").render(
        lang=language,
        other="en" if language == "fr" else "fr",
        t=lambda key: texts.both(key).in_(language),
        article=load_article(),
        lines=load_helplines().of(country),
        country=country,
        limit=limit,
    )
    return served(html.encode(), "text/html; charset=utf-8")


def demo_page(language: Language, settings: Settings) -> Served:
    """The article as a cancer league would publish it, with the widget and the comment form.

    Raises ContentError when a data file of the page is wrong.
    """
    return _demo(language, settings.default_country, MAX_COMMENT)


def page_headers(page: Served) -> dict[str, str]:
    """Headers of the demo page."""
    return {
        **SAFE_HEADERS,
        "Content-Security-Policy": PAGE_POLICY,
        "Cache-Control": "no-cache",
        "ETag": page.tag,
        "Vary": "Accept-Encoding",
    }


def preferred_language(accept_language: str | None, default: Language) -> Language:
    """French or English, whichever a browser names first; ``default`` when it names neither."""
    for part in (accept_language or "").lower().split(","):
        for language in ("fr", "en"):
            if part.strip().startswith(language):
                return "fr" if language == "fr" else "en"
    return default
