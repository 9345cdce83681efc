"""Structured logs. Message text, names and phone numbers never reach them."""

from __future__ import annotations

import importlib
import logging
import sys
import warnings
from typing import Any

import structlog
from structlog.typing import EventDict

from bot.settings import Settings

# Keys under which Rasa or a careless caller might hand over what a patient wrote.
_PRIVATE_KEYS = frozenset(
    {
        "text",
        "message",
        "parse_data_text",
        "parse_data_entities",
        "user_text",
        "evidence",
        "comment",
        "locals",
    }
)
# Rasa's debug and tracker logs print message text.
_QUIET = (
    "rasa",
    "rasa.core",
    "rasa.core.processor",
    "rasa_sdk",
    "sanic.access",
    "sanic.root",
    "engineio",
    "socketio",
    "apscheduler",
    "httpx",
    "spacy",
    "alembic.runtime.migration",
)


class _StandardError:
    """Standard error as it is at the moment of writing: loggers are kept, and it may have been exchanged since."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


_STANDARD_ERROR: Any = _StandardError()


class _Named(structlog.PrintLogger):
    """A logger that knows whether the project's own code made it: Rasa makes its loggers without a name."""

    ours = True


def _logger(*name: str) -> structlog.PrintLogger:
    logger = _Named(_STANDARD_ERROR)
    logger.ours = bool(name)
    return logger


def drop_foreign(logger: Any, method: str, event: EventDict) -> EventDict:
    """structlog processor: of what others log keep warnings, and of these what happened; their values hold messages."""
    if getattr(logger, "ours", True):
        return event
    if method in ("debug", "info"):
        raise structlog.DropEvent
    return {key: event[key] for key in ("event", "level", "timestamp", "exc_info") if key in event}


def drop_private(_: Any, __: str, event: EventDict) -> EventDict:
    """structlog processor: remove values that could hold what a patient wrote."""
    for key in _PRIVATE_KEYS & event.keys():
        event[key] = "[withheld]"
    return event


def drop_traceback(_: Any, __: str, event: EventDict) -> EventDict:
    """structlog processor: of an exception keep the kind; its frames and its text could hold what a patient wrote."""
    event.pop("stack_info", None)
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["kind"] = type(error).__name__
    return event


class _NoTraceback(logging.Filter):
    """Rasa's failure logs attach tracebacks whose frames hold message text: keep type and place only."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[0] is not None:
            first = record.getMessage().partition("\n")[0]
            record.msg = f"{first} [{record.exc_info[0].__name__}]"
            record.args = None
            record.exc_info = None
            record.exc_text = None
        return True


def quiet_third_parties() -> None:
    """Show no warnings of libraries, most of them about their own future, for as long as the process runs.

    Sanic asks for those about deprecation when it is imported, whatever was wished before.
    """
    importlib.import_module("sanic.app")
    warnings.simplefilter("ignore")


def configure_logs(settings: Settings) -> None:
    """Set up logging for this process: one line an event on standard error."""
    level = getattr(logging, settings.log_level.upper())
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            drop_foreign,
            drop_private,
            drop_traceback,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_logger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(_STANDARD_ERROR)
    handler.addFilter(_NoTraceback())
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
