"""Days as sources write them: by format, and by words against the capture day."""

import polars as pl

HOURS = "second|minute|hour|hr|min|sekunde|std|stunde"
DAYS = "day|tag"
WEEKS = "week|woche"


def by_format(value: pl.Expr, form: str) -> pl.Expr:
    """Days by format; a fixed-width format reads the text's beginning, so that a time behind it does no harm."""
    if any(mark in form for mark in ("%H", "%I", "%z")):
        return value.str.to_datetime(form, strict=False, exact=True, time_unit="us").dt.date()
    head = value.str.extract(r"^\s*([^\sT]+)") if " " not in form else value
    return head.str.to_date(form, strict=False, exact=True)


def by_words(value: pl.Expr, captured: pl.Expr) -> pl.Expr:
    """Days counted back from the capture day. "30+ days ago" and "2 months ago" name no day: null."""
    text = value.str.to_lowercase().str.replace(r"\ban? ", "1 ").str.replace(r"\ba few ", "1 ")
    count = text.str.extract(rf"(\d+) *(?:{HOURS}|{DAYS}|{WEEKS})", 1).cast(pl.Int64, strict=False)
    unit = (
        pl.when(text.str.contains(rf"\d *(?:{HOURS})"))
        .then(0)
        .when(text.str.contains(rf"\d *(?:{DAYS})"))
        .then(1)
        .when(text.str.contains(rf"\d *(?:{WEEKS})"))
        .then(7)
    )
    back = (
        pl.when(text.str.contains(r"\b(?:today|just now|just posted|heute)\b"))
        .then(0)
        .when(text.str.contains(r"\b(?:yesterday|gestern)\b"))
        .then(1)
        .otherwise(count * unit)
    )
    return captured - pl.duration(days=back)
