"""A second factor, through the doors."""

from datetime import timedelta

import pyotp

from tests.people import PASSWORD
from tests.serving.account.conftest import Someone
from tests.serving.account.doors import NEW, code_of
from tests.serving.client import Client


def with_app(ann: Someone) -> tuple[Client, pyotp.TOTP, list[str]]:
    client = ann.signed_in()
    enrolment = client.post("/api/v1/auth/mfa/enrol", json={})
    assert enrolment.status_code == 200, enrolment.text
    app = pyotp.TOTP(enrolment.json()["secret"])
    wrong = client.post("/api/v1/auth/mfa/confirm", json={"code": "000000"})
    assert code_of(wrong) == (403, "wrong-code")
    now = ann.context.clock()
    confirmed = client.post("/api/v1/auth/mfa/confirm", json={"code": app.at(now - timedelta(seconds=30))})
    assert confirmed.status_code == 200, confirmed.text
    return client, app, confirmed.json()["recovery_codes"]


def test_a_second_factor_from_enrolment_to_the_end(ann: Someone) -> None:
    client, app, codes = with_app(ann)
    assert client.get("/api/v1/users/me").json()["second_factor"] is True
    half = ann.login().json()
    assert half["kind"] == "second_factor_needed"
    assert code_of(ann.post("login/mfa", {"mfa_token": half["mfa_token"], "code": "000 000"})) == (403, "wrong-code")
    whole = ann.post("login/mfa", {"mfa_token": half["mfa_token"], "code": app.now()})
    assert whole.status_code == 200
    assert whole.json()["kind"] == "session"
    replayed = ann.post("login/mfa", {"mfa_token": half["mfa_token"], "code": codes[0]})
    assert code_of(replayed) == (401, "invalid-link")
    assert code_of(client.post("/api/v1/auth/mfa/enrol", json={})) == (409, "second-factor-on")
    proofs = {"password": PASSWORD, "code": codes[0]}
    fresh = client.post("/api/v1/auth/mfa/recovery-codes", json=proofs).json()["recovery_codes"]
    assert len(fresh) == 10
    wrong = client.post("/api/v1/auth/mfa/disable", json={"password": NEW, "code": fresh[0]})
    assert code_of(wrong) == (403, "wrong-password")
    wrong = client.post("/api/v1/auth/mfa/disable", json={"password": PASSWORD, "code": codes[1]})
    assert code_of(wrong) == (403, "wrong-code")
    assert client.post("/api/v1/auth/mfa/disable", json={"password": PASSWORD, "code": fresh[0]}).status_code == 204
    assert code_of(client.post("/api/v1/auth/mfa/disable", json=proofs)) == (409, "no-second-factor")
    assert ann.login().json()["kind"] == "session"


def test_a_session_that_was_left_open_does_not_begin_a_second_factor(ann: Someone) -> None:
    client = ann.signed_in()
    clock = ann.context.clock
    ann.context.__dict__["clock"] = lambda: clock() + timedelta(minutes=14, seconds=50)
    try:
        assert client.post("/api/v1/auth/mfa/enrol", json={}).status_code == 200
        ann.context.__dict__["clock"] = lambda: clock() + timedelta(minutes=15)
        assert code_of(client.post("/api/v1/auth/mfa/enrol", json={})) == (403, "proof-required")
        assert code_of(client.post("/api/v1/auth/mfa/enrol", json={"password": NEW})) == (403, "wrong-password")
        assert client.post("/api/v1/auth/mfa/enrol", json={"password": PASSWORD}).status_code == 200
    finally:
        ann.context.__dict__["clock"] = clock
