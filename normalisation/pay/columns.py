"""Pay for whole frames: fields first, then pay text, title and description; each distinct text is read once."""

import re

import polars as pl

from kit.frames import Schema
from normalisation.pay.annual import DEFAULT, plain_period, times_a_year
from normalisation.pay.grammar import parse_pay
from normalisation.pay.model import COUNTRY_CURRENCY, CURRENCIES, HIGHEST, KINDS, LOWEST, MAX_RANGE_RATIO, PERIODS
from normalisation.schema import PAY

_FIELDS = {
    "pay_min": pl.Float64,
    "pay_max": pl.Float64,
    "pay_currency": pl.String,
    "pay_period": pl.String,
    "pay_kind": pl.String,
}
_TEXTS = ("pay_text", "title", "description")
# The cheapest test that no pay statement in prose fails: a currency sign or code beside a figure.
_MAY_STATE_PAY = r"[$£€₹] ?\d|\d ?[kK]? ?(?:€|£|EUR|USD|GBP|CHF)|(?:EUR|USD|GBP|CHF|CAD|AUD) ?\d"
_SIGNS = ("$", "£", "€", "₹", "EUR", "USD", "GBP", "CHF", "CAD", "AUD")
_MILLIONS = re.compile(r"[$£€] ?\d+(?:[.,]\d+)? ?(?:million|billion|bn\b|[mM]\b)")  # a firm's money, nobody's pay
_REACH = 110  # characters of a description kept on each side of a currency sign
_MOST_WINDOWS = 12

_PARSED: Schema = {
    "min": pl.Float64,
    "max": pl.Float64,
    "currency": pl.String,
    "period": pl.String,
    "kind": pl.String,
    "reason": pl.String,
}


def pay_columns(frame: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """The PAY columns of normalisation.schema for each row of `frame`, in its order.

    Reads, where the frame has them, the canonical `pay_min pay_max pay_currency pay_period pay_kind pay_text title
    description` and `country` (else `country_hint`; ISO 3166-1 alpha-2). A description is searched only where neither
    the fields nor the pay text state pay. Figures are per `pay_period` in `pay_currency`, as stated.
    """
    rows = _inputs(frame)
    rows = rows.with_columns(_field_reason().alias("field_reason"))
    rows = rows.with_columns(from_field=pl.col("field_reason").is_null())
    rows = rows.with_columns(parsed=_parsed(rows))
    has_text = pl.col("parsed").struct.field("min").is_not_null() | pl.col("parsed").struct.field("max").is_not_null()
    rows = rows.with_columns(from_text=~pl.col("from_field") & has_text)
    return _annualised(rows.select(*_chosen(), "country")).select(list(PAY)).cast(dict(PAY))  # type: ignore[arg-type]


def _inputs(frame: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """The columns that pay is read from, missing ones as nulls, impossible values of the fields as nulls."""
    lazy = frame.lazy()
    have = set(lazy.collect_schema().names())
    country = next((name for name in ("country", "country_hint") if name in have), None)
    wanted = _FIELDS | dict.fromkeys(_TEXTS, pl.String)
    columns = [
        pl.col(name).cast(kind) if name in have else pl.lit(None, kind).alias(name) for name, kind in wanted.items()
    ]
    columns.append((pl.col(country) if country else pl.lit(None)).cast(pl.String).str.to_uppercase().alias("country"))
    rows = lazy.select(columns if have else []).collect()
    low, high = pl.min_horizontal("pay_min", "pay_max"), pl.max_horizontal("pay_min", "pay_max")
    both = pl.col("pay_min").is_not_null() & pl.col("pay_max").is_not_null()
    return rows.with_columns(
        pl.col("pay_min", "pay_max").fill_nan(None),
        pl.col("pay_currency").str.to_uppercase().str.strip_chars(),
        pl.when(pl.col("pay_period").is_in(PERIODS)).then("pay_period").alias("pay_period"),
        pl.when(pl.col("pay_kind").is_in(KINDS)).then("pay_kind").alias("pay_kind"),
    ).with_columns(
        pay_min=pl.when(both).then(low).otherwise("pay_min"), pay_max=pl.when(both).then(high).otherwise("pay_max")
    ).with_columns(
        # Sources fill an open end with 0.
        pay_min=pl.when((pl.col("pay_min") == 0) & (pl.col("pay_max") > 0)).then(None).otherwise("pay_min"),
    )  # fmt: skip


def _field_reason() -> pl.Expr:
    """Why the fields state no usable pay; null when they do."""
    low, high = pl.col("pay_min"), pl.col("pay_max")
    scale = pl.col("pay_currency").replace_strict(
        {code: convention.scale for code, convention in CURRENCIES.items()}, default=None, return_dtype=pl.Float64
    )
    times = pl.col("pay_period").replace_strict(DEFAULT.per_year, default=None, return_dtype=pl.Float64)

    def absurd(amount: pl.Expr) -> pl.Expr:
        of_scale = amount * times / scale
        out = ~(amount > 0) | ~(amount < 1e11) | ~of_scale.is_between(LOWEST, HIGHEST).fill_null(True)
        return out.fill_null(False)

    return (
        pl.when(low.is_null() & high.is_null()).then(pl.lit("not_stated"))
        .when(absurd(low) | absurd(high)).then(pl.lit("out_of_range"))
        .when(high / low > MAX_RANGE_RATIO).then(pl.lit("implausible_range"))
    )  # fmt: skip


def _parsed(rows: pl.DataFrame) -> pl.Series:
    """What the texts state, as a struct a row: pay_text wherever there is one, prose only where still needed."""
    complete = pl.col("from_field") & pl.col("pay_currency").is_not_null() & pl.col("pay_period").is_not_null()
    keyed = rows.select(
        "country", "pay_currency", "from_field",
        text=pl.when(~complete).then(pl.col("pay_text")), title=pl.col("title"), description=pl.col("description"),
    )  # fmt: skip
    parsed = _parse_distinct(keyed.select("text", "country", "pay_currency"), prose=False)
    keyed = keyed.with_row_index("row")
    for name in ("title", "description"):
        wanted = keyed.filter(~_said(parsed) & ~keyed["from_field"])
        searched = _windows(wanted.select("row", "country", "pay_currency", text=name))
        told = searched.select("row").with_columns(found=_parse_distinct(searched.drop("row"), prose=True))
        found = keyed.select("row").join(told, on="row", how="left", maintain_order="left")["found"]
        parsed = parsed.zip_with(~_said(found), found)
    return parsed


def _said(parsed: pl.Series) -> pl.Series:
    return parsed.struct.field("min").is_not_null() | parsed.struct.field("max").is_not_null()


def _windows(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows whose text may state pay, of it only the surroundings of its currency signs, a line each."""
    signed = pl.col("text").str.contains("|".join(map(re.escape, _SIGNS)))  # finds words, many times as fast
    rows = rows.filter(signed).filter(pl.col("text").str.contains(_MAY_STATE_PAY))
    return rows.with_columns(pl.Series("text", list(map(_surroundings, rows["text"])), dtype=pl.String))


def _surroundings(text: str) -> str:
    places = []
    for sign in _SIGNS:
        place = text.find(sign)
        while place >= 0:
            if not _MILLIONS.match(text, place):
                places.append(place)
            place = text.find(sign, place + 1)
    spans: list[tuple[int, int]] = []
    for place in sorted(places):
        start, end = max(0, place - _REACH), place + _REACH
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], end)
        elif len(spans) < _MOST_WINDOWS:
            spans.append((start, end))
    return "\n".join(text[start:end] for start, end in spans)


def _parse_distinct(keyed: pl.DataFrame, prose: bool) -> pl.Series:
    """parse_pay over each distinct (text, country, currency) once."""
    keys = keyed.with_columns(pl.col("text").str.strip_chars())
    distinct = keys.filter(pl.col("text").is_not_null()).unique(maintain_order=True)
    parsed = [
        parse_pay(text, country=country, currency_hint=currency if currency in CURRENCIES else None, prose=prose)
        for text, country, currency in distinct.select("text", "country", "pay_currency").iter_rows()
    ]
    values = [(pay.min, pay.max, pay.currency, pay.period, pay.kind, pay.reason) for pay in parsed]
    distinct = distinct.with_columns(pl.DataFrame(values, schema=_PARSED, orient="row").to_struct("parsed"))
    return keys.join(
        distinct, on=["text", "country", "pay_currency"], how="left", nulls_equal=True, maintain_order="left"
    )["parsed"]


def _chosen() -> list[pl.Expr]:
    """Field or text for each row, and the reason where neither says."""
    text = pl.col("parsed").struct.field
    field, from_text = pl.col("from_field"), pl.col("from_text")

    def either(column: str, part: str) -> pl.Expr:
        return pl.when(field).then(column).when(from_text).then(text(part)).alias(column)

    home = pl.col("country").replace_strict(COUNTRY_CURRENCY, default=None, return_dtype=pl.String)
    return [
        either("pay_min", "min"),
        either("pay_max", "max"),
        pl.when(field)
        .then(pl.coalesce("pay_currency", text("currency"), home))
        .when(from_text)
        .then(text("currency"))
        .alias("pay_currency"),
        pl.when(field)
        .then(pl.coalesce("pay_period", text("period")))
        .when(from_text)
        .then(text("period"))
        .alias("pay_period"),
        pl.when(field)
        .then(pl.coalesce("pay_kind", pl.lit("base")))
        .when(from_text)
        .then(pl.coalesce("pay_kind", text("kind")))
        .alias("pay_kind"),
        pl.when(field).then(pl.lit("field")).when(from_text).then(pl.lit("text")).alias("pay_origin"),
        pl.when(~field & ~from_text)
        .then(
            pl.when(pl.col("field_reason") != "not_stated")
            .then("field_reason")
            .otherwise(pl.coalesce(text("reason"), pl.lit("not_stated")))
        )
        .alias("pay_reason"),
    ]


def _plain_periods(rows: pl.DataFrame) -> pl.DataFrame:
    """Fill a period that was left out, where its currency leaves only one reading."""
    lacking = rows.select("pay_min", "pay_max", "pay_currency").filter(
        rows["pay_period"].is_null() & rows["pay_origin"].is_not_null()
    )
    distinct = lacking.unique(maintain_order=True)
    periods = [plain_period(*row) for row in distinct.iter_rows()]
    known = distinct.with_columns(pl.Series("plain", periods, dtype=pl.String))
    rows = rows.join(
        known, on=["pay_min", "pay_max", "pay_currency"], how="left", nulls_equal=True, maintain_order="left"
    )
    return rows.with_columns(pl.coalesce("pay_period", "plain").alias("pay_period"))


def _annualised(rows: pl.DataFrame) -> pl.DataFrame:
    rows = _plain_periods(rows)
    times = times_a_year(pl.col("country"), pl.col("pay_currency"), pl.col("pay_period"))
    known = pl.col("pay_currency").is_not_null() & pl.col("pay_origin").is_not_null()
    return rows.with_columns(times=pl.when(known).then(times)).with_columns(
        pay_annual_min=pl.col("pay_min") * pl.col("times"),
        pay_annual_max=pl.col("pay_max") * pl.col("times"),
        pay_annual_hours=pl.when(pl.col("pay_period") == "hour").then(pl.col("times")),
        pay_reason=pl.when(pl.col("pay_origin").is_null()).then("pay_reason")
        .when(pl.col("pay_currency").is_null()).then(pl.lit("ambiguous_currency"))
        .when(pl.col("pay_period").is_null()).then(pl.lit("ambiguous_period")),
    )  # fmt: skip
