"""Place texts to places: "Remote - US", "London, England, United Kingdom", "SF Bay Area", "ARLESEY", "München".

Every part of a text is read in all the ways it can be (a city, a region, a country, a metro); the reading that explains
most of the text wins. The country hint of a source counts for half a part: it decides between readings that the text
leaves open and never overrules what the text says (one set labels 2,680 US rows "Sudan"). A bare town abroad of less
than 300,000 people is no such saying: "Torbay" in Britain is there, known to us or not.

A bare name that several places share is taken for the one that is ten times as populous as the next (three times within
the hinted country); otherwise the answer backs off to what the candidates have in common, with the reason `ambiguous`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import lru_cache
from html import unescape
from pathlib import Path
from typing import Any

import polars as pl

from normalisation.countries import country_currency
from normalisation.gazetteer import CITY, CITY_OTHER_NAME, Gazetteer
from normalisation.place_candidates import METROPOLIS, Candidate, Group, best, candidates
from normalisation.place_readings import LEAST_BY_CHANCE, grouped, read
from normalisation.place_text import (
    INVISIBLE,
    components,
    fold,
    remote_mode_hint,
    split_places,
    uk_region,
    without_qualifier,
)
from normalisation.schema import PLACE, PLACE_LEVELS

__all__ = ["PLACE_LEVELS", "Place", "PlaceResolver", "country_currency", "split_places"]

# Codes that nobody takes for anything else.
PLAIN_CODES = frozenset({"us", "uk"})
# Longer texts are no places; what stands first in them is read.
LONGEST = 2_000
# Texts of one set repeat; so do those of one process.
REMEMBERED = 100_000


@dataclass(frozen=True)
class Place:
    """A resolved place text. `place_id` is the finest that is sure; `reason` says why it is none or not finer."""

    place_id: str | None = None
    place_level: str | None = None  # city region country
    city: str | None = None  # display name
    region: str | None = None  # display name
    country: str | None = None  # ISO 3166-1 alpha-2
    metro: str | None = None  # CBSA code
    remote_mode_hint: str | None = None  # remote hybrid on_site: what the text says of it
    reason: str | None = None  # empty unknown ambiguous city_unknown several_countries


PLACE_FIELDS = [field.name for field in fields(Place)]
RESOLVED = PLACE | {"remote_mode_hint": pl.String, "reason": pl.String}
FINENESS = {None: 0, "country": 1, "region": 2, "city": 3}


class PlaceResolver:
    """Resolves place texts against a gazetteer. Immutable and safe to share between threads."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self._remembered = lru_cache(REMEMBERED)(self._places)

    @classmethod
    def built_in(cls) -> "PlaceResolver":
        """From the data in the installed packages: takes seconds; `save` the result and `load` it elsewhere."""
        from normalisation.gazetteer_build import build_gazetteer

        return cls(build_gazetteer())

    @classmethod
    def load(cls, folder: Path) -> "PlaceResolver":
        """From what `save` wrote; raises BadInput where there is none."""
        return cls(Gazetteer.load(folder))

    def save(self, folder: Path) -> None:
        """Write the index as Parquet files `places_*.parquet` below `folder`."""
        self.gazetteer.save(folder)

    def place_name(self, place_id: str) -> str | None:
        """The display name of a place id such as "us/ny/new-york", "us/metro/35620"; None for an unknown one."""
        return self.gazetteer.name(place_id)

    def resolve(self, text: str | None, country_hint: str | None = None) -> Place:
        """The main place of one text: of those it names, the first that resolves finest."""
        return _main(self.places(text, country_hint))

    def places(self, text: str | None, country_hint: str | None = None) -> tuple[Place, ...]:
        """Every place that one text names, in order; at least one, which may be unresolved."""
        return self._remembered(text or "", (country_hint or "").upper() or None)

    def candidates(self, text: str | None, country_hint: str | None = None) -> list[dict[str, Any]]:
        """All that a text can mean, by the part of it, best explanation first: part, place_id, score, weight.

        A place's score counts the parts of the text that speak for it (the hint for half a part); its weight is its
        population, or what a region counts for beside cities of its name.
        """
        hint = (country_hint or "").upper() or None
        found = []
        for part in split_places(INVISIBLE.sub("", unescape((text or "")[:LONGEST]))):
            for group in self._groups(part):
                for one in candidates(self.gazetteer, group, hint):
                    place_id = self._place(one, None, None).place_id
                    found.append(
                        {"part": part, "place_id": place_id, "score": round(one.score, 2), "weight": one.weight}
                    )
        return found

    def resolve_many(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """`pairs` (text, country_hint; any others) with the PLACE columns, remote_mode_hint and reason added."""
        found = [self.resolve(text, hint) for text, hint in pairs.select("text", "country_hint").iter_rows()]
        return pairs.hstack(_frame(found))

    def resolve_lists(self, lists: pl.DataFrame) -> pl.DataFrame:
        """One row per row of `lists` (places: list of texts; country_hint): what a posting's place texts say together.

        Columns: those of PLACE for the main place, `n_places` (distinct resolved places, Int32), `place_ids` (sorted
        list), `remote_mode_hint`, `reason`.
        """
        asked = lists.select("places", "country_hint").unique(maintain_order=True)
        answers = [self._together(texts or [], hint) for texts, hint in asked.iter_rows()]
        answered = asked.hstack(_frame([main for main, _ in answers])).with_columns(
            pl.Series("place_ids", [ids for _, ids in answers], dtype=pl.List(pl.String)),
            pl.Series("n_places", [len(ids) for _, ids in answers], dtype=pl.Int32),
        )
        joined = lists.select("places", "country_hint").join(
            answered, on=["places", "country_hint"], how="left", nulls_equal=True, maintain_order="left"
        )
        return joined.drop("places", "country_hint")

    def _together(self, texts: Iterable[str | None], hint: str | None) -> tuple[Place, list[str]]:
        found = [place for text in texts for place in self.places(text, hint)]
        ids = {place.place_id for place in found if place.place_id}
        # "San Francisco; United States" is one place and the country it is in, not two.
        finest = sorted(one for one in ids if not any(other.startswith(one + "/") for other in ids))
        modes = {place.remote_mode_hint for place in found}
        mode = "hybrid" if "hybrid" in modes or {"remote", "on_site"} <= modes else next(iter(modes - {None}), None)
        main = _main(found) if found else self._of_country(hint, Place(reason="empty"))
        finest = finest or [one for one in (main.place_id,) if one]  # a hint alone is a place too: the country
        return Place(**{**_values(main), "remote_mode_hint": mode}), finest

    def _places(self, text: str, hint: str | None) -> tuple[Place, ...]:
        parts = split_places(INVISIBLE.sub("", unescape(text[:LONGEST])))
        mode = remote_mode_hint(text[:LONGEST])
        found = [place for part in parts for place in self._of_part(part, hint)]
        # Of a list with one part that is only a remark ("London or Remote") the remark is no place.
        named = [place for place in found if place.place_id] or found[:1]
        return tuple(named) or (self._of_country(hint, Place(remote_mode_hint=mode, reason="empty")),)

    def _of_part(self, part: str, hint: str | None) -> list[Place]:
        mode = remote_mode_hint(part)
        groups = self._groups(part)
        if not groups:
            return [
                self._of_country(hint, self._of_postcode(part, mode) or Place(remote_mode_hint=mode, reason="unknown"))
            ]
        found = [(group, self._of_group(group, part, hint, mode)) for group in groups]
        # Of "London Road Hospital, Derby" the town counts that is named by itself.
        if any(place.place_level == "city" and not _by_chance(group) for group, place in found):
            found = [(group, place) for group, place in found if not _by_chance(group)]
        # "Riverside, Ipswich" in Britain is a ward in Ipswich, not the city in California.
        home = [self._population(place) for _, place in found if place.country == hint and place.place_level == "city"]
        return [
            place
            for group, place in found
            if not home or place.country == hint or self._is_explicit(group, place, max(home))
        ]

    def _population(self, place: Place) -> int:
        return self.gazetteer.population(place.place_id) if place.place_id else 0

    def _groups(self, part: str) -> list[Group]:
        """The groups of a part's components; a name that holds a separator ("Sutton in Ashfield") is one component."""
        whole = "," not in part and self.gazetteer.readings(fold(part))
        return grouped(self.gazetteer, [part] if whole else components(part))

    def _is_explicit(self, group: Group, place: Place, home: float) -> bool:
        """Whether a place abroad is meant for sure: its region or country is said too, or everybody knows it.

        Beside a small town at home the name of a city of the world is a village's: "New York, Lincoln".
        """
        if len(group.components) > 1 or place.place_level != "city":
            return True
        name = fold(place.city or "")
        return home >= LEAST_BY_CHANCE and name == group.components[0].key and self._population(place) >= METROPOLIS

    def _of_group(self, group: Group, part: str, hint: str | None, mode: str | None) -> Place:
        ranked = candidates(self.gazetteer, group, hint)
        chosen, reason = best(self.gazetteer, ranked, hint, remote=mode == "remote")
        if chosen and hint and chosen.country != hint and self._is_bare(group, chosen):
            home = [one for one in ranked if one.country == hint and one.weight >= _needed_at_home(chosen)]
            home = home or self._unqualified(group, hint)
            if home or chosen.weight < LEAST_BY_CHANCE:
                chosen, reason = best(self.gazetteer, home, hint, remote=mode == "remote")
        if chosen is None or (hint and chosen.country != hint and _by_chance(group)):
            return self._of_country(hint, self._of_postcode(part, mode) or Place(remote_mode_hint=mode, reason=reason))
        return self._place(chosen, mode, reason)

    def _unqualified(self, group: Group, hint: str) -> list[Candidate]:
        """Metropolises at home of which the text names a part: "East London" of a British board is not in Africa."""
        plain = [read(self.gazetteer, without_qualifier(one.key)) for one in group.components]
        ranked = candidates(self.gazetteer, Group([one for found in plain for one in found]), hint)
        return [one for one in ranked if one.country == hint and one.city and one.weight >= METROPOLIS]

    def _is_bare(self, group: Group, chosen: Candidate) -> bool:
        """Whether towns alone speak for a place abroad: "St Mary's Hospital, London" in Britain is not Ontario's."""
        wider = [r for one in group.components for r in one.readings if r.kind not in (CITY, CITY_OTHER_NAME)]
        return chosen.country not in map(self.gazetteer.country_of, wider)

    def _of_postcode(self, part: str, mode: str | None) -> Place | None:
        region = uk_region(part)
        row = self.gazetteer.region_rows[region] if region else None
        return None if row is None else self._place(Candidate(1.0, 0, region=row, country="GB"), mode, None)

    def _of_country(self, hint: str | None, place: Place) -> Place:
        """An unresolved place is at least in the country that the source names."""
        if place.place_id or hint is None or hint not in self.gazetteer.country_rows:
            return place
        return Place(**{**_values(place), "place_id": hint.lower(), "place_level": "country", "country": hint})

    def _place(self, chosen: Candidate, mode: str | None, reason: str | None) -> Place:
        region = self.gazetteer.regions[chosen.region] if chosen.region is not None else None
        if chosen.city is not None:
            found, name = chosen.city, region["name"] if region else None
            return Place(found.place_id, "city", found.name, name, chosen.country, chosen.metro, mode, reason)
        if region is not None:
            return Place(region["place_id"], "region", None, region["name"], chosen.country, chosen.metro, mode, reason)
        return Place(chosen.country.lower(), "country", None, None, chosen.country, None, mode, reason)


def _needed_at_home(abroad: Candidate) -> float:
    """How populous a place in the hinted country must be to be preferred to one abroad that more of the text names."""
    return LEAST_BY_CHANCE if abroad.weight >= LEAST_BY_CHANCE else 0


def _by_chance(group: Group) -> bool:
    """Whether only a word within others, or two letters, speak for the place: "130 Stuyvesant Place, S.I."."""
    codes = all(len(component.key) <= 2 and component.key not in PLAIN_CODES for component in group.components)
    return codes or all(component.weak for component in group.components)


def _values(place: Place) -> dict[str, str | None]:
    return {name: getattr(place, name) for name in PLACE_FIELDS}


def _main(places: Iterable[Place]) -> Place:
    return max(places, key=lambda place: FINENESS[place.place_level])  # max keeps the first of equals


def _frame(places: list[Place]) -> pl.DataFrame:
    return pl.DataFrame([_values(place) for place in places], schema=RESOLVED)
