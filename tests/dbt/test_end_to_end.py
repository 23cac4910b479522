"""A market written by hand, through dbt and estimation to the marts; its figures recomputed here in plain Python."""

from collections.abc import Callable
from datetime import date, timedelta
from statistics import median
from typing import Any

import pytest

from estimation.quantiles import quantile
from kit.identifiers import stable_id
from kit.store import Store
from tests.dbt.conftest import build, read
from tests.dbt.market import (
    LONDON,
    NURSE,
    Row,
    posting,
    salary,
    write_openings,
    write_partitions,
    write_reference,
)
from tests.estimation import plain

FIRST, LAST = date(2025, 1, 6), date(2026, 6, 29)
WEEKS = [FIRST + timedelta(days=7 * week) for week in range((LAST - FIRST).days // 7 + 1)]
N_EMPLOYERS = 11


def board() -> list[Row]:
    """Three developer openings a week, two of them paid, one nurse in London; each seen in two captures."""
    rows = []
    for week, day in enumerate(WEEKS):
        for slot in range(4):
            number = 10 * week + slot
            columns: dict[str, Any] = {
                "posted_on": day - timedelta(days=1 + slot),
                "employer_key": f"firm {number % N_EMPLOYERS}",
                "employer": f"Firm {number % N_EMPLOYERS}",
                "seniority": "senior" if slot == 0 else None,
                "experience_min_years": 3.0,
                "remote_mode": "remote" if slot == 1 else "on_site",
                "text_length": 900,
            }
            if slot < 2:
                columns["pay"] = (90_000.0 + 500 * week, 110_000.0 + 500 * week, "USD")
            if slot == 3:
                columns |= NURSE | LONDON | {"metro": None, "pay": (30_000.0, 34_000.0 + 100 * week, "GBP")}
            rows += [posting(number, day=seen, **columns) for seen in WEEKS[week : week + 2]]
    return rows


def copies(originals: list[Row]) -> list[Row]:
    """Another source repeats one developer ad of every tenth week a week later, with no pay."""
    found = []
    for row in originals:
        number = int(row["source_posting_id"])
        if number % 100 == 0 and row["captured_on"] < LAST:
            columns = {name: row[name] for name in ("employer_key", "employer", "text_length")}
            found.append(posting(number, source="feed", day=row["captured_on"] + timedelta(days=7), **columns))
    return found


@pytest.fixture(scope="module")
def market(empty_store: Callable[[], Store]) -> tuple[Store, list[Row]]:
    store = empty_store()
    own = board()
    again = copies(own)
    forbidden = [posting(n, source="closed", day=LAST, pay=(1e6, 1e6, "USD"), employer_key=f"x{n}") for n in range(50)]
    secret = [salary(n, source="secret", day=LAST, pay=(9e5, 9e5, "USD")) for n in range(30)]
    euro = [posting(5000 + n, day=LAST, pay=(50_000.0, 50_000.0, "EUR"), text_length=10) for n in range(2)]
    euro[1]["posted_on"] = LAST - timedelta(days=30)
    open_range = posting(6000, day=LAST, pay=(None, 55_000.0, "USD"), text_length=10)
    rows = [*own, *again, *forbidden, *euro, open_range]
    write_reference(
        store, board={}, feed={}, survey={}, closed={"aggregates": False}, secret={"confidential": True}, bls={}
    )
    write_partitions(store, "postings", rows)
    write_partitions(store, "posting_skills", skills_of(rows))
    thin = [salary(100 + n, day=LAST, pay=(3e4, 3e4, "GBP"), **NURSE | LONDON | {"metro": None}) for n in range(3)]
    write_partitions(store, "salaries", [*(salary(n, day=LAST) for n in range(20)), *thin, *secret])
    write_partitions(store, "fx_rates", [rate_of_euro()])
    write_partitions(store, "wage_statistics", [official()])
    write_openings(store, rows, {row["posting_id"]: stable_id("board", row["source_posting_id"]) for row in again})
    build(store)
    return store, [*own, *again, *euro, open_range]


def skills_of(rows: list[Row]) -> list[Row]:
    def named(row: Row) -> list[tuple[str, str]]:
        number = int(row["source_posting_id"])
        return [("python", "required"), *([("sql", "preferred")] if number % 3 == 0 else [])]

    return [
        {key: row[key] for key in ("source", "captured_on", "posting_id")} | {"skill_id": skill, "requirement": how}
        for row in rows
        for skill, how in named(row)
    ]


def rate_of_euro() -> Row:
    return {"source": "bls", "captured_on": LAST, "rate_on": LAST, "base": "EUR", "quote": "USD", "rate": 1.1}


def official() -> Row:
    return {
        "source": "bls",
        "captured_on": LAST,
        "statistic_id": 1,
        "year": 2025,
        "occupation_code": "soc2018:15-1252",
        "area_code": "99",
        "area_kind": "country",
        "country": "US",
        "currency": "USD",
        "annual_median": 131_450.0,
    }


def trailing(opened: date) -> bool:
    return LAST - timedelta(days=364) <= opened <= LAST


def usd_observations() -> list[tuple[float, float, str]]:
    """Trailing developer pay: the board's closed ranges, and the euro ad that has a rate within the week."""
    board_pay = [
        (90_000.0 + 500 * week, 110_000.0 + 500 * week, f"firm {(10 * week + slot) % N_EMPLOYERS}")
        for week, day in enumerate(WEEKS)
        for slot in range(2)
        if trailing(day - timedelta(days=1 + slot))
    ]
    return [*board_pay, (55_000.0, 55_000.0, "acme")]


def test_pay_bands_agree_with_plain_python(market: tuple[Store, list[Row]]) -> None:
    store, _ = market
    (cell,) = read(
        store,
        "from api.mart_pay_bands where period = 'trailing' and basis = 'advertised' and occupation_code = '15-1252' "
        "and place_id = 'us/ny' and dimension = 'all'",
    )
    pay = usd_observations()
    assert cell["n_observations"] == len(pay)
    told = read(store, "from core.fct_pay_observations where pay_annual is not null")
    identities = {
        (row["pay_annual_min"], row["pay_annual_max"], row["employer_key"]): row["observation_id"] for row in told
    }
    assert cell["p50"] == pytest.approx(
        plain.weighted_quantile([(*one, identities[one]) for one in pay], 0.5), abs=0.01
    )
    assert cell["p50_low"] < cell["p50"] < cell["p50_high"]
    assert cell["stated_mid_p50"] == pytest.approx(quantile([(low + high) / 2 for low, high, _firm in pay], 0.5))
    assert (cell["interval_method"], cell["p10_reason"]) == ("clustered", "too_few")  # eleven firms
    assert (cell["usd_rate"], cell["p50_usd"]) == (1.0, cell["p50"])
    assert (cell["occupation_title"], cell["place_name"]) == ("Software developers", "New York")
    assert cell["currency"] == "USD"
    assert (cell["window_from"], cell["window_to"]) == (LAST - timedelta(days=364), LAST)
    assert cell["sources"] == "board,feed"
    assert cell["share_with_pay"] == cell["n_observations"] / cell["n_openings"]


def test_pay_stands_beside_the_official_figure(market: tuple[Store, list[Row]]) -> None:
    store, _ = market
    rows = read(store, "from api.mart_pay_vs_official where period = 'trailing' and basis = 'advertised'")
    (pair,) = rows
    assert (pair["occupation_code"], pair["place_id"], pair["official_year"]) == ("15-1252", "us", 2025)
    assert (pair["official_p50"], pair["wage_band"]) == (131_450.0, None)
    assert pair["difference"] == pytest.approx(pair["p50"] / 131_450.0 - 1)
    assert pair["difference_low"] < pair["difference"] < pair["difference_high"]
    assert pair["note"].startswith("advertised pay of openings")
    assert pair["note"].endswith("neither figure is adjusted")


def test_openings_are_counted_once_and_every_lack_of_pay_has_its_reason(market: tuple[Store, list[Row]]) -> None:
    store, rows = market
    opened = read(store, "from core.fct_openings")
    assert len(opened) == 4 * len(WEEKS) + 3
    assert sum(row["n_postings"] for row in opened) == len({row["posting_id"] for row in rows})
    reasons = read(store, "select pay_unusable_reason as r, count(*) as n from core.fct_openings group by all")
    assert {row["r"]: row["n"] for row in reasons} == {
        None: 3 * len(WEEKS) + 1,
        "not_stated": len(WEEKS),
        "no_rate": 1,
        "open_range": 1,
    }


def test_sources_without_the_right_move_nothing(market: tuple[Store, list[Row]]) -> None:
    store, _ = market
    sources = {row["source"]: row for row in read(store, "from api.mart_sources")}
    assert {name: row["reason"] for name, row in sources.items() if row["reason"]} == {
        "closed": "no_aggregates",
        "secret": "confidential",
    }
    assert sources["closed"]["n_postings"] is None
    assert sources["board"]["n_postings"] == 4 * len(WEEKS) + 3
    assert read(store, "from core.fct_pay_observations where sources like '%closed%' or sources like '%secret%'") == []
    assert read(store, "from api.mart_company_profiles where employer_key like 'x%'") == []


def test_confidential_pay_is_in_pay_cells_alone(market: tuple[Store, list[Row]]) -> None:
    """Thirty secret salaries of 900,000 beside twenty open ones of 100,000."""
    store, _ = market
    assert len(read(store, "from core.fct_confidential_pay")) == 30
    cells = read(store, "from api.mart_pay_bands where basis = 'reported' and country = 'US' and period = 'trailing'")
    assert {(row["level"], row["n_observations"], row["p50"], row["sources"]) for row in cells} == {
        ("asked", 50, 900_000.0, "secret,survey")
    }
    assert {(row["n_effective"], row["top_employer_share"]) for row in cells} == {(None, None)}
    covered = read(store, "from api.mart_coverage where basis = 'reported' and country = 'US' and period = 'trailing'")
    assert {row["n_observations"] for row in covered} == {20}
    trends = read(store, "select distinct p50 from api.mart_pay_trends where basis = 'reported' and p50 is not null")
    assert trends == [{"p50": 100_000.0}]


def test_posting_trends_are_zeros_and_counts_within_coverage(market: tuple[Store, list[Row]]) -> None:
    store, _ = market
    series = read(store, "from api.mart_posting_trends where occupation_level = 'all' and place_id = 'us' order by day")
    assert [row["day"] for row in series] == [FIRST + timedelta(days=1 + n) for n in range((LAST - FIRST).days)]
    posted = [day - timedelta(days=1 + slot) for day in WEEKS for slot in range(3)]
    posted += [LAST, LAST, LAST - timedelta(days=30)]
    counts = [posted.count(row["day"]) for row in series]
    assert [row["n_openings"] for row in series] == counts
    base = sum(sum(counts[n - 6 : n + 1]) for n in range(6, 34)) / 28
    assert series[200]["index_nsa"] == pytest.approx(100 * sum(counts[194:201]) / base)
    assert series[0]["mean_7d_reason"] == "short_window"


def test_growth_compares_sources_watched_through_both_spans(market: tuple[Store, list[Row]]) -> None:
    store, _ = market
    rows = read(store, "from api.mart_posting_growth where occupation_level = 'all' and place_id = 'us'")
    (year,) = (row for row in rows if row["comparison"] == "year")
    # The feed was last watched weeks before: its silence since then says nothing.
    assert year["n_panel_sources"] == 1
    assert year["window_to"] == LAST
    assert (year["n_openings"], year["n_openings_before"], year["reason"]) == (14, 12, None)
    assert year["growth"] == pytest.approx(14 / 12 - 1)
    assert year["growth_low"] < 0 < year["growth_high"]
    assert year["direction"] == "unknown"


def test_skill_demand_counts_openings(market: tuple[Store, list[Row]]) -> None:
    store, _ = market
    skills = read(
        store,
        "from api.mart_skill_demand where period = '2026' and occupation_code = '15-1252' and place_id = 'us' "
        "order by skill_rank",
    )
    numbers = [
        10 * week + slot
        for week, day in enumerate(WEEKS)
        for slot in range(3)
        if (day - timedelta(days=1 + slot)).year == 2026
    ] + [5000, 5001, 6000]
    assert [row["skill_name"] for row in skills] == ["Python", "SQL"]
    assert {row["n_openings"] for row in skills} == {len(numbers)}
    assert skills[1]["n_openings_asking"] == sum(number % 3 == 0 for number in numbers)
    assert skills[0]["share_required"] == 1.0
    assert skills[1]["n_openings_requiring"] == 0


def test_employers_have_a_median_from_ten_observations_on(market: tuple[Store, list[Row]]) -> None:
    store, _ = market
    pay: dict[str, list[float]] = {}
    for week, day in enumerate(WEEKS):
        for slot in range(2):
            if trailing(day - timedelta(days=1 + slot)):
                pay.setdefault(f"firm {(10 * week + slot) % N_EMPLOYERS}", []).append(100_000.0 + 500 * week)
    found = read(
        store, "from api.mart_company_profiles where country = 'US' and employer_key like 'firm%' order by all"
    )
    published = {row["employer_key"]: row["pay_median"] for row in found if row["n_pay_observations"]}
    assert published == {name: median(each) if len(each) >= 10 else None for name, each in pay.items()}
    assert None in published.values()
    assert set(published.values()) != {None}


def test_coverage_and_official_figures_are_there(market: tuple[Store, list[Row]]) -> None:
    store, _ = market
    thin = read(store, "from api.mart_coverage where not published")
    assert {(row["basis"], row["country"], row["n_observations"], row["reason"]) for row in thin} == {
        ("reported", "GB", 3, "suppressed")
    }
    assert read(store, "from api.mart_wage_statistics")[0]["annual_median"] == 131_450.0
    bands = read(store, "from api.mart_pay_by_experience where place_id = 'us/metro/35620' and period = 'trailing'")
    assert {(row["experience_band"], row["experience_from_years"], row["experience_below_years"]) for row in bands} == {
        ("2-4", 2, 5)
    }


def test_interview_topics_are_shares_of_what_postings_ask(market: tuple[Store, list[Row]]) -> None:
    store, _ = market
    numbers = [
        10 * week + slot
        for week, day in enumerate(WEEKS)
        for slot in range(3)
        if trailing(day - timedelta(days=1 + slot))
    ]
    cell = "occupation_code = '15-1252' and country = 'US' and employer_key = 'all'"
    topics = read(store, f"from api.mart_interview_topics where {cell} and seniority = 'all' order by topic_rank")
    told = {(row["topic_kind"], row["topic"]): row for row in topics}
    asked = {"python": len(numbers), "sql": sum(number % 3 == 0 for number in numbers)}
    for skill, count in asked.items():
        row = told[("skill", skill)]
        assert count <= row["n_openings_asking"] <= count + 3  # the two in euros and the open range too
        assert row["share"] == row["n_openings_asking"] / row["n_openings"]
        assert row["share_low"] <= row["share"] <= row["share_high"]
    assert told[("skill", "sql")]["n_openings_requiring"] == 0
    assert told[("experience", "2-4")]["topic_name"] == "2-4 years of experience"
    senior = read(store, f"from api.mart_interview_topics where {cell} and seniority = 'senior'")
    assert {row["n_openings"] for row in senior} == {sum(number % 10 == 0 for number in numbers)}
    assert read(store, "from api.mart_interview_topics where employer_key like 'x%'") == []


def test_companies_moves_and_gaps_say_why_they_say_nothing(market: tuple[Store, list[Row]]) -> None:
    store, _ = market
    firms = read(store, "from api.mart_company_profiles where employer_key like 'firm%' and country = 'US'")
    assert {row["n_with_seniority"] for row in firms} == {row["n_senior"] for row in firms}
    assert {row["rating_reason"] for row in firms} == {"not_covered"}
    assert all(row["top_skills"].startswith("python") for row in firms)
    assert {row["pay_percentile_reason"] for row in firms} <= {"too_few", "no_data", None}
    gaps = read(store, "from api.mart_skill_gaps where occupation_level = 'detailed' and supply = 'taxonomy'")
    assert {row["reason"] for row in gaps} == {"not_covered"}
    premiums = read(store, "from api.mart_skill_premiums where skill_id = 'python' and occupation_code = '15-1252'")
    assert {row["verdict"] for row in premiums} == {"too_few"}  # everyone asks for it
    assert read(store, "from api.mart_career_moves") == []  # no related occupation is known here
