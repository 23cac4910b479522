"""Which release answers: the current one, swapped in while requests run, or an older one that was asked for."""

import asyncio
import ctypes
import gc
from collections import OrderedDict
from datetime import UTC, date, datetime, time
from pathlib import Path
from weakref import WeakValueDictionary

import structlog

from kit.errors import PaybandError
from kit.releases import Release, current_id, open_release
from kit.releases.publishing import STAMP
from serving.names import Names, load_names
from serving.problems import Problem
from serving.reader import Reader

TAXONOMY = "taxonomy"
OLDER_KEPT = 2
NO_RELEASE = ("no-release", "No release was published yet: `payband up` and `payband run` publish one.")
NO_SAMPLE = ("no-sample-release", "The sample was not built yet: `payband up` and `payband sample build` build it.")

log = structlog.get_logger(__name__)


class Shelf:
    """The open releases of one process.

    A request takes `current` once and keeps it, so that a swap changes no answer half-way; the old release is let go
    when the last request that holds it is done.
    """

    def __init__(self, root: Path, beside: "Shelf | None" = None) -> None:
        """A shelf `beside` another shares its taxonomies and is opened when it is first `wanted`."""
        self._root = root
        self._older: OrderedDict[str, Reader] = OrderedDict()
        self._names: WeakValueDictionary[str, Names] = beside._names if beside else WeakValueDictionary()
        self._missing = NO_RELEASE if beside is None else NO_SAMPLE
        self._awake = beside is None
        self._waking = asyncio.Lock()
        self.current: Reader | None = None

    def refresh(self) -> None:
        """Look at the pointer and open what it names, if that is new. Raises PaybandError for a damaged release."""
        name = current_id(self._root)
        if name is not None and (self.current is None or self.current.id != name):
            self.current = self._open(open_release(self._root, name))
            log.info("release.opened", release=name)

    async def wanted(self) -> None:
        """Somebody asks: open what is current, if nobody asked before."""
        if self._awake:
            return
        async with self._waking:
            if not self._awake:
                try:
                    await asyncio.to_thread(self.refresh)
                except (PaybandError, OSError) as error:
                    log.error("release.open_failed", reason=str(error))
                self._awake = True

    async def follow(self, every_s: float) -> None:
        """Refresh for ever, off the event loop; a release that cannot be opened leaves the last good one."""
        failed = ""
        while True:
            await asyncio.sleep(every_s)
            if not self._awake:
                continue
            try:
                await asyncio.to_thread(self.refresh)
                failed = ""
            except (PaybandError, OSError) as error:
                if str(error) != failed:
                    log.error("release.open_failed", reason=str(error))
                failed = str(error)

    def reader(self, release: str | None = None, as_of: date | None = None) -> Reader:
        """The release to answer from: the one named, the newest good one of that day's end, or the current one."""
        if release is not None:
            return self._older_reader(release)
        if as_of is not None:
            return self._older_reader(self._as_of(as_of))
        if self.current is None:
            raise Problem(*self._missing)
        return self.current

    def past(self, until: Reader, since: date | None, limit: int) -> list[Reader]:
        """The good releases up to `until`, oldest first: those published since then, at most `limit` of the latest."""
        first = since.strftime("%Y%m%d") if since else ""
        names = sorted(path.name for path in self._root.iterdir() if path.name[:1].isdigit())
        found = [until]
        for name in reversed([name for name in names if first <= name < until.id]):
            if len(found) == limit:
                break
            if open_release(self._root, name).sealed.status == "ready":
                found.append(self._older_reader(name))
        return found[::-1]

    def _as_of(self, day: date) -> str:
        end = datetime.combine(day, time.max, UTC).strftime(STAMP)
        names = sorted(path.name for path in self._root.iterdir() if path.name[:1].isdigit())
        for name in reversed(names):
            if name.split("-")[0] <= end and open_release(self._root, name).sealed.status == "ready":
                return name
        first = names[0].split("-")[0] if names else "none yet"
        raise Problem("no-such-release", f"No release had been published by {day}; the first is of {first}.")

    def _older_reader(self, name: str) -> Reader:
        if self.current is not None and self.current.id == name:
            return self.current
        if name not in self._older:
            try:
                release = open_release(self._root, name)
            except PaybandError as error:
                raise Problem("no-such-release", f"There is no release {name}.") from error
            if release.gates_failed:
                raise Problem("no-such-release", f"Release {name} failed its gates and is not served.")
            self._older[name] = self._open(release)
            while len(self._older) > OLDER_KEPT:
                self._older.popitem(last=False)
        self._older.move_to_end(name)
        return self._older[name]

    def _open(self, release: Release) -> Reader:
        """Releases made with the same taxonomy share it: it is the largest thing in memory."""
        files = release.sealed.files
        own = str(sorted((path, entry.sha256) for path, entry in files.items() if path.startswith(f"{TAXONOMY}/")))
        names = self._names.get(own)
        if names is None:
            names = self._names[own] = load_names(release.folder / TAXONOMY)
            give_memory_back()
        return Reader(release, names)


def give_memory_back() -> None:
    """Return to the system what loading needed for a moment: 10 MB in 230, where the C library can be asked."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
