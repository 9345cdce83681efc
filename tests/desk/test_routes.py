"""Every address of the desk, asked by nobody and by each role."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from starlette.routing import Route

from bot.desk.app import routes
from tests.desk.conftest import Team

OPEN = {"/health", "/sign-in", "/language/{language}", "/comments.json", "/static/{name}"}
# Who may do what: the table a newcomer reads, checked against the code. a: agent, r: reviewer, x: admin.
ALLOWED = {
    "GET /": "arx",
    "POST /sign-out": "arx",
    "GET /account": "arx",
    "POST /account/password": "arx",
    "GET /live": "arx",
    "GET /alerts": "ax",
    "GET /alerts/queue": "ax",
    "GET /conversations/{id}": "arx",
    "GET /conversations/{id}/lines": "arx",
    "GET /conversations/{id}/earlier": "arx",
    "POST /conversations/{id}/claim": "ax",
    "POST /conversations/{id}/step-in": "ax",
    "POST /conversations/{id}/release": "ax",
    "POST /conversations/{id}/close": "ax",
    "POST /conversations/{id}/reply": "ax",
    "POST /conversations/{id}/replies/{reply:int}/again": "ax",
    "POST /conversations/{id}/replies/{reply:int}/discard": "ax",
    "POST /conversations/{id}/notes": "arx",
    "POST /conversations/{id}/reveal": "ax",
    "POST /conversations/{id}/hide": "ax",
    "GET /review": "rx",
    "POST /review": "rx",
    "POST /review/views": "rx",
    "POST /review/views/{view:int}/remove": "rx",
    "POST /conversations/{id}/state": "rx",
    "POST /conversations/{id}/tags": "rx",
    "POST /conversations/{id}/tags/{tag:int}/remove": "rx",
    "POST /turns/{turn:int}/judgement": "rx",
    "GET /comments": "rx",
    "POST /comments/{comment:int}/decide": "rx",
    "POST /comments/{comment:int}/correct": "rx",
    "GET /figures": "rx",
    "GET /figures.csv": "rx",
    "GET /privacy": "x",
    "POST /privacy/find": "x",
    "POST /privacy/export": "x",
    "POST /privacy/erase": "x",
    "POST /privacy/purge": "x",
    "GET /replies": "x",
    "POST /replies/{reply:int}": "x",
    "POST /replies/{reply:int}/remove": "x",
    "GET /staff": "x",
    "POST /staff": "x",
    "POST /staff/{member:int}": "x",
    "POST /staff/{member:int}/password": "x",
    "GET /audit": "x",
}
PEOPLE = {"a": "amelie", "r": "lea", "x": "chef"}
# A stream that never ends is looked at in test_live_news.py.
ENDLESS = {"GET /live"}
# After that nothing is allowed any more.
LAST = "POST /sign-out"


def asked(route: Route) -> str:
    method = "POST" if "POST" in (route.methods or set()) else "GET"
    return f"{method} {route.path}"


def address(path: str, conversation: str) -> str:
    return re.sub(r"\{\w+(:int)?\}", "1", path.replace("{id}", conversation))


def test_every_route_is_in_the_table() -> None:
    assert {asked(route) for route in routes() if route.path not in OPEN} == set(ALLOWED)


def test_nobody_gets_in_without_signing_in(team: Team, talk: Callable[..., str]) -> None:
    conversation = talk([("patient", "confidence-du-patient")], tier="C1", evidence=["confidence-du-patient"])
    for name in ALLOWED:
        method, path = name.split()
        for accept in ("text/html", "*/*", "text/event-stream"):
            for htmx in ({}, {"hx-request": "true"}):
                answer = team.client.request(
                    method,
                    address(path, conversation),
                    headers={"accept": accept, "sec-fetch-site": "same-origin", **htmx},
                    follow_redirects=False,
                )
                turned_away = answer.status_code == 401 or (
                    answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
                )
                assert turned_away, (name, accept, answer.status_code)
                assert "confidence-du-patient" not in answer.text


@pytest.mark.parametrize("letter", list(PEOPLE))
def test_each_role_is_refused_what_it_must_not_do(team: Team, talk: Callable[..., str], letter: str) -> None:
    conversation = talk([("patient", "confidence-du-patient")], tier="C1")
    person = team.sign_in(PEOPLE[letter])
    for name in sorted(ALLOWED, key=lambda name: name == LAST):
        if name in ENDLESS:
            continue
        method, path = name.split()
        where = address(path, conversation)
        answer = person.get(where) if method == "GET" else person.post(where)
        if letter in ALLOWED[name]:
            # Allowed does not mean sensible: most of these forms are empty.
            assert answer.status_code not in (401, 403) or "conversations" in path, (name, answer.status_code)
        else:
            assert answer.status_code == 403, (name, answer.status_code)
            assert "confidence-du-patient" not in answer.text


@pytest.mark.parametrize("letter", list(PEOPLE))
def test_a_form_without_its_token_changes_nothing(team: Team, talk: Callable[..., str], letter: str) -> None:
    conversation = talk([("patient", "bonjour")], tier="C1")
    person = team.sign_in(PEOPLE[letter])
    person.csrf = "x" * 43
    for name, letters in ALLOWED.items():
        method, path = name.split()
        if method == "POST" and letter in letters:
            answer = person.post(address(path, conversation), {"state": "flagged", "outcome": "other"})
            assert answer.status_code == 403, name


def test_a_form_of_another_site_is_refused_before_anything_else(team: Team) -> None:
    chef = team.chef
    for foreign in (
        {"sec-fetch-site": "cross-site"},
        {"origin": "https://evil.example", "sec-fetch-site": "same-origin"},
    ):
        answer = chef.post("/staff", {"name": "eve", "role": "admin"}, **foreign)
        assert answer.status_code == 403
    assert "eve" not in chef.get("/staff").text


def test_an_unknown_address_tells_nothing(team: Team) -> None:
    answer = team.client.get("/nowhere", follow_redirects=False)
    assert answer.status_code == 404
    assert "/alerts" not in answer.text


def test_strict_headers_everywhere(team: Team) -> None:
    for path in ("/sign-in", "/health", "/nowhere", "/comments.json", "/static/desk.css"):
        headers = team.client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
    assert team.amelie.get("/alerts").headers["cache-control"] == "no-store"


def test_too_much_is_refused(team: Team) -> None:
    answer = team.amelie.post("/conversations/x/reply", {"text": "x" * 70_000})
    assert answer.status_code == 413
