"""One release as the doors see it: rows by their keys, the taxonomy it was made with, its sources' notes."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from kit.lookup import Row
from kit.releases import Release
from normalisation.reference import Taxonomy
from serving.resolving import Resolver


class Reader:
    """Everything in it is read-only, so that any number of requests share it."""

    def __init__(self, release: Release, taxonomy: Taxonomy) -> None:
        self.release = release
        self.resolver = Resolver(taxonomy)
        self._lookup = release.lookup

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

    def row(self, table: str, **keys: str) -> Row | None:
        """The row with exactly these keys; None when there is none, or no such table in this release."""
        if table not in self._lookup:
            return None
        return self._lookup.get(table, *[keys[name] for name in self._lookup.keys(table)])

    def rows(self, table: str, after: tuple[str, ...] | None = None, **keys: str) -> Iterator[Row]:
        """The rows with these first keys, in the order of the remaining ones."""
        if table not in self._lookup:
            return iter(())
        first = self._lookup.keys(table)[: len(keys)]
        return self._lookup.scan(table, *[keys[name] for name in first], after=after)

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
            for row in self.rows("mart_coverage", period="trailing")
        }

    @cached_property
    def covered_places(self) -> dict[str, str]:
        """Id to name of every place that the release has a cell for."""
        return {row["place_id"]: row["place_name"] for row in self.rows("mart_coverage", period="trailing")}
