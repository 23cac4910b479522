"""Finds in logs what must never be there: credentials, and what tells who somebody is.

tests/conftest.py looks with it at everything that a test, and the processes it starts, write while it runs.
"""

import re

PATTERNS = {
    "an API key": re.compile(r"pb_(?:live|test)_[0-9A-Za-z]{30,}"),
    "a licence key": re.compile(r"PBL-(?:[0-9A-Z]{5}-){3}"),
    "a token": re.compile(r"pb_[a-z]+_[0-9A-Za-z_-]{30,}"),
    "a signed token": re.compile(r"eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]*"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a password": re.compile(r"correct horse|hunter2|s3cr3t|grey herons|wr0ng", re.IGNORECASE),  # the tests' own
    "an address": re.compile(r"[0-9A-Za-z._%+-]+@[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+"),
    "a log-in to the database": re.compile(r"postgresql(?:\+\w+)?://[^\s:/]+:[^\s@]+@"),
}


def leaks(text: str) -> list[str]:
    """What `text` tells that it should not: "an API key: pb_live_Ab…"; each is shown in part."""
    return [f"{what}: {found[0][:12]}…" for what, pattern in PATTERNS.items() if (found := pattern.search(text))]
