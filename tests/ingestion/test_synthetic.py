"""The synthetic market: the same bytes always, any day by itself, and the rates that it claims to have."""

import random
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import polars as pl
import pytest

from ingestion import canonical
from ingestion.connector import Fetcher, MalformedPage, Page
from ingestion.registry import connector
from ingestion.sources import SourceSpec
from ingestion.synthetic import market as market_module
from ingestion.synthetic.connector import DEMO_POSTINGS, demo_sources, market_sources
from ingestion.synthetic.feed import pages
from ingestion.synthetic.market import BOARDS, Market, cohort
from ingestion.synthetic.truth import Truth, population, skill_ids, truth
from ingestion.synthetic.world import COUNTRIES, STATED_SHARES, read_table, world
from kit.errors import BadInput
from kit.identifiers import content_hash
from normalisation.schema import SENIORITY
from normalisation.skills import SkillMatcher

ROOT = Path(__file__).resolve().parents[2]
FIRST = date(2026, 1, 1)
MARKET = Market.sized(6000, FIRST, FIRST + timedelta(89), seed=11, text_bytes=1500)
FETCHER = Fetcher(http=httpx.Client(), data=None, now=datetime(2026, 6, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def known() -> Truth:
    return truth(MARKET)


def page_hashes(market: Market, board: str, days: list[date]) -> dict[date, str]:
    return {day: content_hash(b"\n".join(pages(market, board, day))) for day in days}


def test_bytes_are_the_same_in_another_process() -> None:
    """Not by luck of one process: neither its caches nor its hash seed decide."""
    code = (
        "from datetime import date\nfrom ingestion.synthetic.feed import pages\n"
        "from ingestion.synthetic.market import Market\nfrom kit.identifiers import content_hash\n"
        f"market = Market.model_validate_json({MARKET.model_dump_json()!r})\n"
        "print(content_hash(b'\\n'.join(pages(market, 'a', date(2026, 1, 1)))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == page_hashes(MARKET, "a", [FIRST])[FIRST]


def test_a_day_is_the_same_in_any_order_and_window() -> None:
    days = MARKET.days[30:40]
    straight = page_hashes(MARKET, "b", days)
    market_module.cohort.cache_clear()
    shuffled = days.copy()
    random.Random(3).shuffle(shuffled)
    wider = MARKET.model_copy(
        update={"first_day": MARKET.first_day - timedelta(300), "last_day": MARKET.last_day + timedelta(65)}
    )
    assert page_hashes(MARKET, "b", shuffled) == straight
    assert page_hashes(wider, "b", shuffled) == straight


def test_landed_days_are_known_again_until_the_market_changes() -> None:
    source = connector("synthetic")
    spec = market_sources(MARKET).sources[0]
    landed = list(source.fetch(spec, FIRST, FETCHER))
    longer = market_sources(MARKET.model_copy(update={"last_day": MARKET.last_day + timedelta(1)})).sources[0]
    other = market_sources(MARKET.model_copy(update={"seed": 12})).sources[0]
    assert source.unchanged(longer, FIRST, landed, FETCHER)
    assert not source.unchanged(other, FIRST, landed, FETCHER)
    assert not source.unchanged(spec, FIRST + timedelta(1), landed, FETCHER)
    assert not source.live(spec)


def test_seeds_boards_and_days_differ() -> None:
    other = MARKET.model_copy(update={"seed": 12})
    bodies = {
        content_hash(b"\n".join(pages(market, board, day)))
        for market in (MARKET, other)
        for board in BOARDS
        for day in MARKET.days[:5]
    }
    assert len(bodies) == 2 * 3 * 5


def test_window_limits_days() -> None:
    source = connector("synthetic")
    spec = market_sources(MARKET).sources[0]
    assert source.days(spec, FETCHER, None, None) == MARKET.days
    assert source.days(spec, FETCHER, FIRST + timedelta(88), None) == MARKET.days[88:]
    assert source.days(spec, FETCHER, None, FIRST - timedelta(1)) == []


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"board": "d", "market": MARKET.model_dump(mode="json")},
        {"board": "a", "market": {"seed": 1}},
        {"board": "a", "market": MARKET.model_dump(mode="json") | {"last_day": "2020-01-01"}},
        {"board": "a", "market": MARKET.model_dump(mode="json"), "colour": "red"},
    ],
)
def test_wrong_options_are_bad_input(options: dict[str, object]) -> None:
    spec = SourceSpec(name="market", connector="synthetic", options=options)
    with pytest.raises(BadInput):
        connector("synthetic").days(spec, FETCHER, None, None)


def test_a_damaged_page_is_malformed() -> None:
    source = connector("synthetic")
    spec = market_sources(MARKET).sources[0]
    page = next(iter(source.fetch(spec, FIRST, FETCHER)))
    for body in (b"<html>busy</html>", page.body[:-20]):
        with pytest.raises(MalformedPage):
            source.parse(spec, FIRST, Page(page.request, body, "ok"))


def test_counts_reconcile_with_truth(known: Truth) -> None:
    """Broken lines are rejected and repeated ones counted, exactly as many as were planted."""
    source = connector("synthetic")
    found = []
    for spec in market_sources(MARKET).sources:
        for day in MARKET.days[:20]:
            rows, rejected, landed = [], 0, 0
            for page in source.fetch(spec, day, FETCHER):
                parsed = source.parse(spec, day, page).rows["postings"]
                conformed = canonical.conform("postings", parsed, spec.name, day, "page")
                rows.append(conformed.rows)
                rejected += conformed.rejected.height
                landed += parsed.height
            settled = canonical.settle("postings", rows)
            assert settled.superseded.is_empty()
            found.append((spec.name, day, landed, settled.rows.height, rejected, settled.repeats))
    expected = known.counts.filter(pl.col("captured_on") < FIRST + timedelta(20))
    frame = pl.DataFrame(found, schema=expected.schema, orient="row")
    assert frame.sort("source", "captured_on").equals(expected.sort("source", "captured_on"))
    assert frame["rejected"].sum() > 0
    assert frame["repeats"].sum() > 0


def test_rates_are_as_planted(known: Truth) -> None:
    openings, postings = known.openings, known.postings
    assert postings.height == pytest.approx(6000, rel=0.05)
    assert postings["posting_id"].is_unique().all()
    assert openings["opening_id"].is_unique().all()
    assert set(postings["opening_id"]) == set(openings["opening_id"])
    born_inside = openings.filter(pl.col("born_on").is_between(FIRST, MARKET.last_day - timedelta(28)))
    copies = postings.join(born_inside, on="opening_id").height / born_inside.height
    assert copies == pytest.approx(market_module.POSTINGS_PER_OPENING, rel=0.05)
    for country, share in zip(COUNTRIES, STATED_SHARES, strict=True):
        stated = openings.filter(country=country)["pay_form"] != "none"
        assert stated.mean() == pytest.approx(share, abs=3.5 * (share * (1 - share) / len(stated)) ** 0.5)
    assert openings["template"].mean() == pytest.approx(market_module.TEMPLATE_SHARE, abs=0.01)
    assert set(openings["seniority"].drop_nulls()) <= set(SENIORITY)


def test_stated_pay_is_a_fair_sample_of_true_pay() -> None:
    """Whether pay is stated depends on the country alone, so within one the stated figures are an unbiased picture."""
    everyone = population(MARKET, scale=15).filter(country="US")
    stated = everyone.filter(pl.col("pay_form").is_in(["range", "single"]))
    for code in ("15-1252", "29-1141", "41-2031"):
        both = [np.log(frame.filter(occupation_code=code)["pay_annual"].to_numpy()) for frame in (stated, everyone)]
        error = both[0].std() / np.sqrt(len(both[0]))
        assert abs(both[0].mean() - both[1].mean()) < 3.5 * error


def test_planted_trends_are_in_the_truth() -> None:
    year = Market(seed=5, first_day=date(2025, 1, 1), last_day=date(2026, 12, 31), postings_per_day=4000)
    days = (
        [date(2025, 6, 1) + timedelta(n) for n in range(0, 28)],
        [date(2026, 6, 1) + timedelta(n) for n in range(0, 28)],
    )
    counts = [
        np.bincount(np.concatenate([cohort(year, day).occupation for day in month]), minlength=len(world(5).titles))
        for month in days
    ]
    codes, growth = world(5).occupations["code"].to_list(), world(5).demand_growth
    for code in ("15-2051", "15-1252", "13-2072", "41-2011"):
        row = codes.index(code)
        error = (1 / counts[0][row] + 1 / counts[1][row]) ** 0.5
        assert abs(np.log(counts[1][row] / counts[0][row]) - np.log1p(growth[row])) < 3.5 * error


def test_templates_differ_in_place_alone_and_twins_in_requisition_alone() -> None:
    born = cohort(Market.sized(100_000, FIRST, FIRST + timedelta(9)), FIRST)
    template, twin = np.flatnonzero(born.template), np.flatnonzero(born.same_place)
    assert len(template) > 100
    assert len(twin) > 30
    assert (born.place[template] != born.place[template - 1]).all()
    assert (born.employer[template] == born.employer[template - 1]).all()
    assert (born.place[twin] == born.place[twin - 1]).all()
    assert (born.pay_annual[twin] == born.pay_annual[twin - 1]).all()
    assert (born.requisition[twin] != born.requisition[twin - 1]).all()
    assert (born.requisition[twin - 1] > 0).all()
    assert (born.lags[:, twin] == born.lags[:, twin - 1]).all()


def test_named_skills_exist_in_the_reference() -> None:
    matcher = SkillMatcher.built_in()
    assert set(skill_ids()) == {name for skills in world(1).skills for name, _ in skills}
    assert set(skill_ids().values()) <= {skill.skill_id for skill in matcher.skills}


def test_skills_come_at_their_stated_rate() -> None:
    known = truth(Market.sized(9000, FIRST, FIRST + timedelta(2), seed=2))
    engineers = known.openings.filter(occupation_code="15-1252").select("opening_id")
    named = known.skills.join(engineers, on="opening_id").filter(skill_id="python")
    assert named.height / engineers.height == pytest.approx(0.5, abs=3.5 * 0.5 / engineers.height**0.5)


def test_tables_are_whole() -> None:
    occupations = read_table("occupations")
    assert occupations["code"].is_unique().all()
    assert occupations.null_count().sum_horizontal().item() == 0
    every_title = occupations["titles"].str.split("|").explode()
    assert every_title.is_unique().all()


def test_demo_is_stable_from_day_to_day() -> None:
    today, tomorrow = demo_sources(date(2026, 11, 21)), demo_sources(date(2026, 11, 22))
    markets = [Market.of(file.sources[0].options["market"]) for file in (today, tomorrow)]
    assert markets[0].days[1:] == markets[1].days[:-1]
    assert markets[0].last_day == date(2026, 11, 20)
    assert page_hashes(markets[0], "a", markets[0].days[100:103]) == page_hashes(
        markets[1], "a", markets[0].days[100:103]
    )
    shown = sum(
        body.count(b"\n") + 1
        for board in BOARDS
        for day in markets[0].days[200:228]
        for body in pages(markets[0], board, day)
    )
    assert shown * len(markets[0].days) / 28 == pytest.approx(DEMO_POSTINGS, rel=0.15)
