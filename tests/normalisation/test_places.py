"""Place texts to places."""

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import BadInput
from normalisation.countries import country_currency
from normalisation.places import PLACE_LEVELS, RESOLVED, PlaceResolver, split_places

# text, country hint, place id, metro
CITIES = [
    ("New York, NY", None, "us/ny/new-york", "35620"),
    ("NYC", None, "us/ny/new-york", "35620"),
    ("Brooklyn, NY", None, "us/ny/new-york", "35620"),
    ("New York, US, New York", None, "us/ny/new-york", "35620"),
    ("San Francisco", None, "us/ca/san-francisco", "41860"),
    ("US-SF-HQ", None, "us/ca/san-francisco", "41860"),
    ("Mountain View, California, United States", None, "us/ca/mountain-view", "41940"),
    ("St. Louis, MO", None, "us/mo/st-louis", "41180"),
    ("Washington, D.C.", None, "us/dc/washington", "47900"),
    ("Lexington, Kentucky", None, "us/ky/lexington", "30460"),
    ("WA - Seattle", None, "us/wa/seattle", "42660"),
    ("Naval Air Station San Diego, California", None, "us/ca/san-diego", "41740"),
    ("4001 King Avenue, Corcoran, CA 93212-8309", None, "us/ca/corcoran", None),
    ("London, England, United Kingdom", None, "gb/england/london", None),
    ("Hybrid - London", None, "gb/england/london", None),
    ("South East London, London", "GB", "gb/england/london", None),
    ("ARLESEY", "GB", "gb/england/arlesey", None),
    ("Hemel Hempstead Hospital, HEMEL HEMPSTEAD", "GB", "gb/england/hemel-hempstead", None),
    ("Newcastle Upon Tyne, Tyne And Wear", "GB", "gb/england/newcastle-upon-tyne", None),
    ("Manchester Lancashire North West", "GB", "gb/england/manchester", None),
    ("München", None, "de/bavaria/munich", None),
    ("Muenchen, Bayern", None, "de/bavaria/munich", None),
    ("80331 München", None, "de/bavaria/munich", None),
    ("Stutt\u00adgart Deut\u00adsch\u00adland", None, "de/baden-wurttemberg/stuttgart", None),
    ("Europe, Germany, Berlin", None, "de/berlin/berlin", None),
    ("Toronto, ON, CA", None, "ca/ontario/toronto", None),
    ("Hamburg, DE", None, "de/hamburg/hamburg", None),
    ("Dublin, IE", None, "ie/leinster/dublin", None),
    ("Dublin, CA", None, "us/ca/dublin", "41860"),
    ("Tbilisi, Georgia", None, "ge/tbilisi/tbilisi", None),
    ("Atlanta, Georgia", None, "us/ga/atlanta", "12060"),
    ("Shibuya City, Tokyo, Japan", None, "jp/tokyo/tokyo", None),
    ("Bangalore, IND", None, "in/karnataka/bengaluru", None),
    ("Singapore", None, "sg/sg/singapore", None),
]
WIDER = [
    ("Remote - US", None, "us", "country"),
    ("US - Remote", None, "us", "country"),
    ("United States", None, "us", "country"),
    ("Remote (Germany)", None, "de", "country"),
    ("Deutschland", None, "de", "country"),
    ("Mexico", None, "mx", "country"),
    ("California", None, "us/ca", "region"),
    ("Remote - New York", None, "us/ny", "region"),
    ("Bayern", None, "de/bavaria", "region"),
    ("Essex, UK", None, "gb/england", "region"),
    ("SG15 6SN", None, "gb/england", "region"),
    ("EH1 1AA", None, "gb/scotland", "region"),
    ("Quebec", None, "ca/quebec", "region"),
    ("New Ulm, TX", None, "us/tx", "region"),
    ("Alameda County, California", None, "us/ca", "region"),
    ("130 Stuyvesant Place, S.I.", "US", "us", "country"),
    ("Davis Monthan AFB, Arizona", None, "us/az", "region"),
]


@pytest.mark.parametrize(("text", "hint", "place_id", "metro"), CITIES)
def test_a_city_is_found_with_its_metro(
    resolver: PlaceResolver, text: str, hint: str | None, place_id: str, metro: str | None
) -> None:
    place = resolver.resolve(text, hint)
    assert (place.place_id, place.place_level, place.metro, place.reason) == (place_id, "city", metro, None)
    assert place.country == place_id[:2].upper()


@pytest.mark.parametrize(("text", "hint", "place_id", "level"), WIDER)
def test_a_wider_place_stays_as_wide_as_it_is_said(
    resolver: PlaceResolver, text: str, hint: str | None, place_id: str, level: str
) -> None:
    place = resolver.resolve(text, hint)
    assert (place.place_id, place.place_level, place.city) == (place_id, level, None)


@pytest.mark.parametrize("text", ["SF Bay Area", "San Francisco Bay Area"])
def test_a_metro_is_a_region_with_a_metro_code(resolver: PlaceResolver, text: str) -> None:
    place = resolver.resolve(text)
    assert (place.place_id, place.place_level, place.metro) == ("us/ca", "region", "41860")


def test_greater_a_city_is_its_metro(resolver: PlaceResolver) -> None:
    assert resolver.resolve("Greater Boston Area").metro == "14460"
    assert resolver.resolve("Greater Boston Area").place_level == "region"


@pytest.mark.parametrize("text", ["Anywhere", "EMEA", "Remote - Global", "Hybrid", "", "N/A", "???", None])
def test_what_names_no_place_gives_none_with_a_reason(resolver: PlaceResolver, text: str | None) -> None:
    place = resolver.resolve(text)
    assert place.place_id is None
    assert place.reason in ("unknown", "empty")
    assert resolver.resolve(text, "FR").place_id == "fr"


@pytest.mark.parametrize("text", ["Cambridge", "Birmingham", "Georgia", "CA", "Smallvillage, IN"])
def test_an_ambiguous_name_is_not_guessed(resolver: PlaceResolver, text: str) -> None:
    place = resolver.resolve(text)
    assert (place.place_id, place.reason) == (None, "ambiguous")


def test_ambiguity_backs_off_to_what_the_candidates_share(resolver: PlaceResolver) -> None:
    place = resolver.resolve("Springfield", "US")
    assert (place.place_id, place.place_level, place.reason) == ("us", "country", "ambiguous")


@pytest.mark.parametrize(
    ("text", "hint", "place_id"),
    [
        ("Cambridge", "GB", "gb/england/cambridge"),
        ("Birmingham", "GB", "gb/england/birmingham"),
        ("Georgia", "US", "us/ga"),
        ("Georgia", "GE", "ge"),
        ("Portland", "US", "us/or/portland"),
        ("Kent", "GB", "gb/england"),
        ("Riverside, Ipswich", "GB", "gb/england/ipswich"),
        ("Torbay", "GB", "gb"),
        ("Newark Health Centre, Newark", "GB", "gb"),
        ("St Thomas' Hospital, London", "GB", "gb/england/london"),
        ("Ontario, CA", "US", "us/ca/ontario"),
    ],
)
def test_the_hint_decides_what_the_text_leaves_open(
    resolver: PlaceResolver, text: str, hint: str, place_id: str
) -> None:
    assert resolver.resolve(text, hint).place_id == place_id


@pytest.mark.parametrize(
    ("text", "place_id"), [("New York, NY", "us/ny/new-york"), ("United States", "us"), ("Atlanta", "us/ga/atlanta")]
)
def test_the_text_overrules_a_wrong_hint(resolver: PlaceResolver, text: str, place_id: str) -> None:
    assert resolver.resolve(text, "SD").place_id == place_id


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("Remote - US", "remote"),
        ("Hybrid - London", "hybrid"),
        ("London - On-site", "on_site"),
        ("Leeds", None),
        ("Remote-Friendly, Paris", "hybrid"),
    ],
)
def test_the_text_hints_at_the_remote_mode(resolver: PlaceResolver, text: str, mode: str | None) -> None:
    assert resolver.resolve(text).remote_mode_hint == mode


def test_lists_are_split_only_between_places() -> None:
    assert split_places("Leeds, UK; York, UK | Leeds, UK") == ["Leeds, UK", "York, UK"]
    assert split_places("Austin, TX • Reno, NV or Portland, OR") == ["Austin, TX", "Reno, NV", "Portland, OR"]
    assert split_places("3 Locations") == []


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("San Francisco, CA | New York City, NY", ["us/ca/san-francisco", "us/ny/new-york"]),
        ("San Francisco, Seattle, Chicago", ["us/ca/san-francisco", "us/wa/seattle", "us/il/chicago"]),
        ("Austin, TX, New York, NY", ["us/tx/austin", "us/ny/new-york"]),
        ("US, Canada", ["us", "ca"]),
        ("Lyon, Madrid", ["fr/auvergne-rhone-alpes/lyon", "es/madrid/madrid"]),
    ],
)
def test_one_text_can_name_several_places(resolver: PlaceResolver, text: str, ids: list[str]) -> None:
    assert [place.place_id for place in resolver.places(text)] == ids


def test_a_posting_has_one_main_place_and_counts_the_distinct_ones(resolver: PlaceResolver) -> None:
    lists = pl.DataFrame(
        {
            "places": [["United States", "Austin, TX; Reno, NV"], [], None, ["Austin, TX", "Remote"]],
            "country_hint": [None, "DE", None, "US"],
        },
        schema={"places": pl.List(pl.String), "country_hint": pl.String},
    )
    found = resolver.resolve_lists(lists)
    assert found["place_id"].to_list() == ["us/tx/austin", "de", None, "us/tx/austin"]
    assert found["n_places"].to_list() == [2, 1, 0, 1]
    assert found["place_ids"].to_list() == [["us/nv/reno", "us/tx/austin"], ["de"], [], ["us/tx/austin"]]
    assert found["remote_mode_hint"].to_list() == [None, None, None, "remote"]


def test_bulk_says_what_one_at_a_time_says(resolver: PlaceResolver) -> None:
    pairs = pl.DataFrame([(text, hint) for text, hint, *_ in CITIES], schema=["text", "country_hint"], orient="row")
    found = resolver.resolve_many(pairs)
    assert dict(found.schema) == {"text": pl.String, "country_hint": pl.String} | RESOLVED
    assert found["place_id"].to_list() == [place_id for *_, place_id, _ in CITIES]


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=80), hint=st.sampled_from([None, "US", "GB", "xx", ""]))
def test_any_text_resolves_to_a_consistent_place(resolver: PlaceResolver, text: str, hint: str | None) -> None:
    place = resolver.resolve(text, hint)
    assert (place.place_id is None) == (place.place_level is None) == (place.country is None)
    if place.place_id:
        assert place.place_level == PLACE_LEVELS[3 - len(place.place_id.split("/"))]
        assert resolver.place_name(place.place_id)


def test_a_long_text_is_survived(resolver: PlaceResolver) -> None:
    assert resolver.resolve("Paris, " * 1500).place_id == "fr/ile-de-france/paris"
    resolver.resolve("x" * 10_000)
    resolver.resolve("a b " * 2_500)


def test_names_are_shown_and_unknown_ids_have_none(resolver: PlaceResolver) -> None:
    shown = [resolver.place_name(one) for one in ("us/ny/new-york", "us/ny", "us", "us/metro/35620", "us/ny/nowhere")]
    assert shown == ["New York", "New York", "United States", "New York-Newark-Jersey City, NY-NJ", None]


def test_ids_are_unique_and_every_city_lies_in_its_region(resolver: PlaceResolver) -> None:
    cities, regions = resolver.gazetteer.tables["cities"], resolver.gazetteer.tables["regions"]
    assert not cities["place_id"].is_duplicated().any()
    assert not regions["place_id"].is_duplicated().any()
    region_ids = regions["place_id"].gather(cities["region"])
    assert (cities["place_id"].str.extract("^([^/]+/[^/]+)/") == region_ids).all()


def test_currencies_of_countries() -> None:
    assert [country_currency(code) for code in ("US", "gb", "DE", "IN", "HR")] == ["USD", "GBP", "EUR", "INR", "EUR"]
    with pytest.raises(BadInput, match="ZZ"):
        country_currency("ZZ")


def test_a_folder_without_an_index_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no gazetteer"):
        PlaceResolver.load(tmp_path)


def test_loading_needs_neither_the_source_data_nor_much_memory(places_folder: Path) -> None:
    """A process that only resolves stays under 60 MB more than polars itself needs."""
    script = (
        "import resource, sys, polars; from pathlib import Path\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "from normalisation.places import PlaceResolver\n"
        f"assert PlaceResolver.load(Path({str(places_folder)!r})).resolve('Leeds, UK').city == 'Leeds'\n"
        "assert 'normalisation.gazetteer_build' not in sys.modules\n"
        "unit = 1 if sys.platform == 'darwin' else 1024\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit // 1_000_000)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 60


FLOORS = {  # set: column, hint, least share that is at least a region, least share resolved at all
    "adzuna_uk_2013_excerpt": ("LocationRaw", "GB", 0.95, 1.0),
    "glassdoor_ds_us_2020": ("Location", "US", 0.99, 1.0),
    "usajobs_open_2025_with_grade": ("position_location", "US", 0.95, 1.0),
    "data_jobs_2023_salary_monthly": ("job_location", None, 0.75, 0.80),
    "nhs_jobs_2020_11": ("locality", "GB", 0.90, 1.0),
}


@pytest.mark.parametrize("name", FLOORS)
def test_shares_resolved_on_real_postings(resolver: PlaceResolver, shared_data: Path, name: str) -> None:
    column, hint, regions, resolved = FLOORS[name]
    texts = pl.read_parquet(shared_data / "postings" / f"{name}.parquet", columns=[column])[column].drop_nulls()
    counted = texts.value_counts(name="n").rename({column: "text"}).with_columns(country_hint=pl.lit(hint, pl.String))
    found = resolver.resolve_many(counted)
    total = found["n"].sum()
    assert found.filter(pl.col("place_level").is_in(["city", "region"]))["n"].sum() >= regions * total
    assert found.filter(pl.col("place_id").is_not_null())["n"].sum() >= resolved * total
