"""Staff tokens."""

from __future__ import annotations

import time

import pytest
from itsdangerous import URLSafeTimedSerializer

from bot.desk import tokens
from bot.desk.tokens import Staff
from bot.errors import NotAuthorised
from bot.settings import get_settings

ANA = Staff(1, "Ana", "agent")


def test_a_token_names_its_bearer() -> None:
    assert tokens.verify(tokens.issue(ANA)) == ANA


@pytest.mark.parametrize(("role", "talks"), [("agent", True), ("admin", True), ("reviewer", False)])
def test_who_may_take_over(role: tokens.Role, talks: bool) -> None:
    assert Staff(1, "x", role).talks is talks


def test_forged_and_foreign_tokens_are_refused() -> None:
    good = tokens.issue(ANA)
    other_use = URLSafeTimedSerializer(get_settings().secret, salt="widget").dumps(
        {"id": 1, "name": "x", "role": "admin"}
    )
    wrong_content = URLSafeTimedSerializer(get_settings().secret, salt="repere.staff").dumps({"id": 1})
    for token in ("", "x", good[:-2] + "xx", "x" + good, tokens.issue(ANA, "another secret"), other_use, wrong_content):
        with pytest.raises(NotAuthorised):
            tokens.verify(token)


def test_tokens_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    token = tokens.issue(ANA)
    later = time.time() + get_settings().desk_session_minutes * 60 + 5
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(NotAuthorised):
        tokens.verify(token)
    assert tokens.verify(token, max_age=10**6) == ANA
