"""Which of the things that the parts of a place text can mean explains most of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import cos, hypot, radians

from normalisation.gazetteer import (
    CITY,
    CITY_OTHER_NAME,
    COUNTRY,
    COUNTRY_CODE,
    METRO,
    REGION,
    REGION_CODE,
    SUBREGION,
    City,
    Gazetteer,
    Reading,
)  # fmt: skip
from normalisation.place_text import fold

# What a reading is worth: a name in full, a short code, a name in another language.
WORTH = {
    CITY: 1.0,
    CITY_OTHER_NAME: 0.95,
    REGION: 1.0,
    REGION_CODE: 0.85,
    SUBREGION: 0.95,
    COUNTRY: 1.0,
    COUNTRY_CODE: 0.85,
    METRO: 1.0,
}
HINT = 0.5
# A town's name within other words ("Wellington House") says less than a name that stands alone ("London").
BY_CHANCE = 0.2
# A district speaks for its metropolis more than the metropolis for the district.
DISTRICT = 1.2
# After an unknown town "MD" is Maryland and not Moldova; with these countries the code stays open.
CODES_KEPT, STATE_RATHER = frozenset({"CA", "DE", "IN", "IL"}), 0.6
AGAINST = -1.0
NEAR_KM, DISTRICT_KM, DOUBLE_KM = 40.0, 30.0, 15.0
METROPOLIS = 1_000_000
# How much more populous one candidate must be than the next: without a country, and within the hinted one.
DOMINANT, DOMINANT_IN_COUNTRY = 10.0, 3.0
# What a region weighs against cities of the same name: "Kent" is the county rather than the city in Washington.
REGION_WEIGHT, SUBREGION_WEIGHT = 5_000_000, 1_300_000
CITY_OVER_REGION = 100_000
# Regions that are meant when their name stands alone, although their capital shares it.
RATHER_REGION = frozenset({"ca/quebec"})
# A state and a capital elsewhere share the name: neither is sure.
NEITHER, CAPITAL_WEIGHT = frozenset({"washington"}), 600_000
MOST_CITIES = 40  # candidates looked at for one name


@dataclass(frozen=True)
class Component:
    """One part of a text: its folded name and what it can mean."""

    key: str
    readings: tuple[Reading, ...]
    weak: bool = False  # found within words that mean nothing to us: "Davis Monthan AFB"

    def has(self, *kinds: int) -> bool:
        return any(reading.kind in kinds for reading in self.readings)


@dataclass
class Group:
    """The components that describe one place."""

    components: list[Component] = field(default_factory=list)
    unknown: int = 0  # parts that mean nothing to us


@dataclass(frozen=True)
class Candidate:
    score: float
    weight: float
    country: str
    region: int | None = None
    city: City | None = None
    metro: str | None = None
    order: int = 0  # which part of the text names it

    @property
    def place(self) -> tuple[str, int | None, int | None]:
        return self.country, self.region, self.city.row if self.city else None


def candidates(gazetteer: Gazetteer, group: Group, hint: str | None) -> list[Candidate]:
    """Every place that the group can be, best explanation first."""
    found: dict[tuple[str, int | None, int | None], Candidate] = {}
    alone = len(group.components) == 1 and not group.unknown
    for order, component in enumerate(group.components):
        for plain in _candidates_of(gazetteer, component, alone):
            supports = sum(support(gazetteer, plain, other) for other in group.components if other is not component)
            score = plain.score + supports + (HINT if hint == plain.country else 0.0)
            score -= BY_CHANCE if component.weak and plain.city else 0.0
            scored = Candidate(score, plain.weight, plain.country, plain.region, plain.city, plain.metro, order)
            if plain.place not in found or found[plain.place].score < score:
                found[plain.place] = scored
    return sorted(found.values(), key=lambda one: (-one.score, -one.weight, str(one.place)))


def _candidates_of(gazetteer: Gazetteer, component: Component, alone: bool) -> Iterator[Candidate]:
    for reading in component.readings[:MOST_CITIES]:
        worth = WORTH[reading.kind]
        if reading.kind in (CITY, CITY_OTHER_NAME):
            city = gazetteer.city(reading.row)
            yield Candidate(worth, city.population, city.country, city.region, city, city.metro)
        elif reading.kind in (REGION, REGION_CODE, SUBREGION):
            weight = (
                SUBREGION_WEIGHT
                if reading.kind == SUBREGION
                else CAPITAL_WEIGHT
                if alone and component.key in NEITHER
                else REGION_WEIGHT
            )
            yield Candidate(worth, weight, gazetteer.regions[reading.row]["country"], reading.row)
        elif reading.kind == METRO:
            metro = gazetteer.metros[reading.row]
            yield Candidate(worth, REGION_WEIGHT, "US", metro["region"], None, metro["metro"])
        else:
            country = gazetteer.countries[reading.row]
            shared = reading.kind == COUNTRY_CODE and component.has(REGION_CODE)
            if shared and country["country"] not in CODES_KEPT:
                worth = STATE_RATHER
            # A code that a state shares says nothing by the size of the country: "Smallville, IN" is ambiguous.
            yield Candidate(worth, REGION_WEIGHT if shared else country["population"], country["country"])


def support(gazetteer: Gazetteer, candidate: Candidate, component: Component) -> float:
    """How far `component` speaks for the candidate: 1 it is in it or is it, -1 it names another place."""
    agreement = max((_agreement(gazetteer, candidate, reading) for reading in component.readings), default=0.0)
    same_name = candidate.city is not None and component.key == fold(candidate.city.name)
    return max(agreement, 0.2) if same_name else agreement


def _agreement(gazetteer: Gazetteer, candidate: Candidate, reading: Reading) -> float:
    if reading.kind in (COUNTRY, COUNTRY_CODE):
        return WORTH[reading.kind] if gazetteer.countries[reading.row]["country"] == candidate.country else AGAINST
    if reading.kind in (REGION, REGION_CODE, SUBREGION):
        return WORTH[reading.kind] if reading.row == candidate.region else AGAINST
    if reading.kind == METRO:
        return WORTH[METRO] if gazetteer.metros[reading.row]["metro"] == candidate.metro else AGAINST
    city = gazetteer.city(reading.row)
    if candidate.city is None:
        return AGAINST
    distance = distance_km(candidate.city, city)
    if (
        candidate.city.population >= METROPOLIS
        and city.population * 5 <= candidate.city.population
        and distance <= DISTRICT_KM
    ):
        return DISTRICT  # "Wembley, London" is London
    return 0.5 if distance <= NEAR_KM and city.country == candidate.country else AGAINST


def distance_km(one: City, other: City) -> float:
    east = (other.longitude - one.longitude) * cos(radians(one.latitude)) * 111.32
    return hypot(east, (other.latitude - one.latitude) * 110.57)


def best(
    gazetteer: Gazetteer, ranked: list[Candidate], hint: str | None, *, remote: bool
) -> tuple[Candidate | None, str | None]:
    """The candidate that is sure, or what the best ones have in common, with the reason why it is not finer."""
    if not ranked:
        return None, "unknown"
    top = [one for one in ranked if one.score >= ranked[0].score - 0.12]
    # Of several cities that a text names side by side ("Andover and Alton") the first stands for it.
    first_named = min((one.order for one in top if one.city), default=None)
    top = [one for one in top if one.city is None or one.order == first_named]
    first = _finest_of_chain(top, remote)
    if first is not None:
        return first, None
    needed = DOMINANT_IN_COUNTRY if hint and top[0].country == hint and top[0].score >= 1.0 + HINT - 0.12 else DOMINANT
    top = _without_doubles(top)
    heaviest = max(one.weight for one in top)
    leader = next(one for one in top if one.weight == heaviest)
    likely = [one for one in top if one.weight * needed > heaviest or _is_part(one, leader) or _is_part(leader, one)]
    first = _finest_of_chain(likely, remote)
    return (first, None) if first else (_common(likely), "ambiguous")


def _without_doubles(top: list[Candidate]) -> list[Candidate]:
    """`top` without cities that lie beside a larger candidate: one town, entered twice ("Lexington-Fayette")."""
    kept: list[Candidate] = []
    for one in sorted(top, key=lambda each: (-each.weight, str(each.place))):
        beside = (distance_km(one.city, other.city) <= DOUBLE_KM for other in kept if one.city and other.city)
        if not any(beside):
            kept.append(one)
    return [one for one in top if one in kept]


def _is_part(part: Candidate, whole: Candidate) -> bool:
    """Whether `part` lies in `whole`."""
    if whole.city is not None:
        return part.place == whole.place
    return part.country == whole.country and whole.region in (None, part.region)


def _finest_of_chain(top: list[Candidate], remote: bool) -> Candidate | None:
    """Where all candidates lie within one another: the one that is meant. None where they do not.

    "New York" is the city in the state of the same name, unless one works there remotely or the city is small.
    """
    chain = sorted(top, key=lambda one: (one.region is not None, one.city is not None, -one.weight))
    for wider, finer in pairwise(chain):
        if not _is_part(finer, wider):
            return None
    finest = chain[-1]
    if len(chain) == 1 or finest.city is None:
        return finest
    wider = chain[-2]
    if finest.score < wider.score - 0.01:
        return wider
    if (
        remote
        or finest.city.population < CITY_OVER_REGION
        or "/".join(finest.city.place_id.split("/")[:2]) in RATHER_REGION
    ):
        return wider
    return finest


def _common(top: list[Candidate]) -> Candidate | None:
    """What all candidates lie in: a region, a country, or nothing."""
    first = top[0]
    if any(one.country != first.country for one in top):
        return None
    region = first.region if all(one.region == first.region for one in top) else None
    return Candidate(first.score, first.weight, first.country, region)
