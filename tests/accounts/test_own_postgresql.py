"""A PostgreSQL of the operator's own, set up as docs/how_to/own_postgresql.md says, without a superuser."""

import re
from pathlib import Path

import psycopg
import pytest

from accounts.programs import create_key, list_keys
from kit.database import ADMIN, APPLICATION, LOOKUP, OWNER, WORKER
from kit.postgres import running
from kit.settings import DatabaseSettings
from kit.store import Store
from migrations import migrate
from tests.databases import NOWHERE, addresses, context

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how_to" / "own_postgresql.md"


def test_the_page_s_own_words_make_a_database_that_works(tmp_path: Path) -> None:
    block = re.search(r"```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert block is not None
    words = re.sub(r"--.*", "", block[1]).replace("…", "pw").replace(OWNER, "theirs")  # the embedded one is a superuser
    words = words.replace("DATABASE payband", "DATABASE theirs")
    with running(Store(tmp_path)) as server:
        with psycopg.connect(server.urls.owner.removesuffix("payband") + "postgres", autocommit=True) as connection:
            for role in (APPLICATION, WORKER, ADMIN, LOOKUP):
                connection.execute(f"DROP ROLE {role}")  # type: ignore[call-overload]
            for statement in words.strip().rstrip(";").split(";"):
                connection.execute(statement)  # type: ignore[call-overload]
        address = f"postgresql://{{}}:pw@127.0.0.1:{server.port}/theirs"
        migrate(address.format("theirs"))
        text = create_key(address.format(ADMIN), context(), "ana@example.org", "laptop")
        assert list_keys(address.format(ADMIN), context(), "ana@example.org")[0].prefix == text[:12]
        for role in (APPLICATION, "theirs"):  # row-level security is forced on the owner too
            with psycopg.connect(address.format(role)) as connection:
                assert connection.execute("SELECT count(*) FROM users").fetchone() == (0,)


def test_one_log_in_for_all_is_refused() -> None:
    with pytest.raises(Exception, match="PAYBAND_DATABASE_OWNER_URL, PAYBAND_DATABASE_WORKER_URL") as error:
        DatabaseSettings(database_url=addresses(NOWHERE)["database_url"]).urls()
    assert "own_postgresql" in str(error.value)
