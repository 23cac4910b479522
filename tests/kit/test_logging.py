"""Logs are one line an event, and keep secrets."""

import json
import logging

import pytest
import structlog

from kit import logging as logs


@pytest.fixture(autouse=True)
def _restored() -> object:
    before, configured = (logging.getLogger().handlers, logging.getLogger().level), structlog.get_config()
    yield
    logging.getLogger().handlers, level = before
    logging.getLogger().setLevel(level)
    structlog.configure(**configured)


def test_an_event_is_one_line_of_json_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(as_json=True)
    structlog.get_logger("a").info("key.created", key_id="7", key="pb_live_x", reset_token="y", email="a@b.c")
    logging.getLogger("b").warning("disk.nearly_full: %d%%", 93)
    captured = capsys.readouterr()
    first, second = map(json.loads, captured.err.splitlines())
    assert (first["event"], first["key_id"], first["level"]) == ("key.created", "7", "info")
    assert {first["key"], first["reset_token"], first["email"]} == {"[withheld]"}
    assert (second["event"], second["logger"]) == ("disk.nearly_full: 93%", "b")
    assert captured.out == ""
