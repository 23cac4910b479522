"""Sign in by another provider, against one over real HTTP: the browser's steps, and everything that may go wrong."""

import uuid
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from pyotp import TOTP

from accounts.context import context_of
from accounts.second_factor import service as second_factor
from accounts.users import repository as users_repository
from accounts.users import service as users
from accounts.users.addresses import digest_of
from kit.database import Database, act_for
from kit.postgres import Server
from serving.settings import ServingSettings
from tests.databases import on
from tests.peers.oidc import Peer, Who
from tests.peers.oidc.provider import CLIENT_SECRET
from tests.serving.browser import AT, ELSEWHERE, Browser, client, peer, refused, settings
from tests.serving.client import Client

__all__ = ["client", "peer", "settings"]


def test_somebody_signs_in_and_again(client: Client, peer: Peer) -> None:
    seen = set()
    for _ in range(2):
        browser = Browser(client)
        answer = browser.sign_in()
        assert (answer.status_code, answer.headers["location"]) == (303, "http://api/")
        assert answer.headers["cache-control"] == "no-store"
        cookie = next(line for line in answer.headers.get_list("set-cookie") if line.startswith("payband_refresh="))
        assert "httponly" in cookie.lower()
        assert "samesite=strict" in cookie.lower()
        headers = {
            "Cookie": f"payband_refresh={browser.cookies['payband_refresh']}",
            "X-CSRF-Token": browser.cookies["payband_csrf"],
            "Origin": "http://api",
        }
        tokens = client.post("/api/v1/auth/refresh", headers=headers, json={})
        assert tokens.status_code == 200, tokens.text
        me = client.get("/api/v1/users/me", headers={"Authorization": f"Bearer {tokens.json()['access_token']}"}).json()
        assert me["email"] == peer.who.email
        seen.add(me["id"])
    assert len(seen) == 1


def test_the_request_has_pkce_a_state_a_nonce_and_no_secret(client: Client) -> None:
    urls = [Browser(client).start() for _ in range(2)]
    first, second = (dict(parse_qsl(urlsplit(url).query)) for url in urls)
    assert first["code_challenge_method"] == "S256"
    assert first["redirect_uri"] == f"http://api{AT}/callback"
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 43
        assert first[name] != second[name]
    assert CLIENT_SECRET not in urls[0]


def test_the_cookie_tells_nothing_and_no_script_reads_it(client: Client) -> None:
    browser = Browser(client)
    answer = browser.get(f"{AT}/start")
    line = answer.headers["set-cookie"].lower()
    assert "httponly" in line
    assert "samesite=lax" in line
    state = dict(parse_qsl(urlsplit(answer.headers["location"]).query))["state"]
    assert state not in line
    assert state.encode().hex() not in line


@pytest.mark.parametrize("page", ["/", "/console?tab=keys", ELSEWHERE])
def test_the_browser_goes_where_it_may(client: Client, page: str) -> None:
    answer = Browser(client).sign_in(redirect=page)
    assert answer.headers["location"] == (page if page.startswith("https") else f"http://api{page}")


@pytest.mark.parametrize(
    "page",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        f"{ELSEWHERE}.evil.example",
        f"{ELSEWHERE}/more",
        "http://api@evil.example/",
        "/a\r\nSet-Cookie: a=b",
        "",
    ],
)
def test_the_browser_goes_nowhere_else(client: Client, page: str) -> None:
    refused(Browser(client).get(f"{AT}/start?{urlencode({'redirect': page})}"), "invalid-parameter", 422)


def test_an_answer_belongs_to_the_browser_that_asked(client: Client) -> None:
    mine, theirs = Browser(client), Browser(client)
    back = mine.at_provider(mine.start())
    theirs.start()
    refused(theirs.get(back))
    refused(Browser(client).get(back))
    refused(mine.get(back.replace("state=", "state=x")))
    refused(mine.get(f"{AT}/callback?code=abc"))
    refused(mine.get(f"{AT}/callback"))
    forged = Browser(client)
    forged.cookies["payband_sign_in"] = "00" * 200
    refused(forged.get(back))
    assert mine.get(back).status_code == 303  # whatever others tried


def test_a_code_is_good_once(client: Client) -> None:
    browser = Browser(client)
    back = browser.at_provider(browser.start())
    cookie = browser.cookies["payband_sign_in"]
    assert browser.get(back).status_code == 303
    browser.cookies["payband_sign_in"] = cookie
    refused(browser.get(back))


def test_a_code_of_another_is_good_for_nothing(client: Client) -> None:
    victim, thief = Browser(client), Browser(client)
    stolen = dict(parse_qsl(urlsplit(victim.at_provider(victim.start())).query))
    own = dict(parse_qsl(urlsplit(thief.start()).query))
    query = urlencode({"code": stolen["code"], "state": own["state"]})  # PKCE: the verifier is the victim's
    refused(thief.get(f"{AT}/callback?{query}"))


WRONG: dict[str, dict[str, Any]] = {
    "another issuer": {"claims": {"iss": "https://evil.example"}},
    "another audience": {"claims": {"aud": "another-client"}},
    "another party": {"claims": {"azp": "another-client"}},
    "another nonce": {"claims": {"nonce": "another"}},
    "no nonce": {"claims": {"nonce": None}},
    "expired": {"claims": {"exp": 1_000_000_000}},
    "an hour early": {"claims": {"iat": 4_000_000_000}},
    "an unknown key": {"kid": "unknown"},
    "a foreign key": {"foreign_key": True},
    "HS256 with the public key": {"algorithm": "HS256"},
    "none": {"algorithm": "none"},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_token_that_is_wrong_signs_nobody_in(client: Client, peer: Peer, wrong: str) -> None:
    for name, value in WRONG[wrong].items():
        setattr(peer.switches, name, value)
    refused(Browser(client).sign_in())


def test_the_address_may_be_told_at_the_userinfo_endpoint(client: Client, peer: Peer) -> None:
    peer.switches.hidden = ("email", "email_verified", "name")
    assert Browser(client).sign_in().status_code == 303
    peer.switches.userinfo_subject = "another"
    peer.who = Who("subject_" + uuid.uuid4().hex, "bob@example.org")
    assert "contradicts" in refused(Browser(client).sign_in())


def test_a_provider_may_say_no(client: Client) -> None:
    browser = Browser(client)
    state = dict(parse_qsl(urlsplit(browser.start()).query))["state"]
    detail = refused(browser.get(f"{AT}/callback?{urlencode({'error': 'access_denied', 'state': state})}"))
    assert "access_denied" in detail
    odd = urlencode({"error": "<script>", "state": state})
    assert "script" not in refused(browser.get(f"{AT}/callback?{odd}"))
    mixed = urlencode({"code": "abc", "state": state, "iss": "https://evil.example"})
    refused(browser.get(f"{AT}/callback?{mixed}"))


def test_a_provider_that_is_away_or_slow_is_said_to_be(
    client: Client, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from accounts.providers import remote

    monkeypatch.setattr(remote, "TIMEOUT_S", 0.3)
    browser = Browser(client)
    back = browser.at_provider(browser.start())
    peer.switches.delay_s = 1.0
    answer = browser.get(back)
    assert (answer.status_code, answer.json()["code"]) == (503, "provider-unavailable")
    assert int(answer.headers["retry-after"]) >= 1
    peer.switches.delay_s, peer.switches.away = 0.0, True
    answer = browser.get(back)
    assert (answer.status_code, answer.json()["code"]) == (503, "provider-unavailable")


def test_an_account_whose_address_nobody_confirmed_is_in_the_way(
    client: Client, peer: Peer, settings: ServingSettings, postgres: Server
) -> None:
    async def register(database: Database) -> None:
        async with database.transaction() as session:
            await users.create_user(session, context_of(settings), str(peer.who.email))

    on(postgres.urls.application, register)
    refused(Browser(client).sign_in(), "account-exists", 409)


def test_only_providers_for_sign_in_are_offered(client: Client) -> None:
    assert client.get("/api/v1/auth/providers").json() == {"providers": ["google"]}
    for name in ("tokens", "unknown"):
        refused(client.get(f"/api/v1/auth/providers/{name}/start"), "not-found", 404)
        refused(client.get(f"/api/v1/auth/providers/{name}/callback?code=a&state=b"), "sign-in-failed", 401)
    refused(client.get("/api/v1/auth/providers/UPPER/start"), "invalid-parameter", 422)
    refused(client.get(f"{AT}/start?next=/"), "unknown-parameter", 422)


def test_too_many_starts_from_one_address_are_refused(client: Client) -> None:
    codes = [client.get(f"{AT}/start").status_code for _ in range(70)]
    assert codes[0] == 303
    assert codes[-1] == 429


def test_a_second_factor_is_asked_for_here_too(
    client: Client, peer: Peer, settings: ServingSettings, postgres: Server
) -> None:
    assert Browser(client).sign_in().status_code == 303
    context = context_of(settings)

    async def enrol(database: Database) -> None:
        digest = digest_of(context.secrets, str(peer.who.email))
        async with database.transaction() as session:
            user_id = await users_repository.id_by_email(session, digest)
            assert user_id is not None
            await act_for(session, user_id)
            enrolment = await second_factor.enrol(session, context, user_id, "ann")
            code = TOTP(enrolment.secret).at(context.clock())
            assert await second_factor.confirm(session, context, user_id, code) is not None

    on(postgres.urls.application, enrol)
    browser = Browser(client)
    answer = browser.sign_in()
    page, _, token = answer.headers["location"].partition("#mfa_token=")
    assert page == "http://api/"
    assert "payband_refresh" not in browser.cookies
    wrong = client.post("/api/v1/auth/login/mfa", json={"mfa_token": token, "code": "000000"})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong-code")


def test_somebody_without_an_address_that_is_vouched_for_signs_in_too(client: Client, peer: Peer) -> None:
    peer.who.email_verified = False
    browser = Browser(client)
    assert browser.sign_in().status_code == 303
    assert "payband_refresh" in browser.cookies
