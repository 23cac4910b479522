"""One release as the doors see it: rows by their keys, the taxonomy it was made with, its sources' notes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import cached_property
from typing import Any, TypeVar, cast

from kit.lookup import Row
from kit.releases import Release
from serving.names import Names
from serving.resolving import Resolver

T = TypeVar("T")
MOST = 1_024  # remembered parts of answers, of about 3 kB


class Reader:
    """Everything in it is read-only, so that any number of requests share it."""

    def __init__(self, release: Release, names: Names) -> None:
        self.release = release
        self.resolver = Resolver(names)
        self._lookup = release.lookup
        self._told: OrderedDict[Hashable, Any] = OrderedDict()

    def remembered(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gave for this key; the least recently asked for is made again after MOST others."""
        try:
            self._told.move_to_end(key)
            return cast(T, self._told[key])
        except KeyError:
            made = self._told[key] = make()
            if len(self._told) > MOST:
                self._told.popitem(last=False)
            return made

    @property
    def id(self) -> str:
        return self.release.id

    @cached_property
    def stamp(self) -> dict[str, Any]:
        """What every answer says of the release that it comes from."""
        facts = self.release.facts
        return {
            "release": self.id,
            "released_at": self.release.sealed.made_at.isoformat(timespec="seconds"),
            "captured_to": facts.get("captured_to"),
            "demo": bool(facts.get("demo", False)),
        }

    def row(self, table: str, keys: Mapping[str, str]) -> Row | None:
        """The row with exactly these keys; None when there is none, or no such table in this release."""
        if table not in self._lookup:
            return None
        return self._lookup.get(table, *[keys[name] for name in self._lookup.keys(table)])

    def rows(self, table: str, keys: Mapping[str, str], after: tuple[str, ...] | None = None) -> Iterator[Row]:
        """The rows with these first keys, in the order of the remaining ones; from behind the keys `after`."""
        if table not in self._lookup:
            return iter(())
        first = self._lookup.keys(table)[: len(keys)]
        return self._lookup.scan(table, *[keys[name] for name in first], after=after)

    def matching(self, table: str, keys: Mapping[str, str], after: tuple[str, ...] | None = None) -> Iterator[Row]:
        """The rows with these keys, whichever they are, in key order; only rows that match are decoded."""
        names = self.keys(table)
        known = 0
        while known < len(names) and names[known] in keys:
            known += 1
        rest = [(at, keys[name]) for at, name in enumerate(names) if at >= known and name in keys]
        prefix = [keys[name] for name in names[:known]]
        if after is not None and list(after[:known]) != prefix:
            return
        for found in self._lookup.scan_keys(table, *prefix, after=after):
            if all(found[at] == value for at, value in rest):
                row = self._lookup.get(table, *found)
                if row is not None:
                    yield row

    def keys(self, table: str) -> tuple[str, ...]:
        """The key columns of a table in this release; empty when it has no such table."""
        return self._lookup.keys(table) if table in self._lookup else ()

    def sources(self, names: str | None) -> list[dict[str, Any]]:
        """The notes on sources named as in the marts ("a,b"): who they are and what may be done with their rows."""
        told = self.release.facts.get("sources", {})
        kept = ("attribution", "terms", "aggregates", "display", "export", "connector")
        return [
            {"name": name, **{field: told.get(name, {}).get(field) for field in kept}}
            for name in (names or "").split(",")
            if name
        ]

    @cached_property
    def covered_occupations(self) -> dict[str, str]:
        """Code to title of every occupation that the release has a cell for."""
        return {
            row["occupation_code"]: row["occupation_title"] or row["occupation_code"]
            for row in self.rows("mart_coverage", {"period": "trailing"})
        }

    @cached_property
    def covered_places(self) -> dict[str, str]:
        """Id to name of every place that the release has a cell for."""
        return {row["place_id"]: row["place_name"] for row in self.rows("mart_coverage", {"period": "trailing"})}
