from __future__ import annotations

import pytest

from bot.channels.widget_tokens import TokenRefused, Tokens


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(clock: Clock) -> Tokens:
    return Tokens("s" * 40, hours=1.0, clock=clock)


def reason(tokens: Tokens, token: object, conversation: object = None) -> str:
    with pytest.raises(TokenRefused) as refused:
        tokens.read(token, conversation)
    return refused.value.reason


def test_a_token_opens_its_own_conversation_until_it_expires(tokens: Tokens, clock: Clock) -> None:
    opened = tokens.begin()
    assert tokens.read(opened.token) == opened
    assert tokens.read(opened.token, opened.conversation) == opened
    clock.now += 3599
    assert tokens.read(opened.token).expires == opened.expires
    clock.now += 1
    assert reason(tokens, opened.token) == "expired"


def test_a_token_opens_no_other_conversation(tokens: Tokens) -> None:
    assert reason(tokens, tokens.begin().token, "w-somebody-else") == "foreign"


@pytest.mark.parametrize("given", [None, "", "nonsense", 7, ["a"], {"token": 1}, "é", "a.b.c", "x" * 10_000])
def test_what_is_no_token_is_refused(tokens: Tokens, given: object) -> None:
    assert reason(tokens, given) == "forged"


def test_a_changed_token_or_another_servers_is_refused(tokens: Tokens, clock: Clock) -> None:
    opened = tokens.begin()
    body, signature = opened.token.split(".")
    assert reason(tokens, f"{body[:-1]}A.{signature}") == "forged"
    assert reason(Tokens("t" * 40, 1.0, clock), opened.token) == "forged"


def test_conversations_cannot_be_guessed(tokens: Tokens) -> None:
    names = {tokens.begin().conversation for _ in range(200)}
    assert len(names) == 200
    assert all(len(name) == 34 for name in names)


def test_a_token_ages_at_half_its_time(tokens: Tokens, clock: Clock) -> None:
    opened = tokens.begin()
    clock.now += 1800
    assert not tokens.is_ageing(opened)
    clock.now += 1
    assert tokens.is_ageing(opened)
    renewed = tokens.issue(opened.conversation)
    assert renewed.conversation == opened.conversation
    assert renewed.expires > opened.expires
