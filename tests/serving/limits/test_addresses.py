"""Whose address counts, and the limits of doors that know nobody."""

import asyncio
import ipaddress
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from pydantic import SecretStr

from kit.errors import BadInput
from kit.settings import read
from serving import failures
from serving.access import admit_to_route
from serving.app import create_app
from serving.limits.addresses import PER_ADDRESS, PerAddress, client_of, subject_of
from serving.limits.policies import Policy
from serving.limits.rates import RateLimits
from serving.requests import Edge
from serving.settings import ServingSettings
from tests.databases import NOWHERE, SECRET_KEY, addresses

PROXIES = ("10.0.0.0/8", "2001:db8:1::/48")


def asked_by(peer: str | None, *forwarded: str, trusted: Sequence[str] = PROXIES) -> str:
    scope = {
        "client": (peer, 4242) if peer else None,
        "headers": [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded],
    }
    return subject_of(client_of(scope, [ipaddress.ip_network(text) for text in trusted]))


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.1", (), "192.0.2.1"),
        ("192.0.2.1", ("203.0.113.9",), "192.0.2.1"),  # nobody we know says so
        ("10.1.2.3", ("203.0.113.9",), "203.0.113.9"),
        ("10.1.2.3", ("198.51.100.7, 203.0.113.9",), "203.0.113.9"),  # the first is what the client wrote
        ("10.1.2.3", ("198.51.100.7", "203.0.113.9, 10.9.9.9"), "203.0.113.9"),
        ("10.1.2.3", (), "10.1.2.3"),
        ("10.1.2.3", ("10.4.4.4",), "10.4.4.4"),
        ("10.1.2.3", ("203.0.113.9, nonsense",), "10.1.2.3"),
        ("10.1.2.3", ("",), "10.1.2.3"),
        ("10.1.2.3", ("\xff\xfe",), "10.1.2.3"),
        ("10.1.2.3", ("203.0.113.9:8080",), "203.0.113.9"),
        ("10.1.2.3", ("[2001:db8:2:3:4::5]:443",), "2001:db8:2:3::/64"),
        ("2001:db8:1::1", ("2001:db8:2:3:4::5",), "2001:db8:2:3::/64"),
        ("2001:db8:9:9:ffff::1", (), "2001:db8:9:9::/64"),
        ("::ffff:10.1.2.3", ("203.0.113.9",), "203.0.113.9"),
        ("fe80::1%eth0", (), "fe80::/64"),
        (None, ("203.0.113.9",), "unknown"),
    ],
)
def test_whose_address_counts(peer: str | None, forwarded: tuple[str, ...], expected: str) -> None:
    assert asked_by(peer, *forwarded) == expected


def test_without_named_proxies_nobody_is_believed() -> None:
    assert asked_by("127.0.0.1", "203.0.113.9", trusted=()) == "127.0.0.1"


def door() -> Any:
    app = FastAPI()
    failures.add_to(app, admit_to_route)
    app.state.limits, app.state.trusted_proxies = RateLimits(), ()
    limit = PerAddress(Policy("address", 3, 60))

    @app.get("/", dependencies=[Depends(limit)])
    async def answer() -> dict[str, str]:
        return {"status": "ok"}

    return Edge(app, tls=False)


def test_a_door_of_nobody_answers_so_often_and_then_says_when_to_come_back() -> None:
    served = door()

    async def ask(address: str) -> httpx.Response:
        transport = httpx.ASGITransport(served, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            return await client.get("/")

    answers = [asyncio.run(ask("2001:db8::1")) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["ratelimit-policy"] == '"address";q=3;w=60'
    assert answers[0].headers["ratelimit"] == '"address";r=2;t=60'
    refused = answers[3]
    assert refused.json()["code"] == "rate-limited"
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert asyncio.run(ask("2001:db8::2")).status_code == 429  # a neighbour within the /64
    assert asyncio.run(ask("2001:db8:0:1::1")).status_code == 200


def test_settings_read_proxies_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYBAND_TRUSTED_PROXIES", "10.0.0.0/8, 2001:db8::/32")
    assert [str(network) for network in read(ServingSettings).trusted_proxies] == ["10.0.0.0/8", "2001:db8::/32"]
    monkeypatch.setenv("PAYBAND_TRUSTED_PROXIES", "everyone")
    with pytest.raises(BadInput, match="PAYBAND_TRUSTED_PROXIES"):
        read(ServingSettings)


def test_more_processes_than_a_limit_has_requests_need_redis(tmp_path: Path) -> None:
    smallest = min(policy.quota for each in PER_ADDRESS for policy in each.policies.all)
    settings = ServingSettings(store=tmp_path, api_workers=smallest + 1, secret_key=SECRET_KEY, **addresses(NOWHERE))
    with pytest.raises(BadInput, match="PAYBAND_REDIS_URL"):
        create_app(settings)
    create_app(settings.model_copy(update={"redis_url": SecretStr("redis://127.0.0.1:1/0")}))
