"""The server's data folder: made once, with its passwords, roles and database.

postgres/server.json   port and passwords, readable by us alone
postgres/data/         the cluster, owned by the user that the server runs as
postgres/server.log    what the server says
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path

from kit.database import ADMIN, APPLICATION, OWNER, WORKER, Urls
from kit.errors import Permanent
from kit.postgres.binaries import Account, account_for, data_argument, programs

DATABASE = "payband"


def new_password() -> str:
    """192 random bits, safe in a URL."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class State:
    """What must outlive the server process."""

    port: int
    owner_password: str = field(default_factory=new_password)
    application_password: str = field(default_factory=new_password)
    worker_password: str = field(default_factory=new_password)
    admin_password: str = field(default_factory=new_password)

    @property
    def passwords(self) -> dict[str, str]:
        """By role, of those that log in."""
        return {
            OWNER: self.owner_password,
            APPLICATION: self.application_password,
            WORKER: self.worker_password,
            ADMIN: self.admin_password,
        }

    def url(self, role: str = APPLICATION, database: str = DATABASE) -> str:
        """`postgresql://role:password@127.0.0.1:port/database`; passwords are URL-safe."""
        return f"postgresql://{role}:{self.passwords[role]}@127.0.0.1:{self.port}/{database}"

    @property
    def urls(self) -> Urls:
        """Every role's address."""
        return Urls(self.url(APPLICATION), self.url(OWNER), self.url(WORKER), self.url(ADMIN))


@dataclass(frozen=True)
class Cluster:
    """Paths of one server below `root` (the store's postgres folder)."""

    root: Path

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def log(self) -> Path:
        return self.root / "server.log"

    @property
    def state_file(self) -> Path:
        return self.root / "server.json"

    def state(self) -> State:
        """Port and passwords; made up on the first call."""
        if self.state_file.exists():
            try:
                told = json.loads(self.state_file.read_text())
                state = State(**told)
            except (ValueError, TypeError) as error:
                raise Permanent(f"{self.state_file} is not readable ({error}): restore it from a backup") from None
            whole = len(told) == len(fields(State))  # roles that came later have no password yet
            return state if whole else self.save(state)
        return self.save(State(free_port()))

    def save(self, state: State) -> State:
        """Write `state`, whole or not at all, readable by us alone."""
        self.root.mkdir(parents=True, exist_ok=True)
        beside = self.state_file.with_suffix(f".{os.getpid()}.part")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            json.dump(asdict(state), handle)
            handle.flush()
            os.fsync(handle.fileno())
        beside.replace(self.state_file)
        return state

    def make(self, state: State) -> Account:
        """Create the data folder if there is none; returns whom the server runs as."""
        account = account_for(self.data)
        if self.data.exists():
            return account
        beside = self.root / "data.part"
        shutil.rmtree(beside, ignore_errors=True)  # a killed first start
        beside.mkdir(parents=True, mode=0o700)
        if account.uid is not None and account.gid is not None:
            os.chown(beside, account.uid, account.gid)
        _initdb(account, beside, state.owner_password)
        beside.rename(self.data)
        return account


def with_new_port(cluster: Cluster, state: State) -> State:
    """Another program took our port while the server was down: move, and remember."""
    return cluster.save(replace(state, port=free_port()))


def free_port() -> int:
    """A TCP port on the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def taken(port: int) -> bool:
    """Whether somebody listens on the loopback interface's `port`."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def environment() -> dict[str, str]:
    """What the server's programs see: nothing of the caller's PG* settings, locale or secrets."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _initdb(account: Account, data: Path, password: str) -> None:
    reading, writing = os.pipe()  # the password reaches initdb without touching the disk or a command line
    try:
        if account.uid is not None and account.gid is not None:
            os.fchown(reading, account.uid, account.gid)
        os.write(writing, password.encode() + b"\n")
        os.close(writing)
        command = [str(programs(account) / "initdb"), "-D", data_argument(account, data), f"--username={OWNER}"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command += ["--locale=C", "--no-sync", f"--pwfile=/dev/fd/{reading}"]
        done = subprocess.run(
            command,
            cwd=data,
            env=environment(),
            pass_fds=[reading],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **account.options(),  # type: ignore[call-overload]
        )
    finally:
        os.close(reading)
    if done.returncode:
        raise Permanent(f"initdb could not make {data}: {done.stderr.strip() or done.stdout.strip()}")
