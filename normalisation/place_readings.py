"""The parts of a place text, each read in all the ways it can be, and sorted by the place they describe."""

from collections.abc import Iterator, Sequence

from normalisation.gazetteer import (
    CITY,
    CITY_OTHER_NAME,
    COUNTRY_CODE,
    METRO,
    REGION,
    REGION_CODE,
    SUBREGION,
    City,
    Gazetteer,
    Reading,
)
from normalisation.place_candidates import CITY_OVER_REGION, Candidate, Component, Group, candidates, support
from normalisation.place_text import fold, without_noise, without_qualifier
from normalisation.tables import word_list

# Whole continents and sales regions: no place, and no contradiction either.
SUPRANATIONAL = word_list("supranational")
# Words of job ads that are also names of small towns.
NO_PLACES = word_list("no_place")
# A single word within words that mean nothing to us is a city only from this size.
LEAST_WITHIN = 15_000
# And from this size where nothing else in the text speaks for it.
LEAST_BY_CHANCE = 300_000
NEGLIGIBLE = 20
# Codes that are no words.
PLAIN_CODES = frozenset({"usa", "uae"})
# No place takes more parts to say, and no honest list names more places than this in one text.
MOST_PARTS, MOST_COMPONENTS = 8, 100


def read(gazetteer: Gazetteer, component: str) -> list[Component]:
    """A component as written, else without remarks, else without qualifiers, else the names within it."""
    if fold(component) in SUPRANATIONAL:
        return []
    for key in dict.fromkeys(
        (fold(component), fold(without_noise(component)), without_qualifier(fold(without_noise(component))))
    ):
        readings = _readings(gazetteer, key, component)
        if readings:
            return [_as_metro(gazetteer, Component(key, readings), component)]
    if fold(component).endswith((" county", " parish")):
        return []  # not the town that a county is named after
    return list(_names_within(gazetteer, without_noise(component)))


def _readings(gazetteer: Gazetteer, key: str, written: str) -> tuple[Reading, ...]:
    if not key or key in NO_PLACES or key in SUPRANATIONAL:
        return ()
    found = gazetteer.readings(key)
    # Two or three letters are a code only in capitals: "in", "or", "me" and "can" are words.
    if (
        len(key) <= 3
        and key not in PLAIN_CODES
        and not any(word.isupper() for word in written.replace(".", "").split())
    ):
        found = tuple(reading for reading in found if reading.kind not in (REGION_CODE, COUNTRY_CODE))
    return found


def _as_metro(gazetteer: Gazetteer, component: Component, written: str) -> Component:
    """ "Greater Boston" and "Denver metropolitan area" mean the metro, where the city has one."""
    folded = fold(written)
    if not (
        folded.startswith("greater ")
        or folded.endswith((" metro", " metro area", " metropolitan area", " bay area", " area"))
    ):
        return component
    cities = [gazetteer.city(reading.row) for reading in component.readings if reading.kind == CITY]
    rows = {row["metro"]: i for i, row in enumerate(gazetteer.metros)}
    metros = [Reading(METRO, rows[city.metro]) for city in cities if city.metro and city.population >= CITY_OVER_REGION]
    return Component(component.key, tuple(metros[:1])) if metros and component.has(CITY) else component


def _names_within(gazetteer: Gazetteer, text: str) -> Iterator[Component]:
    """The longest names that a run of words holds: "Toronto Canada", "Naval Air Station San Diego", "US-SF-HQ"."""
    words = text.replace("-", " ").split()
    found: list[tuple[str, tuple[Reading, ...]]] = []
    at = covered = 0
    while at < len(words):
        for length in range(min(4, len(words) - at), 0, -1):
            written = " ".join(words[at : at + length])
            readings = _readings(gazetteer, fold(written), written)
            kept = tuple(
                r
                for r in readings
                if r.kind not in (CITY, CITY_OTHER_NAME)
                or length > 1
                or (r.kind == CITY and gazetteer.city(r.row).population >= LEAST_WITHIN)
                or written.isupper()
            )
            if kept and length < len(words):
                found.append((fold(written), kept))
                at += length - 1
                covered += length
                break
        at += 1
    for key, kept in found:
        yield Component(key, kept, weak=covered < len(words))


def grouped(gazetteer: Gazetteer, parts: Sequence[str]) -> list[Group]:
    """The parts of one text as one group a place: "Leeds, York" are two places, "Leeds, West Yorkshire, UK" is one."""
    groups: list[Group] = []
    current = Group()
    for part in parts[:MOST_COMPONENTS]:
        found = read(gazetteer, part)
        current.unknown += not found
        for component in found:
            same = [i for i, other in enumerate(current.components) if other.key == component.key]
            if same:  # "Barcelona, Barcelona" says nothing new, "Ely Hospital, Ely" does
                if current.components[same[0]].weak:
                    current.components[same[0]] = component
                continue
            if len(current.components) >= MOST_PARTS:
                current.unknown += 1
                continue
            if current.components and _begins_another(gazetteer, current, component):
                if _places_elsewhere(current, component):
                    current = Group(unknown=current.unknown + 1)
                else:
                    groups.append(current)
                    current = Group()
            current.components.append(component)
    return [group for group in (*groups, current) if group.components and not _only_by_chance(gazetteer, group)]


def _only_by_chance(gazetteer: Gazetteer, group: Group) -> bool:
    """Whether all that speaks for the place is a word within others, and not the name of a large city."""
    if not all(component.weak for component in group.components):
        return False
    return candidates(gazetteer, group, None)[0].weight < LEAST_BY_CHANCE


def _places_elsewhere(group: Group, component: Component) -> bool:
    """Whether `component` says that the town before it is not the one we know: "New Ulm, TX", which is in Minnesota."""
    return (
        len(group.components) == 1
        and group.components[0].has(CITY, CITY_OTHER_NAME)
        and component.has(REGION, REGION_CODE, SUBREGION)
        and not component.has(CITY, CITY_OTHER_NAME)
    )


def _begins_another(gazetteer: Gazetteer, group: Group, component: Component) -> bool:
    """Whether `component` cannot belong to the place that `group` describes so far."""
    seen = candidates(gazetteer, group, None)
    if not seen:
        return False
    top = [one for one in seen if one.score >= seen[0].score - 0.15]
    for one in seen:
        spoken_for = support(gazetteer, one, component) if one.score >= seen[0].score - 1.05 else 0.0
        # That some small Barcelona lies near some Madrid makes them no one place.
        if spoken_for > 0.5 or (spoken_for > 0 and one.weight * NEGLIGIBLE >= seen[0].weight):
            return False
    if component.has(CITY, CITY_OTHER_NAME) and all(one.city is None for one in top):
        # "CA - San Francisco", "Germany, Berlin": the wider came first.
        return not any(
            _contains(one, gazetteer.city(r.row))
            for one in seen
            for r in component.readings
            if r.kind <= CITY_OTHER_NAME
        )
    return True


def _contains(wider: Candidate, city: City) -> bool:
    return wider.country == city.country and wider.region in (None, city.region)
