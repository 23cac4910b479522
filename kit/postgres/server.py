"""Start, adopt, watch and stop the embedded server.

Who uses the server holds a shared lock on postgres/users.lock; the last one out stops it. A process of ours that
was killed leaves the server running, and the next one adopts it: the password handshake (SCRAM) proves both ways
that it is ours. A server that was killed is started again on the same port, so that addresses stay good.
"""

import fcntl
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

from kit.database import LOOKUP, OWNER, Urls
from kit.errors import Permanent
from kit.postgres.binaries import Account, data_argument, programs
from kit.postgres.cluster import DATABASE, Cluster, State, environment, taken, with_new_port
from kit.store import Store

log = logging.getLogger(__name__)

PATIENCE_S = 60.0  # recovery after a crash on a slow disk
WATCH_EVERY_S = 0.25


class Server:
    """A running server; `urls` has an address for each role."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._state = cluster.state()
        self._child: subprocess.Popen[bytes] | None = None
        self._guard = threading.Lock()

    @property
    def urls(self) -> Urls:
        return self._state.urls

    @property
    def port(self) -> int:
        return self._state.port

    @property
    def pid(self) -> int | None:
        """The postmaster's process id; None when no server runs on this data folder."""
        if self._child is not None:
            self._child.poll()  # reap it, so that a dead child is not seen as alive
        return _postmaster(self._cluster)

    def ensure(self) -> None:
        """Come back with a server that answers: the running one if it is ours, else a new one. Raises Permanent."""
        with self._guard, _locked(self._cluster.root / "starting.lock"):
            if self.pid is None:
                self._start()
            self._wait()
            _prepare(self._state)

    def stop(self) -> None:
        """Stop the server: sessions are cut, everything committed is on disk."""
        with self._guard:
            pid = self.pid
            for how in (signal.SIGINT, signal.SIGQUIT):  # fast shutdown, then immediate
                if pid is not None:
                    os.kill(pid, how)
                    pid = self._gone(15.0)
            if pid is None and self._child is not None:
                self._child.wait()  # its lock file goes a moment before it does

    def _gone(self, patience_s: float) -> int | None:
        until = time.monotonic() + patience_s
        while (pid := self.pid) is not None and time.monotonic() < until:
            time.sleep(0.01)
        return pid

    def _start(self) -> None:
        account = self._cluster.make(self._state)
        (self._cluster.data / "postmaster.pid").unlink(missing_ok=True)  # stale: no server of ours is alive
        if taken(self._state.port):
            self._state = with_new_port(self._cluster, self._state)
        with open(self._cluster.log, "ab") as output:
            self._child = _launch(account, self._cluster.data, self._state.port, output)

    def _wait(self) -> None:
        until = time.monotonic() + PATIENCE_S
        pause = 0.005
        while not (_ready(self._cluster) and _answers(self._state)):
            if self.pid is None and time.monotonic() > until - PATIENCE_S + 10:
                raise Permanent(f"PostgreSQL did not start: the reason stands at the end of {self._cluster.log}")
            if self.pid is None and self._child is not None and self._child.poll() is not None:
                self._start()  # sessions of a killed server hold its memory for a moment: try again
            if time.monotonic() > until:
                raise Permanent(f"PostgreSQL does not answer on port {self.port}: see {self._cluster.log}")
            time.sleep(pause)
            pause = min(pause * 1.5, 0.2)


@contextmanager
def running(store: Store) -> Iterator[Server]:
    """The store's server for as long as the block runs: started or adopted, watched, stopped by its last user."""
    cluster = Cluster(store.postgres.resolve())
    cluster.root.mkdir(parents=True, exist_ok=True)
    server = Server(cluster)
    with open(cluster.root / "users.lock", "w") as users:
        with _locked(cluster.root / "leaving.lock"):
            fcntl.flock(users, fcntl.LOCK_SH)
        server.ensure()
        ended = threading.Event()
        watcher = threading.Thread(target=_watch, args=(server, ended), name="postgres-watch", daemon=True)
        watcher.start()
        try:
            yield server
        finally:
            ended.set()
            watcher.join()
            with _locked(cluster.root / "leaving.lock"):
                if _alone(users):
                    server.stop()


def _alone(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _watch(server: Server, ended: threading.Event) -> None:
    while not ended.wait(WATCH_EVERY_S):
        if server.pid is None:
            log.warning("postgres.server_died: starting it again on port %d", server.port)
            try:
                server.ensure()
            except Permanent as error:
                log.error("postgres.restart_failed: %s", error)  # and try again at the next look


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock that the system frees however this process ends."""
    with open(path, "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _launch(account: Account, data: Path, port: int, output: IO[bytes]) -> subprocess.Popen[bytes]:
    settings = {"port": str(port), "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
    command = [str(programs(account) / "postgres"), "-D", data_argument(account, data)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return subprocess.Popen(
        command,
        cwd=data,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,  # Ctrl-C is for us: we stop the server when we are done with it
        **account.options(),  # type: ignore[call-overload]
    )


def _postmaster(cluster: Cluster) -> int | None:
    """The process in the data folder's lock file, if it is alive and is a PostgreSQL (numbers are used again)."""
    try:
        pid = int((cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    return pid if _command(pid).startswith("postgres") else None


def _command(pid: int) -> str:
    """The program's name; empty for a process that is gone or only waits to be reaped."""
    if sys.platform.startswith("linux"):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)
        except OSError:
            return ""
        return "" if fields[1].split()[0] == "Z" else fields[0].split("(", 1)[1]
    done = subprocess.run(["/bin/ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return Path(done.stdout.strip()).name


def _ready(cluster: Cluster) -> bool:
    """What the server itself says in its lock file: cheaper to ask than a connection that is refused."""
    try:
        lines = (cluster.data / "postmaster.pid").read_text().split("\n")
    except OSError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"


def _answers(state: State) -> bool:
    try:
        psycopg.connect(state.url(OWNER, "postgres"), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _prepare(state: State) -> None:
    """Roles and database: idempotent, and one query when all is there. What a role may do, migrations say."""
    log_ins = [role for role in state.passwords if role != OWNER]
    present = "SELECT rolname FROM pg_roles UNION ALL SELECT datname FROM pg_database"
    with psycopg.connect(state.url(OWNER, "postgres"), autocommit=True) as connection:
        there = {name for (name,) in connection.execute(present)}
        for role in log_ins:
            if role not in there:
                password = sql.Literal(state.passwords[role])
                made = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), password)
                connection.execute(made)
        if LOOKUP not in there:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(LOOKUP)))
        if DATABASE not in there:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
