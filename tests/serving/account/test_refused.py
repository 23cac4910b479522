"""Who is refused at these doors, and which questions are."""

from itertools import product
from typing import Any

import pytest

from accounts.programs import create_key
from kit.postgres import Server
from tests.databases import context
from tests.people import new_address
from tests.serving.account.conftest import elsewhere, somebody
from tests.serving.account.doors import GUARDED, KEYS_TAKEN, OPEN, ask, code_of
from tests.serving.client import Client


@pytest.mark.parametrize(("door", "body"), GUARDED.items(), ids=GUARDED)
def test_nobody_without_a_credential_and_nobody_with_a_wrong_one(
    stranger: Client, door: str, body: dict[str, Any]
) -> None:
    assert code_of(ask(stranger, door, body)) == (401, "missing-credential")
    for wrong in ("nonsense", "e30.e30.e30"):
        client = stranger.with_headers(Authorization=f"Bearer {wrong}")
        assert code_of(ask(client, door, body)) == (401, "invalid-credential")


@pytest.mark.parametrize(("door", "body"), GUARDED.items(), ids=GUARDED)
def test_a_key_does_not_sign_in_for_its_owner(
    postgres: Server, stranger: Client, door: str, body: dict[str, Any]
) -> None:
    key = create_key(postgres.urls.admin, context(), new_address(), "insights alone")
    answer = ask(stranger.with_headers(Authorization=f"Bearer {key}"), door, body)
    assert code_of(answer) == (403, "missing-scope" if door in KEYS_TAKEN else "credential-not-taken")


WRONG: dict[str, Any] = {
    "no object": [],
    "nothing": {},
    "unknown field": {"colour": "red"},
    "numbers": {"email": 1, "password": 2, "token": 3, "code": 4, "mfa_token": 5, "refresh_token": 6, "name": 7},
    "long": {"email": "a" * 300, "password": "b" * 9_000, "token": "c" * 300, "code": "d" * 99, "name": "e" * 200},
    "control characters": {"email": "a\0@example.org", "password": "\0", "token": "\0", "code": "\0", "name": "a\0b"},
    "no client": {"client": "toaster"},
}


BODILESS = "POST auth/validate-session"
TAKING = [f"POST auth/{door}" for door in OPEN] + [door for door in GUARDED if door[0] == "P" and door != BODILESS]
NEEDING_NOTHING = ("POST auth/refresh", "POST auth/logout", "POST auth/mfa/enrol")


@pytest.fixture(scope="module")
def known(postgres: Server, api: Client) -> Client:
    """Somebody who is signed in."""
    return somebody(postgres, api).signed_in()


@pytest.mark.parametrize(
    ("door", "wrong"),
    [(door, wrong) for door, wrong in product(TAKING, WRONG) if not (wrong == "nothing" and door in NEEDING_NOTHING)],
)
def test_a_malformed_body_is_a_problem(api: Client, known: Client, door: str, wrong: str) -> None:
    status, code = code_of(ask(known if door in GUARDED else elsewhere(api), door, WRONG[wrong]))
    assert status == 422
    assert code in ("malformed-body", "invalid-parameter", "unknown-parameter")


def test_text_that_is_none_is_a_problem(stranger: Client, known: Client) -> None:
    """Halves of surrogate pairs are valid JSON and no text."""
    head = {"Content-Type": "application/json"}
    for client, method, path in ((stranger, "POST", "auth/login"), (known, "PATCH", "users/me")):
        for body in (b'{"email": "a@example.org", "password": "\\ud800"}', b'{"\\udfff": 1}', b'{"name": "\\ud800"}'):
            answer = client.request(method, f"/api/v1/{path}", content=body, headers=head)
            assert answer.status_code == 422, answer.text
