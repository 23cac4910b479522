"""The embedded server: started, adopted, recovered, stopped, and never at the cost of anybody's permissions."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from kit.postgres import running
from kit.postgres.cluster import Cluster
from kit.store import Store
from tests.waiting import until

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from kit.postgres import running
from kit.store import Store
with running(Store(Path(sys.argv[1]))) as server:
    print(server.pid, server.urls.application, flush=True)
    time.sleep(120)
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One data folder for the module; every test leaves it with its server stopped."""
    folder = tmp_path_factory.mktemp("store")
    folder.chmod(0o700)
    yield Store(folder)
    assert not (folder / "postgres" / "data" / "postmaster.pid").exists()


def ask(url: str, query: str = "SELECT current_user") -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()  # type: ignore[arg-type]
        return row and row[0]


def answers(url: str) -> bool:
    try:
        return ask(url) == "payband_app"
    except psycopg.OperationalError:
        return False


def another_process(store: Store) -> tuple["subprocess.Popen[str]", int, str]:
    """A process that holds the server, the server's pid and its address."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(store.root)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert holder.stdout is not None
    pid, url = holder.stdout.readline().split()
    holder.stdout.close()
    return holder, int(pid), url


def test_it_starts_and_stops_with_us_and_keeps_what_was_written(store: Store) -> None:
    with running(store) as server:
        assert ask(server.urls.application) == "payband_app"
        with psycopg.connect(server.urls.owner) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS value")
            connection.execute("GRANT SELECT ON kept TO payband_app")
            assert connection.info.server_version >= 180000
        pid, address = server.pid, server.urls.application
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with running(store) as server:
        assert server.urls.application == address
        assert ask(server.urls.application, "SELECT value FROM kept") == 7


def test_it_runs_unprivileged_and_opens_nobody_s_folders(store: Store) -> None:
    with running(store) as server:
        process = Path(f"/proc/{server.pid}")
        if process.exists():
            assert process.stat().st_uid != 0
        with psycopg.connect(server.urls.owner) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
            assert connection.execute("SHOW unix_socket_directories").fetchone() == ("",)
    assert store.root.stat().st_mode & 0o777 == 0o700
    assert (store.postgres / "server.json").stat().st_mode & 0o777 == 0o600
    assert (store.postgres / "data").stat().st_mode & 0o777 == 0o700


def test_a_wrong_password_is_refused_and_the_application_may_not_make_tables(store: Store) -> None:
    with running(store) as server:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            ask(f"postgresql://payband_owner:wrong@127.0.0.1:{server.port}/payband")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(server.urls.application, "CREATE TABLE mine (a int)")


def test_a_killed_server_comes_back_on_the_same_address(store: Store) -> None:
    with running(store) as server:
        with psycopg.connect(server.urls.owner) as connection:
            connection.execute("CREATE TABLE committed AS SELECT 1 AS value")
            connection.execute("GRANT SELECT ON committed TO payband_app")
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        until(lambda: answers(server.urls.application))
        assert ask(server.urls.application, "SELECT value FROM committed") == 1


def test_the_server_of_a_killed_process_is_adopted(store: Store) -> None:
    holder, pid, url = another_process(store)
    holder.kill()
    holder.wait()
    assert answers(url)
    with running(store) as server:
        assert server.pid == pid
        assert server.urls.application == url
    assert not answers(url)  # we were the last to use it


def test_the_last_user_stops_it_and_no_other(store: Store) -> None:
    holder, pid, url = another_process(store)
    with running(store) as server:
        assert server.pid == pid
    assert answers(url)
    holder.send_signal(signal.SIGINT)
    holder.wait()
    assert not answers(url)


def test_a_stale_lock_file_with_a_living_stranger_s_number_is_no_hindrance(store: Store) -> None:
    (store.postgres / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n/nowhere\n0\n1\n")
    with running(store) as server:
        assert server.pid != os.getpid()
        assert answers(server.urls.application)


def test_it_moves_when_its_port_is_taken(store: Store) -> None:
    port = Cluster(store.postgres).state().port
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", port))
        stranger.listen()
        with running(store) as server:
            assert server.port != port
            assert answers(server.urls.application)


def test_a_first_start_that_was_killed_is_begun_again(tmp_path: Path) -> None:
    store = Store(tmp_path)
    (store.postgres / "data.part").mkdir(parents=True)
    (store.postgres / "data.part" / "PG_VERSION").write_text("18")
    with running(store) as server:
        assert answers(server.urls.application)
