"""Tokens, files, the demo page, comments and health over HTTP, from a real server process."""

from __future__ import annotations

import gzip
import html
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from sqlalchemy import select

from bot.channels.widget_files import FILES, MAX_COMMENT, preferred_language
from bot.channels.widget_health import Health
from bot.content.article import load_article
from bot.settings import load_settings
from bot.store import comments
from bot.store.database import session_scope
from bot.store.models import Alert, Comment
from bot.store.runner import StoreRunner
from tests.channels.patient import patient
from tests.widget_server import WidgetServer, running

pytestmark = pytest.mark.server
BASE = "/webhooks/widget"


@pytest.fixture(scope="module")
def web(server: WidgetServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        yield client


def test_health_says_what_is_ready(web: httpx.Client) -> None:
    for path in ("", "/", "/health"):
        answer = web.get(BASE + path)
        assert (answer.status_code, answer.json()) == (
            200,
            {"status": "ready", "parts": {"model": True, "store": True}},
        )


def test_health_is_no_when_redis_is_gone(tmp_path: Path) -> None:
    with running(tmp_path, REDIS_URL="redis://127.0.0.1:1/0") as server:
        health = httpx.get(f"{server.url}{BASE}/health", trust_env=False)
        assert health.status_code == 503
        assert health.json() == {"status": "not ready", "parts": {"model": True, "store": True, "redis": False}}


async def test_health_is_no_without_model_or_database(tmp_path: Path) -> None:
    settings = load_settings(var_dir=tmp_path)
    runner = StoreRunner(f"sqlite:///{tmp_path}/no/such/folder/repere.db")
    parts = await Health(settings, runner).parts(SimpleNamespace(ctx=SimpleNamespace()))
    assert parts == {"model": False, "store": False}
    runner.close()


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_files_come_whole_with_strict_headers(web: httpx.Client, name: str, encoding: str) -> None:
    with web.stream("GET", f"{BASE}/{name}", headers={"Accept-Encoding": encoding}) as answer:
        body = b"".join(answer.iter_raw())
    assert (gzip.decompress(body) if encoding == "gzip" else body) == FILES[name][0].read_bytes()
    headers = answer.headers
    assert headers["content-type"] == FILES[name][1]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["cross-origin-resource-policy"] == ("cross-origin" if name == "repere.js" else "same-origin")
    assert web.get(f"{BASE}/{name}", headers={"If-None-Match": headers["etag"]}).status_code == 304


@pytest.mark.parametrize("path", ["/health", "/repere.js", "/demo/fr", "/demo/en", "/comments.json"])
def test_head_works_like_get(web: httpx.Client, path: str) -> None:
    answer = web.head(BASE + path)
    assert answer.status_code == 200
    assert answer.content == b""


@pytest.mark.parametrize(
    "path",
    [
        "/x.js",
        "/../../settings.py",
        "/..%2f..%2fsettings.py",
        "/package.json",
        "/src/main.ts",
        "/demo/xx",
        "/page.html.j2",
    ],
)
def test_nothing_else_can_be_asked_for(web: httpx.Client, path: str) -> None:
    assert web.get(BASE + path).status_code == 404


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_demo_page_is_the_article_whole_in_one_language(web: httpx.Client, language: str) -> None:
    answer = web.get(f"{BASE}/demo/{language}")
    text = html.unescape(answer.text)
    article = load_article()
    spoken, other = ("fr", "en") if language == "fr" else ("en", "fr")
    for section in (*article.sections, *article.questions):
        assert section.title.in_(spoken) in text  # type: ignore[arg-type]
        assert section.text.in_(spoken) in text  # type: ignore[arg-type]
        assert section.text.in_(other) not in text  # type: ignore[arg-type]
    assert f'<html lang="{language}">' in text
    for sentence in (article.comment_form.title, article.comment_form.sent, article.comment_form.failed):
        assert sentence.in_(spoken) in text  # type: ignore[arg-type]
    assert f'data-lang="{language}" data-country="fr" async' in text
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; connect-src 'self'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    # Nothing inline, nothing from elsewhere.
    assert not re.search(r"<style|style=|<script(?! src=\"/webhooks/widget/)|\son\w+=|https?://", text)


@pytest.mark.parametrize(
    ("header", "page"),
    [("fr-FR,fr;q=0.9", "fr"), ("en-GB,en;q=0.9", "en"), ("de,en;q=0.5", "en"), ("de", "fr"), (None, "fr")],
)
def test_the_root_leads_a_browser_to_the_page_in_its_language(web: httpx.Client, header: str | None, page: str) -> None:
    headers = {"Accept": "text/html,*/*", **({"Accept-Language": header} if header else {"Accept-Language": ""})}
    answer = web.get("/", headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (302, f"{BASE}/demo/{page}")
    assert preferred_language(header, "fr") == page


def test_a_token_is_given_to_our_own_pages_only(web: httpx.Client, server: WidgetServer) -> None:
    opened = web.post(f"{BASE}/token", json={}, headers={"Origin": server.url})
    assert opened.status_code == 200
    assert opened.headers["access-control-allow-origin"] == server.url
    assert opened.headers["cache-control"] == "no-store"
    assert set(opened.json()) == {"token", "conversation", "expires", "limit"}
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        refused = web.post(f"{BASE}/token", json={}, headers=headers)
        assert (refused.status_code, refused.json()) == (403, {"error": "origin"})


def test_a_token_is_renewed_for_its_holder_and_nobody_else(web: httpx.Client) -> None:
    opened = web.post(f"{BASE}/token", json={}).json()
    again = web.post(f"{BASE}/token", json={"token": opened["token"], "conversation": "w-2"}).json()
    assert again["conversation"] == opened["conversation"]
    assert web.post(f"{BASE}/token", json={"token": opened["token"] + "x"}).json() == {"error": "forged"}
    for body in (b"", b"[]", b"{", b"\xff"):
        assert web.post(f"{BASE}/token", content=body).status_code == 200


def test_tokens_and_comments_have_their_limits(tmp_path: Path) -> None:
    with running(tmp_path, WIDGET_TOKENS_PER_MINUTE="2", WIDGET_COMMENTS_PER_MINUTE="1") as server:
        assert [server.post("token", {})[0] for _ in range(3)] == [200, 200, 429]
        assert [server.post("comments", {"text": "Merci"})[0] for _ in range(2)] == [200, 429]


@pytest.mark.parametrize(
    ("text", "language"),
    [("Merci pour cet article.", "fr"), ("Thank you for this article.", "en"), ("<img onerror=x>", "en")],
)
def test_a_comment_waits_for_approval_and_is_then_shown(server: WidgetServer, text: str, language: str) -> None:
    body = {"text": f"  {text} ", "name": "Lou", "lang": language}
    assert server.post("comments", body) == (200, {"status": "sent"})
    with session_scope(server.database) as session:
        found = session.execute(select(Comment).order_by(Comment.id.desc())).scalars().first()
        assert (found.text, found.display_name, found.language, found.status) == (text, "Lou", language, "pending")
        assert text not in str(server.get("comments.json"))
        comments.decide(session, found.id, "approved", staff_id=1)
    assert server.get("comments.json")["comments"][0] == {
        "text": text,
        "name": "Lou",
        "language": language,
        "at": pytest.approx(found.created_at.timestamp()),
    }


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "  "}, {"text": 7}, {"text": "x" * (MAX_COMMENT + 1)}, []])
def test_a_comment_without_text_or_with_too_much_is_refused(tmp_path: Path, server: WidgetServer, body: object) -> None:
    assert server.post("comments", body) == (400, {"status": "refused"})


def test_a_comment_from_a_foreign_page_is_refused(server: WidgetServer) -> None:
    assert server.post("comments", {"text": "Merci"}, Origin="https://evil.example")[0] == 403


@pytest.mark.parametrize(("text", "language"), [("Je veux mourir", "fr"), ("I want to die", "en")])
async def test_a_comment_of_danger_is_no_comment_but_a_message(server: WidgetServer, text: str, language: str) -> None:
    status, answer = server.post("comments", {"text": text, "lang": language})
    assert (status, answer["status"]) == (200, "danger")
    async with patient(server, token=answer["token"], conversation=answer["conversation"]) as one:
        await one.until("lines") if not (await one.sync())["seq"] else None
        lines = (await one.sync())["lines"]
        assert [(line["from"], line["kind"]) for line in lines] == [
            ("me", "talk"),
            ("bot", "safety"),
            ("bot", "notice"),
        ]
    with session_scope(server.database, write=False) as session:
        assert session.execute(select(Alert).where(Alert.conversation_id == answer["conversation"])).scalar_one()
        assert not session.execute(select(Comment).where(Comment.text == text)).scalars().all()


def test_a_comment_of_danger_goes_to_the_conversation_that_the_writer_has(server: WidgetServer) -> None:
    opened = server.post("token", {})[1]
    answer = server.post("comments", {"text": "Je veux mourir", "token": opened["token"]})[1]
    assert answer["conversation"] == opened["conversation"]
    forged = server.post("comments", {"text": "Je veux mourir", "token": opened["token"] + "x"})[1]
    assert forged["conversation"] != opened["conversation"]
