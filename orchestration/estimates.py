"""Runs `estimation` over the warehouse's facts and keeps its frames where dbt reads them."""

import duckdb
import polars as pl

from estimation.cells import pay_cells
from estimation.schema import PAY_OBSERVATIONS
from estimation.trends import pay_trends
from kit.frames import write_frame
from kit.store import Store


def estimate(store: Store) -> dict[str, int]:
    """Write store.estimates/{pay_cells,pay_trends}.parquet from the facts; returns each one's rows."""
    columns = ", ".join(PAY_OBSERVATIONS)
    with duckdb.connect(str(store.warehouse), read_only=True) as connection:
        observations = connection.sql(f"select {columns} from core.fct_pay_observations").pl()  # noqa: S608 (our own names)
        countries = connection.sql("select * from core.dim_countries").pl()
    frames: dict[str, pl.DataFrame] = {
        "pay_cells": pay_cells(observations, countries),
        "pay_trends": pay_trends(observations, countries),
    }
    for name, frame in frames.items():
        write_frame(frame, store.estimates / f"{name}.parquet")
    return {name: frame.height for name, frame in frames.items()}
