"""Logs: one line an event on standard error, named `noun.verb_past`, with ids and never with secrets."""

import logging
import sys
from typing import Any

import structlog

SECRETS = ("key", "token", "password", "secret", "authorization", "email", "url")


def set_up(*, as_json: bool, level: str = "INFO") -> None:
    """Send structlog and the standard library's loggers through one formatter; called once by each program."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_secrets,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    # The default traceback for people shows every local variable, and so keys and addresses.
    people = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    last = structlog.processors.JSONRenderer() if as_json else people
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)


def without_secrets(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Blank every field whose name says that it holds a secret or a person's address."""
    for name in event:
        if name.lower() in SECRETS or name.lower().endswith(("_token", "_password", "_secret")):
            event[name] = "[withheld]"
    return event
