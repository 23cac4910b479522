"""Company size bands from what sources write: "501 to 1000 employees", "51-200", "1,001-5,000", "350", "10000+"."""

import polars as pl

from normalisation.columns import remembered

BANDS = ("1-49", "50-249", "250-999", "1000-9999", "10000+")
LOWER_BOUNDS = (1, 50, 250, 1000, 10_000)

# A size letter or word as surveys use it, where it falls into one band. "L" (over 250) falls into three: not known.
WORDS = {"s": "1-49", "small": "1-49", "m": "50-249", "medium": "50-249"}

NUMBER = r"(\d+) ?(k\b)?"
OPEN = r"(?:\+|or more|and more|plus|und mehr|oder mehr)|(?:over|more than|above|mehr als|über|>)"


def company_size(text: pl.Expr) -> pl.Expr:
    """The band (one of BANDS) of a company-size field; null where it states none.

    A range that straddles bands ("201 to 500") counts by the geometric middle of its bounds; an open one
    ("250+") is known only where its lower bound is in the last band.
    """
    return remembered(text, _band, pl.String)


def _band(text: pl.Expr) -> pl.Expr:
    lower = text.str.to_lowercase().str.strip_chars()
    digits = lower.str.replace_all(r"(\d)[,.'’\u00a0 ](\d{3})(?-u:\b)", "${1}${2}")
    bounds = digits.str.extract_all(NUMBER).list.eval(_number(pl.element()), parallel=False)
    first, last = bounds.list.get(0, null_on_oob=True), bounds.list.get(1, null_on_oob=True)
    negative = lower.str.starts_with("-")
    open_end = digits.str.contains(OPEN) & last.is_null()
    middle = (first.clip(1, None) * pl.coalesce(last, first)).sqrt()
    size = pl.when(open_end).then(pl.when(first >= LOWER_BOUNDS[-1]).then(first)).otherwise(middle)
    band = pl.lit(None, dtype=pl.String)
    for bound, name in zip(LOWER_BOUNDS, BANDS, strict=True):
        band = pl.when(size >= bound).then(pl.lit(name)).otherwise(band)
    return pl.when(~negative).then(band.fill_null(lower.replace_strict(WORDS, default=None, return_dtype=pl.String)))


def _number(text: pl.Expr) -> pl.Expr:
    thousands = pl.when(text.str.ends_with("k")).then(1000.0).otherwise(1.0)
    return text.str.strip_chars("k ").cast(pl.Float64, strict=False) * thousands
