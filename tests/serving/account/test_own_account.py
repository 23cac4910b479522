"""What somebody who has an account does with it: passwords, the address, the name, and other sessions."""

from kit.postgres import Server
from tests.people import PASSWORD, new_address
from tests.serving.account.conftest import Someone, somebody
from tests.serving.account.doors import NEW, code_of, soon_refused
from tests.serving.client import Client


def test_a_forgotten_password_is_replaced_and_every_session_ends(ann: Someone) -> None:
    client = ann.signed_in()
    assert client.post("/api/v1/auth/validate-session", json={}).status_code == 200
    ann.post("forgot-password", {"email": ann.email})
    token = ann.token("reset_password")
    assert code_of(ann.post("reset-password", {"token": token, "password": "password1234"})) == (422, "weak-password")
    assert ann.post("reset-password", {"token": token, "password": NEW}).status_code == 204
    assert code_of(ann.post("reset-password", {"token": token, "password": NEW})) == (401, "invalid-link")
    assert soon_refused(client)
    assert code_of(ann.login()) == (401, "sign-in-failed")
    ann.password = NEW
    assert ann.login().status_code == 200


def test_a_changed_password_ends_every_other_session(ann: Someone) -> None:
    here, there = ann.signed_in(), ann.signed_in()
    change = "/api/v1/auth/change-password"
    assert code_of(here.post(change, json={"old_password": NEW, "password": NEW})) == (403, "wrong-password")
    weak = here.post(change, json={"old_password": PASSWORD, "password": ann.email})
    assert code_of(weak) == (422, "weak-password")
    assert here.post(change, json={"old_password": PASSWORD, "password": NEW}).status_code == 204
    assert soon_refused(there)
    assert here.post("/api/v1/auth/validate-session", json={}).status_code == 200
    assert ann.mails()[-1][0] == "password_changed"


def test_a_signed_in_thief_guesses_the_password_five_times(ann: Someone) -> None:
    client = ann.signed_in()
    body = {"old_password": NEW, "password": NEW}
    answers = [client.post("/api/v1/auth/change-password", json=body) for _ in range(6)]
    assert [code_of(answer)[1] for answer in answers] == ["wrong-password"] * 5 + ["locked-out"]


def test_another_address(ann: Someone, bob: Someone) -> None:
    client, new = ann.signed_in(), new_address()
    taken = client.post("/api/v1/auth/change-email", json={"email": bob.email, "password": PASSWORD})
    free = client.post("/api/v1/auth/change-email", json={"email": new, "password": PASSWORD})
    assert (taken.status_code, taken.json()) == (free.status_code, free.json()) == (202, free.json())
    assert ann.post("verify-email", {"token": ann.token("verify_email")}).status_code == 204
    assert client.get("/api/v1/users/me").json()["email"] == new


def test_without_a_password_there_is_none_to_prove(postgres: Server, api: Client) -> None:
    carl = somebody(postgres, api, password=None)
    carl.post("magic-link", {"email": carl.email})
    tokens = carl.post("magic-link/redeem", {"token": carl.token("magic_link")}).json()
    client = carl.signed_in(tokens)
    answer = client.post("/api/v1/auth/change-password", json={"old_password": "x", "password": NEW})
    assert code_of(answer) == (409, "no-password")


def test_nobody_else_sees_or_ends_a_session(ann: Someone, bob: Someone) -> None:
    tokens = ann.sign_in()
    mine, theirs = ann.signed_in(tokens), bob.signed_in()
    listed = mine.get("/api/v1/auth/sessions").json()["sessions"]
    assert [each["id"] for each in listed] == [tokens["session_id"]]
    assert listed[0]["current"] is True
    assert listed[0]["address"].startswith("198.18.")
    assert tokens["session_id"] not in theirs.get("/api/v1/auth/sessions").text
    path = f"/api/v1/auth/sessions/{tokens['session_id']}"
    assert code_of(theirs.request("DELETE", path)) == (404, "not-found")
    assert mine.request("DELETE", path).status_code == 204
    assert soon_refused(mine)
    again = ann.signed_in()
    assert code_of(again.request("DELETE", path)) == (404, "not-found")


def test_one_changes_ones_own_name_and_region(ann: Someone) -> None:
    client = ann.signed_in()
    told = client.request("PATCH", "/api/v1/users/me", json={"name": " Ann Ärmel ", "region": "DE"}).json()
    assert (told["name"], told["region"]) == ("Ann Ärmel", "DE")
    told = client.request("PATCH", "/api/v1/users/me", json={"name": None}).json()
    assert (told["name"], told["region"]) == (None, "DE")
    for wrong in ({}, {"role": "admin"}, {"plan": "enterprise"}, {"region": "Germany"}, {"email": "x@example.org"}):
        assert code_of(client.request("PATCH", "/api/v1/users/me", json=wrong))[0] == 422
