"""What a ClickHouse cluster would be told. None runs here: ClickHouse's parser reads it, and we."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kit.store import Store
from orchestration.dbt_runner import run_dbt
from orchestration.warehouse import warehouse_of
from tests.dbt.market import posting, write_openings, write_partitions, write_reference
from tests.peers.clickhouse import clickhouse

pytestmark = pytest.mark.deep
MODELS = ("+mart_sources", "+fct_openings")


@contextmanager
def told(tmp_path: Path, options: str) -> Iterator[list[str]]:
    """Every statement by which a first build and one more day change a server, with those options in the URL."""
    store, statements = Store(tmp_path / "store"), tmp_path / "statements.sql"
    rows = [posting(number) for number in range(3)]
    write_reference(store, board={})
    with clickhouse(tmp_path / "data", statements) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PAYBAND_ENGINE", "clickhouse")
        patch.setenv("PAYBAND_WAREHOUSE_URL", url + options)
        for count in (2, 3):
            write_partitions(store, "postings", rows[:count])
            write_openings(store, rows[:count])
            run_dbt(store, MODELS, command="run")
        counts = warehouse_of(store).row_counts()
        assert counts["fct_job_postings"] == 3
        yield statements.read_text().splitlines()


def test_a_cluster_is_told_everything_on_every_replica(tmp_path: Path) -> None:
    with told(tmp_path, "?cluster=north") as statements:
        ours = [one for one in statements if "__dbt_exchange_test" not in one]  # dbt's look at what the server can
        changing = [one for one in ours if not one.lower().startswith("delete")]  # a replica tells the others itself
        assert len(changing) > 40
        assert [one for one in changing if not re.search(r"on cluster ['\"`]?north['\"`]?", one, re.IGNORECASE)] == []
        tables = [one for one in ours if re.match(r"create (or replace )?table", one, re.IGNORECASE)]
        assert [one for one in tables if "ReplicatedMergeTree" not in one] == []
        assert any("payband_core.fct_openings" in one.replace("`", "") for one in tables)


def test_marts_of_a_sharded_cluster_stand_behind_distributed_tables(tmp_path: Path) -> None:
    with told(tmp_path, "?cluster=north&sharded=1") as statements:
        plain = [one.replace("`", "").replace('"', "").replace("'", "") for one in statements]
        made = [one for one in plain if re.match(r"create .*table .*payband_api\.mart_sources", one, re.IGNORECASE)]
        assert any("payband_api.mart_sources_local" in one and "ReplicatedMergeTree" in one for one in made)
        assert any(re.search(r"Distributed\(\s*north\s*,\s*payband_api\s*,\s*mart_sources_local", one) for one in made)
