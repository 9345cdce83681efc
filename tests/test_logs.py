"""Logs name what failed, and never hold what a patient wrote."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Literal

import pytest
import structlog

from bot.logs import configure_logs
from bot.settings import load_settings

SECRET = "je veux mourir"


@pytest.fixture(params=["console", "json"])
def log_format(request: pytest.FixtureRequest) -> Iterator[Literal["console", "json"]]:
    """Both ways of writing; the tests after this one find logging as they left it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    structlog.reset_defaults()
    yield request.param
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


def fail(secret: str) -> None:
    words = f"{secret} !"
    raise ValueError(words)


def test_of_an_exception_only_the_kind_is_kept(
    log_format: Literal["console", "json"], capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logs(load_settings(log_format=log_format))
    try:
        fail(SECRET)
    except ValueError as error:
        structlog.get_logger("a").exception("action.failed")
        structlog.get_logger("a").error("action.failed", exc_info=error)
        logging.getLogger("rasa.core.processor").exception("Encountered an exception\nwhile running")
        logging.getLogger("sanic.error").exception("")
    printed = "".join(capfd.readouterr())
    assert SECRET not in printed
    assert "Traceback" not in printed
    assert "File " not in printed
    assert printed.count("ValueError") == 4
    assert "Encountered an exception [ValueError]" in printed


def test_values_that_could_hold_words_are_withheld(capfd: pytest.CaptureFixture[str]) -> None:
    structlog.reset_defaults()
    configure_logs(load_settings(log_format="json"))
    structlog.get_logger("b").warning("rasa.says", text=SECRET, user_text=SECRET, parse_data_text=SECRET, alert_id=3)
    line = json.loads(capfd.readouterr().err.splitlines()[-1])
    assert line["alert_id"] == 3
    assert SECRET not in json.dumps(line)
    structlog.reset_defaults()


def test_an_event_outside_any_exception_is_no_failure(capfd: pytest.CaptureFixture[str]) -> None:
    structlog.reset_defaults()
    configure_logs(load_settings(log_format="json"))
    structlog.get_logger("c").error("nothing.raised", exc_info=True)
    line = json.loads(capfd.readouterr().err.splitlines()[-1])
    assert "kind" not in line
    structlog.reset_defaults()
