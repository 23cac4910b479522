"""Refreshing and ending sessions, for programs and for browsers, and the keys by which anybody can check tokens."""

import asyncio
import uuid
from collections import Counter
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.serving.account.conftest import Someone, elsewhere, somebody
from tests.serving.account.doors import code_of, soon_refused
from tests.serving.client import Client

HERE = {"Origin": "http://api"}


def test_a_program_refreshes_by_the_body(ann: Someone) -> None:
    first = ann.sign_in()
    second = ann.post("refresh", {"refresh_token": first["refresh_token"]})
    assert second.status_code == 200
    assert second.headers["cache-control"] == "no-store"
    assert "set-cookie" not in second.headers
    told = second.json()
    assert told["session_id"] == first["session_id"]
    assert (told["token_type"], told["expires_in"], told["refresh_expires_in"]) == ("Bearer", 900, 604_800)
    assert told["csrf_token"] is None
    assert ann.signed_in(told).get("/api/v1/users/me").status_code == 200
    replayed = ann.post("refresh", {"refresh_token": first["refresh_token"]})
    assert code_of(replayed) == (401, "invalid-refresh-token")
    assert soon_refused(ann.signed_in(told)), "the family ends"
    assert code_of(ann.post("refresh", {"refresh_token": told["refresh_token"]})) == (401, "invalid-refresh-token")


def test_of_many_at_once_one_is_answered(ann: Someone) -> None:
    """Two hundred are shown below the doors, where no limit of an address stands before them."""
    first = ann.sign_in()

    async def all_at_once() -> list[httpx.Response]:
        transport = httpx.ASGITransport(ann.client.app, raise_app_exceptions=False)
        head = {"X-Forwarded-For": f"2001:db8:{uuid.uuid4().hex[:4]}::1"}
        async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=head) as client:
            body = {"refresh_token": first["refresh_token"]}
            return await asyncio.gather(*(client.post("/api/v1/auth/refresh", json=body) for _ in range(40)))

    answers = asyncio.run_coroutine_threadsafe(all_at_once(), ann.client._loop).result(60)
    assert Counter(answer.status_code for answer in answers) == {200: 1, 401: 39}


def test_a_program_signs_out(ann: Someone) -> None:
    tokens = ann.sign_in()
    client = ann.signed_in(tokens)
    assert client.get("/api/v1/users/me").status_code == 200
    body = {"refresh_token": tokens["refresh_token"]}
    assert ann.post("logout", body).status_code == 204
    assert soon_refused(client)
    assert ann.post("logout", body).status_code == 204, "once more does no harm"
    assert code_of(ann.post("refresh", body)) == (401, "invalid-refresh-token")
    assert code_of(ann.post("logout", {"refresh_token": "pb_refresh_x"})) == (401, "invalid-refresh-token")
    assert code_of(ann.post("logout", {})) == (401, "missing-credential")
    assert code_of(ann.post("refresh", {})) == (401, "missing-credential")


def cookies_of(answer: httpx.Response) -> dict[str, tuple[str, set[str]]]:
    """Name, value and what else is said of each cookie."""
    found = {}
    for line in answer.headers.get_list("set-cookie"):
        first, *more = (part.strip() for part in line.split(";"))
        name, _, value = first.partition("=")
        found[name] = (value.strip('"'), {part.lower() for part in more})
    return found


def as_browser(ann: Someone, names: tuple[str, str], **headers: str) -> tuple[dict[str, Any], dict[str, str]]:
    """What the body says, and the headers of further requests."""
    body = {"email": ann.email, "password": ann.password, "client": "browser"}
    answer = ann.post("login", body, headers=headers)
    assert answer.status_code == 200, answer.text
    told, cookies = answer.json(), cookies_of(answer)
    assert told["refresh_token"] is None
    assert set(cookies) == set(names)
    (token, of_token), (csrf, of_csrf) = (cookies[name] for name in names)
    assert token not in answer.text
    assert csrf == told["csrf_token"]
    assert {"httponly", "samesite=strict", "path=/"} <= of_token
    assert {"samesite=strict", "path=/"} <= of_csrf
    assert "httponly" not in of_csrf
    assert not any(part.startswith("domain") for part in of_token | of_csrf)
    secure = names[0].startswith("__Host-")
    assert ("secure" in of_token) == ("secure" in of_csrf) == secure
    return told, {"Cookie": f"{names[0]}={token}; {names[1]}={csrf}", "X-CSRF-Token": csrf, **headers}


PLAIN, HOST = ("payband_refresh", "payband_csrf"), ("__Host-payband_refresh", "__Host-payband_csrf")


def test_a_browser_keeps_its_refresh_token_in_a_cookie(ann: Someone) -> None:
    told, more = as_browser(ann, PLAIN, **HERE)
    answer = ann.post("refresh", {}, headers=more)
    assert answer.status_code == 200, answer.text
    fresh = answer.json()
    assert fresh["refresh_token"] is None
    assert fresh["csrf_token"] == told["csrf_token"], "it is the session's"
    token = cookies_of(answer)[PLAIN[0]][0]
    assert token not in more["Cookie"]
    more["Cookie"] = f"{PLAIN[0]}={token}"
    gone = ann.post("logout", {}, headers=more)
    assert gone.status_code == 204
    assert {name: value for name, (value, _) in cookies_of(gone).items()} == {PLAIN[0]: "", PLAIN[1]: ""}
    assert all("max-age=0" in more for _, more in cookies_of(gone).values())
    assert code_of(ann.post("refresh", {}, headers=more)) == (401, "invalid-refresh-token")


def test_behind_tls_cookies_are_of_this_host_alone(ann: Someone, tls: Client) -> None:
    ann = Someone(ann.server, elsewhere(tls), ann.email)
    _, more = as_browser(ann, HOST, Origin="https://api")
    assert ann.post("refresh", {}, headers=more).status_code == 200
    _, more = as_browser(ann, HOST, Origin="https://api")
    assert code_of(ann.post("refresh", {}, headers=more | {"Origin": "http://api"})) == (403, "wrong-origin")


ORIGINS = {
    "none": None,
    "null": "null",
    "another": "https://evil.example",
    "like ours": "http://api.evil.example",
    "a port": "http://api:81",
    "no scheme": "api",
}


@pytest.mark.parametrize("origin", ORIGINS.values(), ids=ORIGINS)
def test_no_other_page_makes_use_of_the_cookie(ann: Someone, origin: str | None) -> None:
    _, more = as_browser(ann, PLAIN, **HERE)
    wrong = {name: value for name, value in more.items() if name != "Origin"} | ({"Origin": origin} if origin else {})
    for door in ("refresh", "logout"):
        assert code_of(ann.post(door, {}, headers=wrong)) == (403, "wrong-origin")
    body = {"email": ann.email, "password": ann.password, "client": "browser"}
    head = {"Origin": origin} if origin else {}
    assert code_of(ann.post("login", body, headers=head)) == (403, "wrong-origin"), "nor signs anybody in as another"
    assert ann.post("refresh", {}, headers=more).status_code == 200, "and nothing was changed"


def test_the_cookie_alone_is_not_enough(ann: Someone, bob: Someone) -> None:
    _, more = as_browser(ann, PLAIN, **HERE)
    _, theirs = as_browser(bob, PLAIN, **HERE)
    for wrong in (None, "", "x", "ä", theirs["X-CSRF-Token"]):
        head: dict[str, Any] = {name: value for name, value in more.items() if name != "X-CSRF-Token"}
        if wrong is not None:
            head["X-CSRF-Token"] = wrong.encode()
        for door in ("refresh", "logout"):
            assert code_of(ann.post(door, {}, headers=head)) == (403, "wrong-origin")
    assert ann.post("refresh", {}, headers=more).status_code == 200


def test_a_thief_with_the_cookie_and_its_replay_ends_the_session(ann: Someone) -> None:
    _, more = as_browser(ann, PLAIN, **HERE)
    assert ann.post("refresh", {}, headers=more).status_code == 200
    assert code_of(ann.post("refresh", {}, headers=more)) == (401, "invalid-refresh-token")


def test_tokens_can_be_checked_by_the_published_keys(ann: Someone, stranger: Client) -> None:
    answer = stranger.get("/.well-known/jwks.json")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=300"
    keys = answer.json()
    assert all(set(key) == {"kty", "n", "e", "kid", "use", "alg"} for key in keys["keys"]), "nothing private"
    token = ann.sign_in()["access_token"]
    claims = jwt.decode(token, KeySet.import_key_set(keys), ["RS256"]).claims
    assert claims["iss"] == ann.context.settings.public_url
    assert claims["aud"] == "payband"


def test_a_session_asks_the_insight_doors_too(ann: Someone) -> None:
    answer = ann.signed_in().get("/api/premium/coverage")
    assert answer.json()["code"] == "no-release", "there is none here; but who asks is known"


def test_what_a_session_is_good_for(ann: Someone) -> None:
    tokens = ann.sign_in()
    told = ann.signed_in(tokens).post("/api/v1/auth/validate-session", json={}).json()
    assert told["session_id"] == tokens["session_id"]
    assert (told["role"], told["plan"]) == ("user", "free")
    assert "account:write" in told["scopes"]
    assert "admin:read" not in told["scopes"]


def test_no_token_password_or_address_is_logged(ann: Someone, caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    caplog.set_level("DEBUG")
    tokens = ann.sign_in()
    ann.login(password="nine blue kettles sing")
    ann.post("refresh", {"refresh_token": tokens["refresh_token"]})
    ann.post("refresh", {"refresh_token": tokens["refresh_token"]})
    ann.signed_in(tokens).get("/api/v1/users/me")
    written = caplog.text + "".join(capfd.readouterr())
    for secret in (tokens["refresh_token"], tokens["access_token"], ann.password, ann.email, "nine blue kettles"):
        assert secret not in written


def test_somebody_elses_browser_is_no_harm(postgres: Any, api: Client) -> None:
    assert somebody(postgres, api).login(client="browser").status_code == 403, "a browser always says its Origin"
