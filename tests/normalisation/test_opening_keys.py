"""What postings are compared by: places that keep what their texts say, titles without the place."""

import pytest

from normalisation.opening_keys import district, own_place, title_without_place
from normalisation.places import PlaceResolver


def place_of(resolver: PlaceResolver, text: str, country: str = "GB") -> str | None:
    """The place of an opening that one text names."""
    found = resolver.resolve(text, country)
    if found.place_level == "city" and found.place_id:
        return district([text], found.place_id, resolver.gazetteer) or found.place_id
    return own_place([text], found.place_id, found.reason, resolver.gazetteer) or found.place_id


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Harrow, London", "Harrow"),
        ("Ongar, Essex", "Ongar"),
        ("Oxfordshire South East", "Oxfordshire"),
        ("Leeds, West Yorkshire", "Leeds"),
        ("South East London, London", "London"),
    ],
)
def test_two_ways_of_writing_a_place_are_one(resolver: PlaceResolver, one: str, other: str) -> None:
    assert place_of(resolver, one) == place_of(resolver, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Harrow, London", "Croydon, London"),
        ("Devon", "Cornwall"),
        ("Ongar, Essex", "Essex"),
        ("Nowhere-on-Sea", "Elsewhere-on-Sea"),
    ],
)
def test_two_places_that_are_known_no_finer_stay_two(resolver: PlaceResolver, one: str, other: str) -> None:
    assert place_of(resolver, one) != place_of(resolver, other)


@pytest.mark.parametrize(
    ("title", "words", "place_ids", "key"),
    [
        ("nurse, leeds", "leeds, uk", ["gb/england/leeds"], "nurse"),
        ("nurse, stoke-on-trent", "stoke on trent", ["gb/~/stoke-on-trent"], "nurse"),
        ("nurse, uk", "leeds", ["gb/england/leeds"], "nurse"),
        ("nurse, leeds", "uk", ["gb"], "nurse, leeds"),
        ("account executive, germany", "london", ["gb/england/london"], "account executive, germany"),
        ("nurse, nights", "leeds", ["gb/england/leeds"], "nurse, nights"),
        ("leeds", "leeds", ["gb/england/leeds"], "leeds"),
    ],
)
def test_a_title_loses_a_part_that_says_no_more_than_the_place(
    resolver: PlaceResolver, title: str, words: str, place_ids: list[str], key: str
) -> None:
    assert title_without_place(title, words, place_ids, resolver.gazetteer) == key
