"""`payband worker` and `payband jobs`, as an operator types them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg

from accounts import jobs
from kit.database import Database
from kit.postgres import Server
from kit.settings import variables
from tests.databases import on, postgres

__all__ = ["postgres"]


def payband(server: Server, store: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "cli", *words, "--store", str(store)]
    environment = {**os.environ, **variables(server.urls)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_jobs_are_done_seen_and_replayed(postgres: Server, tmp_path: Path) -> None:
    with psycopg.connect(postgres.urls.owner) as connection:
        connection.execute("DELETE FROM procrastinate.procrastinate_jobs")

    async def put(database: Database) -> int | None:
        async with database.transaction() as session:
            return await jobs.defer(session, "jobs.prune")

    number = str(on(postgres.urls.application, put))
    waiting = json.loads(payband(postgres, tmp_path, "jobs", "list", "--json").stdout)
    assert waiting["counts"]["waiting"] == 1
    assert payband(postgres, tmp_path, "worker", "--once").returncode == 0
    told = json.loads(payband(postgres, tmp_path, "jobs", "show", number, "--json").stdout)
    assert (told["task"], told["state"], told["failures"]) == ("jobs.prune", "done", [])
    again = json.loads(payband(postgres, tmp_path, "jobs", "retry", number, "--json").stdout)["queued"]
    cancelled = payband(postgres, tmp_path, "jobs", "cancel", str(again[0]))
    assert cancelled.stdout == f"{again[0]} is cancelled\n"
    for words, why in (
        (("jobs", "cancel", number), "nothing to cancel"),
        (("jobs", "retry"), "name jobs"),
    ):
        refused = payband(postgres, tmp_path, *words)
        assert refused.returncode == 2
        assert why in refused.stderr
