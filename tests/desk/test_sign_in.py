"""Signing in: passwords, lockout, sessions that end, cookies."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from httpx import Response

from bot.desk import commands, passwords
from bot.errors import NotFound
from bot.settings import get_settings
from bot.store import sign_ins, staff
from bot.store.columns import now
from bot.store.database import session_scope
from bot.store.desk_models import AuditEntry, StaffSession
from tests.desk.conftest import PASSWORD, Team


def attempt(team: Team, name: str, password: str, **form: str) -> Response:
    """One try in a fresh browser."""
    team.client.cookies.clear()
    page = team.client.get("/sign-in")
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert token is not None
    cookie = page.headers["set-cookie"].split(";")[0]
    answer = team.client.post(
        "/sign-in",
        data={"csrf": token[1], "name": name, "password": password, **form},
        headers={"cookie": cookie, "sec-fetch-site": "same-origin"},
        follow_redirects=False,
    )
    team.client.cookies.clear()
    return answer


def test_right_password_opens_the_page_of_the_role(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, first in (("amelie", "/alerts"), ("lea", "/review"), ("chef", "/alerts")):
        answer = attempt(team, name, PASSWORD)
        assert answer.status_code == 303
        cookie = next(c for c in answer.headers.get_list("set-cookie") if "repere_desk=" in c)
        assert cookie.startswith("__Host-")
        for attribute in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
            assert attribute in cookie
        opened = team.client.get("/", headers={"cookie": cookie.split(";")[0]}, follow_redirects=False)
        assert opened.headers["location"] == first


def test_names_know_no_case(team: Team) -> None:
    assert attempt(team, "  AMELIE ", PASSWORD).status_code == 303


def test_wrong_password_and_unknown_name_look_the_same(team: Team) -> None:
    known, unknown = attempt(team, "amelie", "wrong"), attempt(team, "nobody", "wrong")
    assert known.status_code == unknown.status_code == 401
    strip = re.compile(r'value="[^"]*"')
    assert strip.sub("", known.text) == strip.sub("", unknown.text)


@pytest.mark.parametrize("name", ["amelie", "nobody"])
def test_locked_after_five_failures_even_with_the_right_password(team: Team, name: str) -> None:
    for _ in range(sign_ins.FAILURES_OF_A_NAME):
        assert attempt(team, name, "wrong").status_code == 401
    assert attempt(team, name, PASSWORD).status_code == 429
    assert attempt(team, "marc", PASSWORD).status_code == 303
    assert team.chef.post("/staff/1", {"what": "unlock"}).status_code == 303
    assert attempt(team, name, PASSWORD).status_code == (303 if name == "amelie" else 429)


def test_lock_ends_by_itself(store_url: str) -> None:
    with session_scope(store_url) as session:
        for _ in range(sign_ins.FAILURES_OF_A_NAME):
            sign_ins.note_failure(session, "amelie", "10.0.0.1")
        session.flush()
        assert sign_ins.locked(session, "amelie", "10.0.0.9")
        assert not sign_ins.locked(session, "amelie", "10.0.0.9", at=now() + sign_ins.WINDOW + timedelta(seconds=1))


def test_an_address_that_tries_many_names_is_locked(store_url: str) -> None:
    with session_scope(store_url) as session:
        for number in range(sign_ins.FAILURES_OF_AN_ADDRESS):
            sign_ins.note_failure(session, f"name{number}", "10.0.0.1")
        session.flush()
        assert sign_ins.locked(session, "another", "10.0.0.1")
        assert not sign_ins.locked(session, "another", "10.0.0.2")


def test_session_ends_without_requests_and_after_a_long_shift(store_url: str) -> None:
    with session_scope(store_url) as session:
        member = staff.add(session, name="a", role="agent", password_hash="x")
        start, idle = now(), timedelta(minutes=60)
        token = sign_ins.start(session, member, idle, at=start)
        assert sign_ins.visitor(session, token, at=start + timedelta(minutes=59)) is not None
        assert sign_ins.visitor(session, token, at=start + timedelta(minutes=61)) is None
        row = session.query(StaffSession).one()
        for minutes in range(0, 13 * 60, 30):
            sign_ins.touch(session, row.id, idle, at=start + timedelta(minutes=minutes))
        assert row.ends_at == start + sign_ins.LONGEST
        assert token not in (row.token_hash, row.csrf)


def test_open_page_that_asks_for_news_keeps_no_session_alive(team: Team) -> None:
    amelie = team.amelie
    with session_scope(team.url) as session:
        row = session.query(StaffSession).one()
        row.seen_at = row.ends_at = now() + timedelta(minutes=5)
        row.seen_at = now() - timedelta(minutes=5)
    amelie.get("/account", **{"x-repere-live": "1"})
    with session_scope(team.url) as session:
        assert session.query(StaffSession).one().ends_at < now() + timedelta(minutes=6)
    amelie.get("/account")
    with session_scope(team.url) as session:
        assert session.query(StaffSession).one().ends_at > now() + timedelta(minutes=50)


def test_sign_out_ends_the_session(team: Team) -> None:
    amelie = team.amelie
    assert amelie.get("/alerts").status_code == 200
    assert amelie.post("/sign-out").headers["clear-site-data"]
    assert amelie.get("/alerts").headers["location"].startswith("/sign-in")


def test_disabled_member_is_out_at_once_and_cannot_come_back(team: Team) -> None:
    amelie, chef = team.amelie, team.chef
    assert chef.post(f"/staff/{amelie.id}", {"what": "disable"}).status_code == 303
    assert amelie.get("/alerts").status_code == 303
    assert attempt(team, "amelie", PASSWORD).status_code == 401
    chef.post(f"/staff/{amelie.id}", {"what": "enable"})
    assert attempt(team, "amelie", PASSWORD).status_code == 303


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("/conversations/abc", "/conversations/abc"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil", "/"),
    ],
)
def test_goes_on_to_the_page_asked_for_but_never_elsewhere(team: Team, wanted: str, goes: str) -> None:
    assert attempt(team, "amelie", PASSWORD, next=wanted).headers["location"] == goes


def test_form_of_another_browser_is_refused(team: Team) -> None:
    page = team.client.get("/sign-in")
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)
    team.client.cookies.clear()
    answer = team.client.post(
        "/sign-in",
        data={"csrf": token[1] if token else "", "name": "amelie", "password": PASSWORD},
        follow_redirects=False,
    )
    assert answer.status_code == 403


def test_changing_the_password_signs_other_browsers_out(team: Team) -> None:
    here, elsewhere = team.sign_in("amelie"), team.sign_in("amelie")
    assert here.post("/account/password", {"old": "wrong", "new": "une autre phrase longue"}).status_code == 422
    assert here.post("/account/password", {"old": PASSWORD, "new": "court"}).status_code == 422
    assert here.post("/account/password", {"old": PASSWORD, "new": "une autre phrase longue"}).status_code == 200
    assert here.get("/alerts").status_code == 200
    assert elsewhere.get("/alerts").status_code == 303
    assert attempt(team, "amelie", PASSWORD).status_code == 401
    assert attempt(team, "amelie", "une autre phrase longue").status_code == 303


def test_audit_knows_who_came_and_who_did_not(team: Team) -> None:
    attempt(team, "amelie", "wrong")
    attempt(team, "amelie", PASSWORD)
    with session_scope(team.url) as session:
        actions = [row.action for row in session.query(AuditEntry).order_by(AuditEntry.id)]
    assert actions == ["sign_in.failed", "sign_in.done"]


def test_first_user_has_a_random_password_and_is_made_once(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", store_url)
    get_settings.cache_clear()
    first = commands.first_user()
    assert first is not None
    assert len(first[1]) >= 20
    assert commands.first_user() is None
    with session_scope(store_url) as session:
        member = staff.by_name(session, first[0])
        assert member is not None
        assert member.role == "admin"
        assert passwords.verify(member.password_hash, first[1])
        assert first[1] not in member.password_hash


def test_command_line_adds_people(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", store_url)
    get_settings.cache_clear()
    password = commands.add_user("Nina", "reviewer")
    with pytest.raises(ValueError, match="already"):
        commands.add_user("nina", "agent")
    with pytest.raises(ValueError, match="role"):
        commands.add_user("otto", "king")
    with pytest.raises(ValueError, match="12"):
        commands.add_user("otto", "agent", "short")
    assert commands.new_password("nina") != password
    with pytest.raises(NotFound):
        commands.new_password("otto")


def test_passwords_are_argon2id() -> None:
    hashed = passwords.hash_password(PASSWORD)
    assert hashed.startswith("$argon2id$")
    assert passwords.verify(hashed, PASSWORD)
    assert not passwords.verify(hashed, PASSWORD + "x")
    assert not passwords.verify(None, "somebody who does not exist")


def test_language_follows_the_browser_then_the_member(team: Team) -> None:
    page = team.client.get("/sign-in", headers={"accept-language": "en-GB,en;q=0.9"})
    assert '<html lang="en">' in page.text
    amelie = team.sign_in("amelie", "fr")
    assert "Attendent une personne" in amelie.get("/alerts").text
    assert amelie.post("/language/en", {"back": "/alerts"}).headers["location"] == "/alerts"
    assert "Waiting for a person" in amelie.get("/alerts").text
