"""The administrators' doors: who is let in, what they do, who and why, and that somebody is always left."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import programs
from accounts.administration import service
from accounts.administration.programs import set_role
from accounts.administration.service import Act
from accounts.audit import OPERATOR
from accounts.errors import Refused
from accounts.keys.text import digest_of
from accounts.usage import repository as usage
from billing.plans import PLANS
from kit.database import Database
from kit.postgres import Server
from tests.databases import context, on
from tests.people import no_administrator
from tests.serving.client import Client
from tests.waiting import until

USERS = "/api/v1/admin/users"
WHY = "ticket 4711"


def person(postgres: Server, role: str = "user") -> tuple[str, str, str]:
    """Address, id and a key with every scope of the role."""
    email = f"{uuid.uuid4().hex}@example.org"
    key = programs.create_key(postgres.urls.admin, context(), email, "tests")
    with psycopg.connect(postgres.urls.admin) as connection:
        scopes = ["insights:read", *(["admin:read", "admin:write"] if role == "admin" else [])]
        told = connection.execute(
            "UPDATE api_keys SET scopes = %s WHERE hash = %s RETURNING user_id", [scopes, digest_of(key)]
        ).fetchone()
        assert told is not None
        connection.execute("UPDATE users SET role = %s WHERE id = %s", [role, told[0]])
    return email, str(told[0]), key


@pytest.fixture(scope="module")
def administrator(postgres: Server) -> tuple[str, str, str]:
    return person(postgres, "admin")


@pytest.fixture
def admin(anonymous: Client, administrator: tuple[str, str, str]) -> Client:
    return anonymous.with_headers(**{"X-API-Key": administrator[2], "X-Reason": WHY})


@pytest.fixture
def user(postgres: Server) -> tuple[str, str, str]:
    return person(postgres)


def doors(user_id: str) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
    yield "GET", USERS, None
    yield "POST", f"{USERS}/search", {"reason": WHY}
    yield "GET", f"{USERS}/{user_id}", None
    yield "POST", f"{USERS}/{user_id}/suspend", {"reason": WHY}
    yield "POST", f"{USERS}/{user_id}/reinstate", {"reason": WHY}
    yield "PUT", f"{USERS}/{user_id}/role", {"reason": WHY, "role": "analyst"}
    yield "PUT", f"{USERS}/{user_id}/plan", {"reason": WHY, "plan": "basic"}
    yield "GET", "/api/v1/admin/usage", None
    yield "GET", "/api/v1/admin/costs", None
    yield "GET", "/api/v1/admin/audit", None


@pytest.mark.usefixtures("administrator")  # one is always left
def test_an_administrator_has_the_largest_plan_while_being_one(anonymous: Client, postgres: Server) -> None:
    email, largest = f"{uuid.uuid4().hex}@example.org", max(PLANS.values(), key=lambda plan: plan.requests_per_hour)

    def hourly() -> str:
        headers = {"X-API-Key": key, "X-Reason": WHY}
        policy = anonymous.get("/api/v1/users/me", headers=headers).headers["ratelimit-policy"]
        return next(each for each in policy.split(", ") if each.startswith('"hour"'))

    key = programs.create_admin(postgres.urls.admin, context(), email)
    assert hourly() == f'"hour";q={largest.requests_per_hour};w=3600'
    set_role(postgres.urls.admin, context(), email, "user", WHY)
    until(lambda: hourly() == f'"hour";q={PLANS["free"].requests_per_hour};w=3600')


def test_every_door_does_what_it_is_for(admin: Client, user: tuple[str, str, str]) -> None:
    for method, path, body in doors(user[1]):
        answer = admin.request(method, path, json=body)
        assert answer.status_code == 200, (path, answer.text)


def test_nobody_else_is_let_in(anonymous: Client, postgres: Server, user: tuple[str, str, str]) -> None:
    with psycopg.connect(postgres.urls.admin) as connection:  # a user whose key says more than the user may
        scopes = ["admin:read", "admin:write"]
        connection.execute("UPDATE api_keys SET scopes = %s WHERE user_id = %s", [scopes, user[1]])
    narrow = person(postgres, "admin")
    with psycopg.connect(postgres.urls.admin) as connection:
        connection.execute("UPDATE api_keys SET scopes = '{insights:read}' WHERE user_id = %s", [narrow[1]])
    for method, path, body in doors(user[1]):
        for key, status, code in (
            (None, 401, "missing-credential"),
            ("pb_live_no", 401, "invalid-credential"),
            (user[2], 403, "role-required"),
            (narrow[2], 403, "missing-scope"),
        ):
            asked = anonymous.with_headers(**{"X-Reason": WHY, **({"X-API-Key": key} if key else {})})
            answer = asked.request(method, path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (status, code), path


def test_an_act_without_a_reason_is_none(admin: Client, anonymous: Client, administrator: Any, user: Any) -> None:
    silent = anonymous.with_headers(**{"X-API-Key": administrator[2]})
    for method, path, body in doors(user[1]):
        if body is None and path.endswith(("usage", "costs")):
            continue
        for asked, given in (
            (silent, {name: value for name, value in body.items() if name != "reason"} if body else None),
            (silent.with_headers(**{"X-Reason": " a "}), body | {"reason": " a "} if body else None),
        ):
            answer = asked.request(method, path, json=given)
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid-parameter"), path
    assert admin.get(f"{USERS}/{user[1]}").json()["status"] == "active"


def test_what_is_malformed_or_not_there_is_refused(admin: Client, user: tuple[str, str, str]) -> None:
    nobody = uuid.uuid4()
    for method, path, body, status in (
        ("GET", f"{USERS}?colour=red", None, 422),
        ("GET", f"{USERS}?key_prefix=pb_live_", None, 422),
        ("GET", f"{USERS}?limit=0", None, 422),
        ("GET", f"{USERS}?cursor=x", None, 422),
        ("POST", f"{USERS}/search", {"reason": WHY, "email": "nobody"}, 422),
        ("POST", f"{USERS}/search", {"reason": WHY, "colour": "red"}, 422),
        ("PUT", f"{USERS}/{user[1]}/role", {"reason": WHY, "role": "king"}, 422),
        ("PUT", f"{USERS}/{user[1]}/plan", {"reason": WHY, "plan": "gold"}, 422),
        ("PUT", f"{USERS}/{user[1]}/plan", {"reason": "because\u0000", "plan": "basic"}, 422),
        ("GET", f"{USERS}/{nobody}", None, 404),
        ("POST", f"{USERS}/{nobody}/suspend", {"reason": WHY}, 404),
        ("GET", "/api/v1/admin/audit?since=0001-01-01T00:00:00%2B14:00", None, 422),
        ("GET", "/api/v1/admin/audit?cursor=9223372036854775808", None, 422),
        ("GET", "/api/v1/admin/audit?action=none.such", None, 422),
        ("GET", "/api/v1/admin/usage?first=2026-05-02&last=2026-05-01", None, 422),
        ("GET", "/api/v1/admin/usage?first=2020-05-02&last=2026-05-01", None, 422),
        ("GET", "/api/v1/admin/costs?first=9999-12-31", None, 422),
    ):
        answer = admin.request(method, path, json=body)
        assert answer.status_code == status, (path, answer.text)


def test_users_are_found_by_what_is_known_of_them(admin: Client, user: tuple[str, str, str]) -> None:
    email, user_id, key = user
    seen = admin.get(f"{USERS}/{user_id}").json()
    assert (seen["email"], seen["role"], seen["status"], seen["keys"][0]["prefix"]) == (
        email,
        "user",
        "active",
        key[:12],
    )
    for search in ({"email": email.upper()}, {"id": user_id}, {"key_prefix": key[:12], "plan": "free"}):
        found = admin.post(f"{USERS}/search", json={**search, "reason": WHY}).json()["users"]
        assert user_id in [each["id"] for each in found]
    assert "email" not in found[0]
    assert admin.post(f"{USERS}/search", json={"email": "no.such@example.org", "reason": WHY}).json() == {
        "users": [],
        "next": None,
    }
    pages, cursor = [], None
    while cursor != "":
        page = admin.get(USERS, params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        pages += [each["id"] for each in page["users"]]
        cursor = page["next"] or ""
    assert pages == sorted(pages, reverse=True)
    assert len(set(pages)) == len(pages)
    assert user_id in pages


def test_a_suspended_user_is_shut_out_and_let_in_again_with_who_and_why(
    admin: Client, anonymous: Client, administrator: tuple[str, str, str], user: tuple[str, str, str]
) -> None:
    act = f"{USERS}/{user[1]}"
    assert admin.post(f"{act}/suspend", json={"reason": WHY}).json()["status"] == "suspended"
    refused = anonymous.get("/api/premium/salary-insights", headers={"X-API-Key": user[2]})
    assert refused.status_code in (401, 403)
    assert admin.post(f"{act}/suspend", json={"reason": WHY}).json()["code"] == "conflict"
    assert admin.post(f"{act}/reinstate", json={"reason": "a mistake"}).json()["status"] == "active"
    assert admin.post(f"{act}/reinstate", json={"reason": WHY}).json()["code"] == "conflict"
    told = admin.get("/api/v1/admin/audit", params={"user_id": user[1], "limit": 2}).json()
    assert [entry["action"] for entry in told["entries"]] == ["user.reinstated", "user.suspended"]
    assert told["next"] == told["entries"][-1]["seq"]
    for entry, reason in zip(told["entries"], ("a mistake", WHY), strict=True):
        assert (entry["actor_kind"], entry["actor_id"], entry["detail"]["reason"]) == (
            "admin",
            administrator[1],
            reason,
        )
    rest = admin.get("/api/v1/admin/audit", params={"user_id": user[1], "cursor": told["next"]}).json()
    assert rest["entries"][0]["seq"] < told["next"]


def test_the_last_administrator_stays_even_when_two_go_at_each_other(postgres: Server) -> None:
    async def refused(database: Database, act: Callable[[AsyncSession], Awaitable[object]]) -> str | None:
        try:
            async with database.transaction() as session:
                await act(session)
        except Refused as refusal:
            return refusal.code
        return None

    async def work(database: Database) -> list[str | None]:
        why = Act(OPERATOR, WHY)
        return await asyncio.gather(
            refused(database, lambda session: service.set_role(session, context(), first, "user", why)),
            refused(database, lambda session: service.set_role(session, context(), second, "user", why)),
            refused(database, lambda session: service.suspend(session, context(), first, why)),
        )

    with no_administrator(postgres):
        first, second = (uuid.UUID(person(postgres, "admin")[1]) for _ in range(2))
        assert "last-admin" in on(postgres.urls.admin, work)
        with psycopg.connect(postgres.urls.admin) as connection:
            query = "SELECT count(*) FROM users WHERE role = 'admin' AND status = 'active'"
            assert connection.execute(query).fetchone() == (1,)


def test_dashboards_count_what_was_asked(admin: Client, postgres: Server, user: tuple[str, str, str]) -> None:
    moment = datetime(2031, 3, 1, 12, tzinfo=UTC).timestamp()

    async def use(database: Database) -> None:
        async with database.transaction() as session:
            used: list[usage.Used] = [
                (user[1], "/x", None, "GET", status, float(ms), 10, f"r{ms}", None, moment)
                for status, ms in ((200, 1), (200, 2), (404, 3), (500, 94))
            ]
            await usage.write(session, uuid.uuid4(), used)

    on(postgres.urls.application, use)
    days = {"first": "2031-03-01", "last": "2031-03-01"}
    for by, group in (("day", "2031-03-01"), ("endpoint", "/x"), ("plan", "free")):
        told = admin.get("/api/v1/admin/usage", params={**days, "by": by}).json()
        latency = {"requests": 4, "server_errors": 1, "p50_ms": 2.5, "p95_ms": 80.35, "p99_ms": 91.27}
        assert told["groups"] == [
            {
                "group": group,
                "requests": 4,
                "refused": 2,
                "bytes": 40,
                "mean_ms": 25.0,
                "latency": pytest.approx(latency),
            }
        ]
    costs = admin.get("/api/v1/admin/costs", params=days).json()
    free = next(each for each in costs["plans"] if each["plan"] == "free")
    assert (free["users_who_asked"], free["requests"], free["requests_per_hour"]) == (1, 4, 100)
    assert "revenue" in costs["not_yet"]
