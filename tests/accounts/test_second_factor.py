"""Second factors: a code is good once, a step early or late, and a recovery code once."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import psycopg
import pyotp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.context import Context
from accounts.errors import Refused
from accounts.second_factor import repository
from accounts.second_factor import service as second_factor
from kit.database import Database
from kit.postgres import Server
from tests.databases import on
from tests.people import Watch, knowing, letters_to, new_address, person

Work = Callable[[Database, Context, Watch, uuid.UUID], Awaitable[None]]


def told_by(server: Server, work: Work) -> None:
    watch = Watch()

    async def run(database: Database) -> None:
        context = knowing(watch)
        await work(database, context, watch, await person(database, context, new_address()))

    on(server.urls.application, run)


async def enrolled(database: Database, context: Context, user_id: uuid.UUID) -> tuple[pyotp.TOTP, list[str]]:
    async with database.transaction(user_id) as session:
        enrolment = await second_factor.enrol(session, context, user_id, "ann@example.org")
        app = pyotp.TOTP(enrolment.secret)
        codes = await second_factor.confirm(session, context, user_id, app.at(context.clock() - timedelta(minutes=5)))
        assert codes is None, "an old code confirms nothing"
        assert not await second_factor.enabled(session, user_id)
        codes = await second_factor.confirm(session, context, user_id, app.at(context.clock()))
    assert codes is not None
    return app, codes


async def good(database: Database, context: Context, user_id: uuid.UUID, code: str) -> bool:
    async with database.transaction(user_id) as session:
        return await second_factor.check(session, context, user_id, code)


def test_an_app_is_enrolled_and_confirmed_by_its_code(postgres: Server) -> None:
    async def work(database: Database, context: Context, watch: Watch, user_id: uuid.UUID) -> None:
        async with database.transaction(user_id) as session:
            first = await second_factor.enrol(session, context, user_id, "ann@example.org")
            second = await second_factor.enrol(session, context, user_id, "ann@example.org")
            assert first.secret != second.secret
            told = parse_qs(urlsplit(second.uri).query)
            assert (told["secret"], told["issuer"]) == ([second.secret], ["Payband"])
            code = pyotp.TOTP(first.secret).at(watch.now)
            assert await second_factor.confirm(session, context, user_id, code) is None, "of a secret that is gone"
        _, codes = await enrolled(database, context, user_id)
        assert len(set(codes)) == 10
        async with database.transaction(user_id) as session:
            for again in (
                second_factor.enrol(session, context, user_id, "x"),
                second_factor.confirm(session, context, user_id, "1"),
            ):
                with pytest.raises(Refused) as refusal:
                    await again
                assert refusal.value.code == "second-factor-on"
        assert [kind for kind, _ in await letters_to(postgres, user_id)] == ["second_factor_changed"]

    told_by(postgres, work)


def test_of_several_who_begin_at_once_each_is_answered_and_one_set_of_codes_is_good(postgres: Server) -> None:
    async def work(database: Database, context: Context, watch: Watch, user_id: uuid.UUID) -> None:
        async def begin() -> str:
            async with database.transaction(user_id) as session:
                return (await second_factor.enrol(session, context, user_id, "ann@example.org")).secret

        async def new_codes() -> list[str]:
            async with database.transaction(user_id) as session:
                return await second_factor.new_codes(session, context, user_id)

        assert len(set(await asyncio.gather(*(begin() for _ in range(5))))) == 5
        given = await asyncio.gather(*(new_codes() for _ in range(5)))
        async with database.transaction(user_id) as session:
            assert await repository.codes_left(session, user_id) == len(given[0])

    told_by(postgres, work)


def test_a_code_is_good_once_even_for_many_at_once(postgres: Server) -> None:
    async def work(database: Database, context: Context, watch: Watch, user_id: uuid.UUID) -> None:
        app, codes = await enrolled(database, context, user_id)
        assert not await good(database, context, user_id, app.at(watch.now)), "it has confirmed the app"
        watch.now += timedelta(seconds=60)
        for code in (app.at(watch.now), codes[3]):
            answers = await asyncio.gather(*(good(database, context, user_id, code) for _ in range(8)))
            assert answers.count(True) == 1
        assert not await good(database, context, user_id, app.at(watch.now - timedelta(seconds=30))), "nor one before"

    told_by(postgres, work)


@given(drift=st.integers(-200, 200))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_code_may_be_one_step_early_or_late(postgres: Server, drift: int) -> None:
    async def work(database: Database, context: Context, watch: Watch, user_id: uuid.UUID) -> None:
        app, _ = await enrolled(database, context, user_id)
        watch.now += timedelta(days=1)
        step, now = (watch.now.timestamp() + drift) // 30, watch.now.timestamp() // 30
        shown = app.at(watch.now + timedelta(seconds=drift))
        near = {app.at(watch.now + timedelta(seconds=30 * number)) for number in (-1, 0, 1)}
        expected = abs(step - now) <= 1 or shown in near  # codes of six digits meet by chance
        assert await good(database, context, user_id, shown) == expected

    told_by(postgres, work)


def test_recovery_codes_are_ones_own_and_replaced_together(postgres: Server) -> None:
    async def work(database: Database, context: Context, watch: Watch, user_id: uuid.UUID) -> None:
        _, codes = await enrolled(database, context, user_id)
        other = await person(database, context, new_address())
        await enrolled(database, context, other)
        assert not await good(database, context, other, codes[0])
        assert await good(database, context, user_id, codes[0].upper().replace("-", " "))
        async with database.transaction(user_id) as session:
            fresh = await second_factor.new_codes(session, context, user_id)
        assert not await good(database, context, user_id, codes[1])
        assert await good(database, context, user_id, fresh[1])

    told_by(postgres, work)


def test_without_one_nothing_is_checked_and_disabling_removes_all(postgres: Server) -> None:
    async def work(database: Database, context: Context, watch: Watch, user_id: uuid.UUID) -> None:
        async def nothing() -> None:
            with pytest.raises(Refused) as refusal:
                await good(database, context, user_id, "123456")
            assert refusal.value.code == "no-second-factor"

        await nothing()
        _, codes = await enrolled(database, context, user_id)
        async with database.transaction(user_id) as session:
            await second_factor.disable(session, context, user_id)
            assert not await second_factor.enabled(session, user_id)
        await nothing()
        with psycopg.connect(postgres.urls.worker) as connection:
            left = connection.execute("SELECT count(*) FROM recovery_codes WHERE user_id = %s", [user_id]).fetchone()
        assert left == (0,)
        assert codes

    told_by(postgres, work)


def test_neither_secret_nor_codes_are_stored_as_they_are(postgres: Server) -> None:
    async def work(database: Database, context: Context, watch: Watch, user_id: uuid.UUID) -> None:
        app, codes = await enrolled(database, context, user_id)
        with psycopg.connect(postgres.urls.worker) as connection:
            stored = str(connection.execute("SELECT f::text FROM second_factors f").fetchall())
            stored += str(connection.execute("SELECT c::text FROM recovery_codes c").fetchall())
        for secret in (app.secret, *codes, *(code.replace("-", "") for code in codes)):
            assert secret not in stored
            assert secret.encode().hex() not in stored

    told_by(postgres, work)
