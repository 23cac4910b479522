"""Becoming a user and signing in, through the doors."""

import psycopg
import pytest

from accounts.passwords.hashing import WAITING
from kit.postgres import Server
from tests.people import PASSWORD, new_address
from tests.serving.account.conftest import Someone, elsewhere
from tests.serving.account.doors import NEW, code_of
from tests.serving.client import Client


def test_register_confirm_sign_in_and_see_oneself(postgres: Server, stranger: Client) -> None:
    ann = Someone(postgres, stranger, new_address())
    registered = ann.post("register", {"email": ann.email, "password": PASSWORD, "name": "Ann"})
    assert registered.status_code == 202
    assert code_of(ann.login()) == (403, "email-not-verified")
    assert ann.post("verify-email", {"token": ann.token("verify_email")}).status_code == 204
    me = ann.signed_in().get("/api/v1/users/me")
    assert me.status_code == 200
    told = me.json()
    assert (told["email"], told["name"], told["role"], told["plan"]) == (ann.email, "Ann", "user", "free")
    assert (told["has_password"], told["second_factor"], told["status"]) == (True, False, "active")
    assert me.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("door", ["register", "forgot-password", "magic-link", "resend-verification"])
def test_a_taken_address_is_answered_as_any_other(ann: Someone, door: str) -> None:
    answers = []
    for email in (ann.email, new_address()):
        body = {"email": email} | ({"password": NEW} if door == "register" else {})
        hasher = ann.context.hasher
        before = hasher.hashed  # type: ignore[attr-defined]
        answer = ann.post(door, body)
        answers.append((answer.status_code, answer.json(), hasher.hashed - before))  # type: ignore[attr-defined]
    assert answers[0] == answers[1]
    assert answers[0][0] == 202
    assert ann.login().status_code == 200, "and whoever has it still signs in"


def test_a_wrong_password_and_an_unknown_address_are_told_alike(ann: Someone, stranger: Client) -> None:
    wrong = ann.login(password=NEW)
    unknown = ann.post("login", {"email": new_address(), "password": NEW})
    assert code_of(wrong) == code_of(unknown) == (401, "sign-in-failed")
    assert wrong.json()["detail"] == unknown.json()["detail"]
    assert set(wrong.headers) == set(unknown.headers)


@pytest.mark.parametrize("known", [True, False])
def test_the_sixth_attempt_is_refused_and_says_when_to_come_again(ann: Someone, known: bool) -> None:
    email = ann.email if known else new_address()
    for _ in range(5):
        assert ann.post("login", {"email": email, "password": NEW}).status_code == 401
    locked = ann.post("login", {"email": email, "password": PASSWORD})
    assert code_of(locked) == (429, "locked-out")
    assert 0 < int(locked.headers["retry-after"]) <= 900
    other = Someone(ann.server, elsewhere(ann.client), email)
    assert code_of(other.login()) == (429, "locked-out"), "nor from anywhere else"
    with psycopg.connect(ann.server.urls.admin) as connection:
        noted = connection.execute("SELECT count(*) FROM audit_log WHERE action = 'session.locked'").fetchone()
    assert noted is not None
    assert noted[0] >= 1


def test_who_cannot_be_judged_has_not_failed(ann: Someone, monkeypatch: pytest.MonkeyPatch) -> None:
    client = ann.signed_in()
    change = {"old_password": PASSWORD, "password": NEW}
    with monkeypatch.context() as crowded:
        crowded.setattr(ann.context.hasher, "_under_way", WAITING)
        for _ in range(6):
            for answer in (ann.login(), client.post("/api/v1/auth/change-password", json=change)):
                assert code_of(answer) == (503, "busy")
                assert int(answer.headers["retry-after"]) > 0
    assert ann.login().status_code == 200
    assert client.post("/api/v1/auth/change-password", json=change).status_code == 204


def test_an_address_that_failed_five_times_is_refused_for_every_account(ann: Someone, bob: Someone) -> None:
    for _ in range(5):
        ann.post("login", {"email": new_address(), "password": NEW})
    assert code_of(ann.login()) == (429, "locked-out")
    assert bob.login().status_code == 200


def test_too_many_requests_from_one_address_are_refused_before_anything_is_done(stranger: Client) -> None:
    answers = [stranger.post("/api/v1/auth/verify-email", json={"token": "x"}) for _ in range(61)]
    assert {answer.status_code for answer in answers[:60]} == {401}
    assert code_of(answers[60]) == (429, "rate-limited")
    assert int(answers[60].headers["retry-after"]) > 0


def test_a_magic_link_signs_in_once(ann: Someone) -> None:
    ann.post("magic-link", {"email": ann.email})
    token = ann.token("magic_link")
    assert ann.post("magic-link/redeem", {"token": token}).json()["kind"] == "session"
    assert code_of(ann.post("magic-link/redeem", {"token": token})) == (401, "invalid-link")


def test_a_suspended_user_is_told_so_with_the_right_password_alone(ann: Someone) -> None:
    client = ann.signed_in()
    with psycopg.connect(ann.server.urls.admin) as connection:
        digest = ann.context.secrets.digest("email", ann.email)
        connection.execute("UPDATE users SET status = 'suspended' WHERE email_digest = %s", [digest])
    assert code_of(ann.login()) == (403, "account-suspended")
    assert code_of(ann.login(password=NEW)) == (401, "sign-in-failed")
    assert client.get("/api/v1/users/me").status_code in (401, 403)
