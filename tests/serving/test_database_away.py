"""PostgreSQL away: who is known goes on asking the insight doors; what needs the database says when to come back."""

import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import httpx

from accounts.keys.rights import Rights
from accounts.programs import create_key
from accounts.scopes import scopes_of
from kit.postgres import running
from kit.store import Store
from migrations import migrate
from serving.api import DOORS
from tests.databases import context
from tests.serving import marts
from tests.serving.processes import running_api
from tests.waiting import until

DOOR = DOORS[0]


def test_known_keys_go_on_and_the_rest_waits(tmp_path: Path, taxonomy: Path) -> None:
    store = Store(tmp_path)
    marts.release(store.releases, taxonomy, datetime(2026, 10, 1, tzinfo=UTC))
    rights = Rights(scopes_of("user"))

    def ask(path: str, key: str) -> httpx.Response:
        query = DOOR.example if path == DOOR.path else {}
        return api.client.get(path, params=query, headers={"X-API-Key": key})

    with ExitStack() as process:
        with running(store) as server:
            migrate(server.urls.owner)
            known, unknown = (
                create_key(server.urls.admin, context(), "ana@example.org", name, rights, "enterprise")
                for name in ("known", "unknown")
            )
            api = process.enter_context(running_api(store, server.urls))
            assert ask(DOOR.path, known).status_code == 200
        for _ in range(40):
            answer = ask(DOOR.path, known)
            assert answer.status_code == 200, answer.text
            time.sleep(0.1)
        for path, key in ((DOOR.path, unknown), ("/api/v1/keys", known), ("/ready", known)):
            answer = ask(path, key)
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
            assert path == "/ready" or answer.json()["code"] == "database-unavailable"
        assert ask(DOOR.path, known[:-1]).status_code == 401, "what is mistyped is told without the database"
        with running(store):
            until(lambda: ask("/api/v1/keys", known).status_code == 200)
            until(lambda: ask(DOOR.path, unknown).status_code == 200)
