"""What is looked for in the logs of all tests."""

import pytest

from accounts.keys.text import new_key
from tests.leaks import leaks


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("key=pb_live_" + "aB3" * 12, "an API key"),
        ("refresh pb_refresh_" + "a-_9" * 11, "a token"),
        ("Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTYifQ.c2lnbmVk", "a signed token"),
        ("-----BEGIN RSA " + "PRIVATE KEY-----", "a private key"),
        ("login failed for ana@example.org", "an address"),
        ("could not connect to postgresql://payband_app:pw@127.0.0.1/payband", "a log-in to the database"),
    ],
)
def test_what_must_not_be_told_is_found(line: str, what: str) -> None:
    assert any(found.startswith(what) for found in leaks(f"before {line} after"))


def test_a_key_of_ours_is_found() -> None:
    assert leaks(f'{{"authorization": "Bearer {new_key("test")}"}}')


def test_what_may_be_told_is_not() -> None:
    assert leaks("pb_live_Ab3d of user 0198c7c2-aaaa-7bbb-8ccc-ddddeeeeffff, 127.0.0.1:8000, method@class, <x@y>") == []
