"""Where everything of one installation lives on disk: the folder that `--store` names.

landing/      raw pages as received                     ingestion.landed_pages
canonical/    <frame>/source=<name>/<day>.parquet       ingestion.canonical
normalised/   <frame>/source=<name>/<day>.parquet       normalisation.schema
openings/     which postings are one opening            ingestion.openings
estimates/    what estimation computed                  orchestration
taken_up/     confidential rows in figures, by release  orchestration
reference/    taxonomies loaded from configured files   normalisation.reference
warehouse/    the DuckDB file
releases/     sealed releases and the current pointer   kit.releases
accuracy/     scores of the steps, and their page       accuracy
outbox/       mails, where no server sends them         accounts.mail
postgres/ dagster/ logs/                                services' own state
operator/     what was sold                        orchestration.revenue
usage/        <day>.parquet: requests to the API         orchestration.usage
exports/      packages of what is held on a user        accounts.privacy
audit/        signed marks of the audit trail           accounts.audit.marks
sample/       a store of the release for test keys      orchestration.sample
demo_checkout.json  what the demo checkout's stand-in for Stripe knows
secret_key    the installation's master key             kit.secrets
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

from kit.errors import Busy


@dataclass(frozen=True)
class Store:
    """Paths below one root; nothing is created until something is written."""

    root: Path

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def openings(self) -> Path:
        return self.root / "openings"

    @property
    def estimates(self) -> Path:
        return self.root / "estimates"

    @property
    def taken_up(self) -> Path:
        return self.root / "taken_up"

    @property
    def reference(self) -> Path:
        return self.root / "reference"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse" / "payband.duckdb"

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def accuracy(self) -> Path:
        return self.root / "accuracy"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def dagster(self) -> Path:
        return self.root / "dagster"

    @property
    def sample(self) -> "Store":
        """A store within this one, for the release that test keys are answered from."""
        return Store(self.root / "sample")

    @property
    def secret_key(self) -> Path:
        return self.root / "secret_key"

    @property
    def demo_checkout(self) -> Path:
        return self.root / "demo_checkout.json"

    @property
    def outbox(self) -> Path:
        return self.root / "outbox"

    @property
    def exports(self) -> Path:
        return self.root / "exports"

    @property
    def operator(self) -> Path:
        return self.root / "operator"

    @property
    def usage(self) -> Path:
        return self.root / "usage"

    @property
    def audit(self) -> Path:
        return self.root / "audit"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    def partition(self, layer: str, frame: str, source: str, day: date) -> Path:
        """The file of one partition: `layer` is canonical or normalised, `frame` one of its tables."""
        # One join, not five: a run asks for tens of thousands.
        return self.root / f"{layer}/{frame}/source={source}/{day.isoformat()}.parquet"

    def partitions(self, layer: str, frame: str) -> list[tuple[str, date, Path]]:
        """Every written partition of a frame as (source, day, file), in order of source and day."""
        found = [
            (path.parent.name.removeprefix("source="), date.fromisoformat(path.stem), path)
            for path in (self.root / layer / frame).glob("source=*/*.parquet")
        ]
        return sorted(found)

    @contextmanager
    def writing(self, wait_s: float = 0) -> Iterator[None]:
        """Hold the store's one writer lock; freed by the system when the process ends, however it ends.

        A process that holds it may enter again. Raises Busy when another process still holds it after `wait_s` seconds.
        """
        root = self.root.resolve()
        if root in _WRITING:
            yield
            return
        root.mkdir(parents=True, exist_ok=True)
        busy = f"another run is writing to {root}: let it end, or give another --store"
        with open(root / "writer.lock", "w") as handle:
            _lock(handle, busy, time.monotonic() + wait_s)
            _WRITING.add(root)
            try:
                yield
            finally:
                _WRITING.discard(root)

    @contextmanager
    def scheduling(self) -> Iterator[None]:
        """Hold the place of the store's one daemon; freed as `writing` is. Raises Busy when another process has it."""
        self.root.mkdir(parents=True, exist_ok=True)
        busy = f"another `payband up` looks after {self.root}: use that one, or give another --store"
        with open(self.root / "daemon.lock", "w") as handle:
            _lock(handle, busy, time.monotonic())
            yield


_WRITING: set[Path] = set()  # the stores that this process is writing to


def _lock(handle: IO[str], busy: str, deadline: float) -> None:
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise Busy(busy) from None
            time.sleep(0.2)
