"""What these doors say while the database is away, that they answer evenly, and the pages that mails lead to."""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from accounts.one_time import service as one_time
from accounts.users import letters
from kit.database import Database
from kit.postgres import Server
from kit.store import Store
from serving.account.pages import PAGES
from tests.databases import NOWHERE, on
from tests.people import PASSWORD, knowing, new_address, person
from tests.serving.account.conftest import api_of, elsewhere, somebody
from tests.serving.account.doors import GUARDED, OPEN, ask, code_of
from tests.serving.client import Client
from tests.serving.processes import running_api

ROOT = Path(__file__).parents[3]


class Away:
    urls = NOWHERE


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The application without its database."""
    yield from api_of(Away(), tmp_path_factory.mktemp("away"))  # type: ignore[arg-type]


def test_while_the_database_is_away_every_door_says_so(away: Client, api: Client, postgres: Server) -> None:
    signed_in = somebody(postgres, api).sign_in()["access_token"]
    for door, body in {**{f"POST auth/{door}": body for door, body in OPEN.items()}, **GUARDED}.items():
        client = elsewhere(away)
        if door in GUARDED:
            client = client.with_headers(Authorization=f"Bearer {signed_in}")
        answer = ask(client, door, body)
        assert code_of(answer) == (503, "database-unavailable"), door
        assert int(answer.headers["retry-after"]) > 0
    assert code_of(elsewhere(away).get("/.well-known/jwks.json")) == (503, "database-unavailable")


def test_whether_an_address_is_known_does_not_show_in_the_time(
    postgres: Server, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The door waits for the next whole step: so the first is never met by less, nor the answer by what was done."""
    step = 0.4
    for api in api_of(postgres, tmp_path_factory.mktemp("even"), even_answers_s=step):
        ann = somebody(postgres, api)
        for door in ("forgot-password", "magic-link", "resend-verification"):
            for email in (ann.email, new_address()):
                begun = time.monotonic()
                assert ann.post(door, {"email": email}).status_code == 202
                assert time.monotonic() - begun >= step


@pytest.mark.parametrize("name", PAGES)
def test_a_page_does_nothing_until_it_is_asked_to(api: Client, name: str) -> None:
    answer = elsewhere(api).get(f"/account/{name}")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "<script>" not in answer.text
    assert not re.search(r"\son\w+=|style=", answer.text), "the policy would not let it"
    for asset in re.findall(r'(?:href|src)="([^"]+)"', answer.text):
        assert elsewhere(api).get(asset).status_code == 200
    doors = api.get("/openapi.json").json()["paths"]
    shown = PAGES[name]
    assert f"/api/v1/auth/{shown.door}" in doors
    assert not shown.then or f"/api/v1/{shown.then}" in doors
    body = doors[f"/api/v1/auth/{shown.door}"]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    fields = api.get("/openapi.json").json()["components"]["schemas"][body.rsplit("/", 1)[1]]["properties"]
    assert {field.name for field in shown.fields} - {"code"} <= set(fields)


def test_every_link_in_a_mail_leads_to_a_page(api: Client) -> None:
    assert elsewhere(api).get("/account/nowhere").status_code == 404
    sources = [path.read_text() for path in (ROOT / "accounts").rglob("*.py")]
    named = {name for text in sources for name in re.findall(r'page_of\(\w+, "([a-z-]+)"\)', text)}
    named |= {name for text in sources for name in re.findall(r'"\w+", "([a-z-]+)", (?:issued|asked|Action)', text)}
    assert named >= {"verify-email", "reset-password", "sign-in", "forgot-password"}
    assert named <= set(PAGES)
    assert (
        letters.page_of(knowing(public_url="https://pay.example/"), "sign-in") == "https://pay.example/account/sign-in"
    )


def test_the_pages_do_what_their_buttons_say(postgres: Server, store: Store) -> None:
    """The real pages and their script, run by Node with just as much of a browser as they use."""
    node = which("node")
    if node is None:
        pytest.skip("no node on this machine to run the pages' script with")
    email, context = new_address(), knowing()

    async def begin(database: Database) -> Any:
        user_id = await person(database, context, email, verified=False)
        async with database.transaction(user_id) as session:
            return await one_time.issue(session, context, user_id, "verify_email")

    def press(page: str, **fields: str) -> str:
        program = Path(__file__).with_name("page_in_node.mjs")
        command = [node, str(program), f"{api.url}/account/{page}", json.dumps(fields)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
        return done.stdout.strip()

    issued = on(postgres.urls.application, begin)
    with running_api(store, postgres.urls, PAYBAND_EVEN_ANSWERS_S="0") as api:
        link = f"verify-email#token={issued.text}"
        assert press(link) == "done: Your address is confirmed."
        assert press(link).startswith("not done: The link or token is unknown")
        assert press("forgot-password", email=email) == "done: A mail is on its way."
        proofs = {"email": email, "password": PASSWORD, "code": ""}
        assert press("keep-account", **proofs).startswith("not done: The account is not leaving")
        assert press("keep-account", **proofs | {"password": "x"}).startswith("not done: The e-mail address or the")
