"""How a function over a column is run: once per distinct value, or for one text at a time."""

from collections.abc import Callable
from typing import Any

import polars as pl

Rule = Callable[[pl.Expr], pl.Expr]
DataType = pl.DataType | type[pl.DataType]
MOST_REMEMBERED = 50_000  # values of a rule: some 5 MB
_known: dict[Rule, pl.DataFrame] = {}  # columns value and found


def over_distinct(text: pl.Expr, rule: Rule, dtype: DataType) -> pl.Expr:
    """`rule(text)`, computed once per distinct value: for much repeated texts.

    A posting set of 32,000 rows holds 27 employment texts; the rule's regular expressions then cost nothing.
    """

    def run(values: pl.Series) -> pl.Series:
        frame = values.cast(pl.String).to_frame("value")
        return _looked_up(frame, _found(frame.unique(), rule, dtype))

    return text.map_batches(run, return_dtype=dtype, is_elementwise=True)


def remembered(text: pl.Expr, rule: Rule, dtype: DataType) -> pl.Expr:
    """The same, and remembered from batch to batch: for short texts (fields, titles, employers).

    `rule` has to be a function of its module, and of the text alone.
    """

    def run(values: pl.Series) -> pl.Series:
        frame = values.cast(pl.String).to_frame("value")
        if frame.height == 1:  # what a door asks for once is not worth keeping
            return _found(frame, rule, dtype)["found"]
        known = _known.get(rule)
        if known is None or known.height > MOST_REMEMBERED:
            known = pl.DataFrame(schema={"value": pl.String, "found": dtype})
        fresh = frame.unique().join(known, on="value", how="anti", nulls_equal=True)
        if fresh.height:
            known = _known[rule] = pl.concat([known, _found(fresh, rule, dtype)])
        return _looked_up(frame, known)

    return text.map_batches(run, return_dtype=dtype, is_elementwise=True)


def _found(values: pl.DataFrame, rule: Rule, dtype: DataType) -> pl.DataFrame:
    return values.with_columns(rule(pl.col("value")).cast(dtype).alias("found"))


def _looked_up(frame: pl.DataFrame, known: pl.DataFrame) -> pl.Series:
    return frame.join(known, on="value", how="left", nulls_equal=True, maintain_order="left")["found"]


def one(rule: Callable[..., pl.Expr], *texts: str | None) -> Any:
    """What `rule` makes of one row whose columns are `texts`: the doors' way to the pipeline's own rules."""
    row = pl.DataFrame({f"text_{i}": pl.Series([text], dtype=pl.String) for i, text in enumerate(texts)})
    return row.select(rule(*(pl.col(name) for name in row.columns)).alias("found")).item()
