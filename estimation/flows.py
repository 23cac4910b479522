"""Two spans of days to compare, in sources that were watched through both: a crawler that started is no boom."""

import polars as pl

from estimation.quantiles import Ints

ALIVE_DAYS = 7  # a source captured so recently is still watched


def spans(counted: pl.DataFrame, watched: pl.DataFrame, days: int) -> Ints:
    """1: opened in the last `days` days to window_to, 0: in as many before; -1: neither, or not to be compared.

    `counted` has country, representative_source, opened_on and window_to; `watched`, every opening of these sources,
    also first_captured_on and last_captured_on. Not compared are openings of a source that was first watched after the
    earlier span began or has fallen silent, and what was there when its source was first watched: stock of no span.
    """
    sources = watched.group_by("country", "representative_source").agg(
        watched_from=pl.col("first_captured_on").min(), watched_to=pl.col("last_captured_on").max()
    )
    frame = counted.select("country", "opened_on", "window_to", "representative_source").join(
        sources, on=["country", "representative_source"], how="left", maintain_order="left"
    )
    age = (pl.col("window_to") - pl.col("opened_on")).dt.total_days()
    reach = (pl.col("window_to") - pl.col("watched_from")).dt.total_days()
    silent = (pl.col("window_to") - pl.col("watched_to")).dt.total_days()
    flows = (reach >= 2 * days) & (silent <= ALIVE_DAYS) & (pl.col("opened_on") > pl.col("watched_from")) & (age >= 0)
    span = pl.when(flows & (age < days)).then(1).when(flows & (age < 2 * days)).then(0).otherwise(-1)
    return frame.select(span=span)["span"].cast(pl.Int64).to_numpy()
