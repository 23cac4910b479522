"""Free text to the keys of a release, by the taxonomy that the release was made with."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from rapidfuzz import fuzz, process, utils

from normalisation.reference.soc import group_of, level_of
from normalisation.seniority import seniority_of
from serving.names import Names

BROADER = ("broad", "minor", "major")
REMEMBERED = 20_000
CODE = re.compile(r"\d\d-\d{4}")
ID = re.compile(r"[a-z]{2}(/[a-z0-9-]+){0,2}")


@dataclass(frozen=True)
class Occupation:
    """What a job title was taken to mean; `code` None when it could not be told."""

    code: str | None
    level: str | None
    title: str | None
    probability: float | None
    method: str | None
    seniority: str | None

    def told(self) -> dict[str, Any]:
        """As answers echo it."""
        names = ("code", "level", "title", "probability", "method")
        return {name: getattr(self, name) for name in names}

    def parents(self) -> list[tuple[str, str]]:
        """Broader groups as (level, code), nearest first."""
        if self.code is None or self.level is None:
            return []
        levels = ("detailed", *BROADER)
        wider = levels[levels.index(self.level) + 1 :]
        return [(level, group_of(self.code, level)) for level in wider]


@dataclass(frozen=True)
class Place:
    """What a location was taken to mean; `id` None when it could not be told."""

    id: str | None
    level: str | None
    name: str | None
    parents: tuple[tuple[str, str], ...]  # broader places as (level, id), nearest first
    reason: str | None = None

    def told(self) -> dict[str, Any]:
        """As answers echo it."""
        return {"id": self.id, "level": self.level, "name": self.name}


class Resolver:
    """Answers are remembered: there are far fewer titles and places than requests."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self.occupation = lru_cache(REMEMBERED)(self._occupation)
        self.place = lru_cache(REMEMBERED)(self._place)

    def _occupation(self, text: str) -> Occupation:
        if CODE.fullmatch(text):
            return self._of_code(text)
        match = self._names.titles.code(text)
        title = self._names.occupation_title(match.code) if match.code else None
        return Occupation(match.code, match.level, title, match.probability, match.method, seniority_of(text))

    def _of_code(self, code: str) -> Occupation:
        title = self._names.occupation_title(code)
        if title is None:
            return Occupation(None, None, None, None, None, None)
        return Occupation(code, level_of(code), title, 1.0, "code", None)

    def _place(self, text: str) -> Place:
        places = self._names.places
        name = places.place_name(text) if ID.fullmatch(text) else None
        if name is not None:
            return self._of_id(text, name)
        found = places.resolve(text)
        if found.place_id is None or found.place_level is None:
            return Place(None, None, None, (), found.reason)
        if found.metro and found.place_level == "region":  # "San Francisco Bay Area": its region is where it begins
            metro = f"us/metro/{found.metro}"
            return Place(metro, "metro", places.place_name(metro), self._wider(metro, "metro", None))
        wider = self._wider(found.place_id, found.place_level, found.metro)
        reason = found.reason or self._unread(text, found.place_level)
        if reason is not None:  # something around it is known, but that is not what was asked for
            return Place(None, None, None, ((found.place_level, found.place_id), *wider), reason)
        return Place(found.place_id, found.place_level, places.place_name(found.place_id), wider)

    def _unread(self, text: str, level: str) -> str | None:
        """Why "Nowhereville, NY" is not New York: its first part names no place."""
        first, comma, _rest = text.partition(",")
        if not comma or level == "city":
            return None
        alone = self._names.places.resolve(first)
        return "city_unknown" if alone.place_id is None and alone.remote_mode_hint is None else None

    def _of_id(self, place_id: str, name: str) -> Place:
        """A place by its id, as our own answers name places."""
        parts = place_id.split("/")
        if parts[1:2] == ["metro"]:
            return Place(place_id, "metro", name, self._wider(place_id, "metro", None))
        level = ("country", "region", "city")[len(parts) - 1]
        metro = self._metros.get(place_id) if level == "city" else None
        return Place(place_id, level, name, self._wider(place_id, level, metro))

    @cached_property
    def _metros(self) -> dict[str, str]:
        cities = self._names.places.gazetteer.tables["cities"].select("place_id", "metro").drop_nulls()
        return dict(cities.iter_rows())

    @staticmethod
    def _wider(place_id: str, level: str, metro: str | None) -> tuple[tuple[str, str], ...]:
        """A metro lies in several regions at times, so above a metro stands its country."""
        parts = place_id.split("/")
        wider = [("metro", f"us/metro/{metro}")] if metro and level == "city" else []
        wider += [("region", "/".join(parts[:2]))] if level == "city" and len(parts) == 3 else []
        wider += [("country", parts[0])] if level != "country" else []
        return tuple(wider)


def suggestions(text: str, names: Sequence[str], count: int = 5) -> list[str]:
    """The known names most like `text`, best first; none that are unlike it."""
    found: list[Any] = process.extract(
        text, names, scorer=fuzz.WRatio, processor=utils.default_process, limit=count, score_cutoff=60
    )
    return [name for name, _score, _index in found]
