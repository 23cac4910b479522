"""Pay read from texts: what is stated, what is left open, and what is not pay."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalisation.pay import Pay, annualise, parse_pay
from normalisation.pay.amounts import number, plain
from normalisation.pay.model import KINDS, MAX_RANGE_RATIO, PERIODS


def said(
    text: str, country: str | None = None
) -> tuple[float | None, float | None, str | None, str | None, str | None]:
    pay = parse_pay(text, country=country)
    return pay.min, pay.max, pay.currency, pay.period, pay.kind


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("$95,000 - $125,000 a year", "US", (95000, 125000, "USD", "year", "base")),
        ("£28-34k", None, (28000, 34000, "GBP", "year", "base")),
        ("Salary £41k to £47k", None, (41000, 47000, "GBP", "year", "base")),
        ("52 000 – 61 000 € brut par an", None, (52000, 61000, "EUR", "year", "base")),
        ("CHF 98'000 - 115'000", None, (98000, 115000, "CHF", "year", "base")),
        ("48.500,50 € pro Jahr", None, (48500.5, 48500.5, "EUR", "year", "base")),
        ("€62000/€54000 per annum", None, (62000, 62000, "EUR", "year", "base")),
        ("65,000 - 50,000 per year", "GB", (50000, 65000, "GBP", "year", "base")),
        ("12 LPA", None, (1_200_000, 1_200_000, "INR", "year", "base")),
        ("18-24 lakhs per annum", None, (1_800_000, 2_400_000, "INR", "year", "base")),
        ("₹1.2 crore", None, (12_000_000, 12_000_000, "INR", "year", "base")),
        ("£27,300 £33,900 pa", None, (27300, 33900, "GBP", "year", "base")),
        ("20-26000", "GB", (20000, 26000, "GBP", "year", "base")),
        ("£14.20 ph rising to £15.10", None, (14.2, 15.1, "GBP", "hour", "base")),
        ("$31.50/hr", "US", (31.5, 31.5, "USD", "hour", "base")),
        ("Stundenlohn 17,50 EUR", None, (17.5, 17.5, "EUR", "hour", "base")),
        ("€420 per day", None, (420, 420, "EUR", "day", "base")),
        ("£610 p/w", None, (610, 610, "GBP", "week", "base")),
        ("AUD 3,100 per fortnight", None, (3100, 3100, "AUD", "fortnight", "base")),
        ("zł 9 000 - 12 000 miesięcznie", None, (9000, 12000, "PLN", "month", "base")),
        ("R$ 7.500 por mês", None, (7500, 7500, "BRL", "month", "base")),
        ("2万-3万/月", None, (20000, 30000, "CNY", "month", "base")),
        ("A$95k + super", None, (95000, 95000, "AUD", "year", "base")),
        ("$90,000 - $105,000 NZD", None, (90000, 105000, "NZD", "year", "base")),
        ("kr 550 000 per år", "NO", (550000, 550000, "NOK", "year", "base")),
    ],
)
def test_statement(text: str, country: str | None, expected: tuple[object, ...]) -> None:
    assert said(text, country) == expected


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("Up to £38,000 per annum", (None, 38000)),
        ("to £21.50 per hour", (None, 21.5)),
        ("bis zu 72.000 € pro Jahr", (None, 72000)),
        ("from £31,000 a year", (31000, None)),
        ("ab 45.000 € jährlich", (45000, None)),
        ("£44,000+ per annum", (44000, 44000)),
        ("£11.00 to Competitive per hour", (11, None)),
        ("From £31,000 to £36,000", (31000, 36000)),
        ("0 to 25,000 per annum", (None, 25000)),
    ],
)
def test_an_end_that_is_left_open_stays_open(text: str, bounds: tuple[float | None, float | None]) -> None:
    pay = parse_pay(text, country="GB")
    assert (pay.min, pay.max) == bounds


@pytest.mark.parametrize(
    ("text", "kind", "top"),
    [
        ("£30,000 basic, £52,000 OTE", "base", 30000),
        ("OTE £60,000 per year", "ote", 60000),
        ("Total compensation $240,000 - $310,000", "total", 310000),
        ("$71K-$98K (board est.)", "estimated", 98000),
        ("£36,000 plus a retention bonus of £4,000", "base", 36000),
        ("£29,500 per annum Bonus, gym, phone", "base", 29500),
    ],
)
def test_kind(text: str, kind: str, top: float) -> None:
    pay = parse_pay(text, country="GB")
    assert (pay.kind, pay.max) == (kind, top)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not_stated"),
        ("Competitive, DOE", "not_stated"),
        ("Band 6", "grade_only"),
        ("We closed a $35 million round", "not_stated"),
        ("Manages a budget of $4,500,000", "not_base_pay"),
        ("$7,500 sign-on bonus", "not_base_pay"),
        ("401(k) match of up to 5%", "not_stated"),
        ("5+ years of experience, 40 hours per week", "not_stated"),
        ("Phone 020 7946 0018, founded 1987", "not_stated"),
        ("£18,000 - £190,000 per annum", "implausible_range"),
        ("$0 per year", "out_of_range"),
        ("£9,000,000,000 per annum", "out_of_range"),
        ("£250 per session", "not_base_pay"),
    ],
)
def test_not_pay_says_why(text: str, reason: str) -> None:
    pay = parse_pay(text)
    assert not pay.stated
    assert pay.reason == reason


def test_a_bare_dollar_waits_for_the_country() -> None:
    unknown = parse_pay("$60,000 per year")
    assert (unknown.currency, unknown.sign, unknown.reason) == (None, "$", "ambiguous_currency")
    assert parse_pay("$60,000 per year", country="CA").currency == "CAD"
    assert parse_pay("$60,000 per year", currency_hint="AUD").currency == "AUD"
    assert parse_pay("$60,000 per year", country="GB").currency is None


def test_the_period_is_never_guessed_from_the_size_alone() -> None:
    assert parse_pay("45000 - 52000").period is None
    assert parse_pay("45000 - 52000", country="GB").period == "year"
    assert parse_pay("45 000 - 52 000 RUB").period == "month"
    between = parse_pay("£450 - £500")
    assert (between.period, between.reason) == (None, "ambiguous_period")


def test_gross_net_and_grade_are_noted() -> None:
    assert parse_pay("3.200 € netto pro Monat").gross_or_net == "net"
    assert parse_pay("Jahresgehalt 58.000 € brutto").gross_or_net == "gross"
    assert parse_pay("Band 7 £43,000 per annum").grade == "band 7"


def test_prose_needs_a_wage_and_a_word_about_it() -> None:
    advert = (
        "We grew sales by $90,000 last year. The salary for this role is $82,000 to $97,000 per year plus benefits."
    )
    pay = parse_pay(advert, country="US", prose=True)
    assert (pay.min, pay.max, pay.period) == (82000, 97000, "year")
    assert not parse_pay("a gym subsidy of £40 per month", country="GB", prose=True).stated
    assert not parse_pay("trusted with $120,000 of equipment", country="US", prose=True).stated


@pytest.mark.parametrize(
    ("country", "period", "times"),
    [
        ("US", "hour", 2080),
        ("GB", "hour", 1920),
        ("FR", "hour", 1820),
        ("GB", "week", 48),
        ("US", "fortnight", 26),
        ("DE", "day", 260),
        ("US", "month", 12),
        ("GB", "year", 1),
    ],
)
def test_annualising_shows_its_convention(country: str, period: str, times: float) -> None:
    annual = annualise(Pay(min=10.0, max=None, currency="EUR", period=period), country)
    assert (annual.min, annual.max) == (10.0 * times, None)
    assert annual.hours == (times if period == "hour" else None)


def test_without_a_period_there_is_no_annual_figure() -> None:
    assert annualise(Pay(min=500.0, max=700.0, currency="GBP")).min is None


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1,234", 1234),
        ("1.234", 1234),
        ("1.234,5", 1234.5),
        ("12,50", 12.5),
        ("0.125", 0.125),
        ("12,34,567", 1234567),
        ("1'200'000", 1200000),
        ("54.965.00", 54965),
        ("9 000", 9000),
    ],
)
def test_separators(written: str, value: float) -> None:
    assert number(written) == value


_FRAGMENTS = st.sampled_from(
    [
        "£",
        "$",
        "€",
        "12",
        "30k",
        "45,000",
        "1.234,56",
        "-",
        "to",
        "up to",
        "per hour",
        "p.a.",
        "/",
        "bonus",
        "OTE",
        "Band",
        "5",
        "lakh",
        "万",
        "月",
        "%",
        "(",
        ")",
        "0",
        "999999999999",
        "from",
        "+",
        "k",
        ",",
        ".",
        "year",
        "401k",
        "\n",
        "kr",
    ]
)
_TEXTS = st.one_of(
    st.text(max_size=60), st.lists(_FRAGMENTS, max_size=12).map(" ".join), st.lists(_FRAGMENTS).map("".join)
)


@given(text=_TEXTS, country=st.sampled_from([None, "US", "GB", "DE", "IN", "ZZ"]), prose=st.booleans())
def test_any_text_gives_a_consistent_statement(text: str, country: str | None, prose: bool) -> None:
    pay = parse_pay(text, country=country, prose=prose)
    assert pay.stated or pay.reason
    assert pay.stated or (pay.currency, pay.period, pay.kind) == (None, None, None)
    for bound in (pay.min, pay.max):
        assert bound is None or (math.isfinite(bound) and bound > 0)
    if pay.min is not None and pay.max is not None:
        assert pay.min <= pay.max <= pay.min * MAX_RANGE_RATIO
    if pay.stated:
        assert pay.kind in KINDS
        assert pay.period is None or pay.period in PERIODS
        assert (pay.reason is None) == (pay.currency is not None and pay.period is not None)


@given(text=st.text(max_size=80))
def test_plain_text_is_a_fixed_point(text: str) -> None:
    assert plain(plain(plain(text))) == plain(plain(text))
