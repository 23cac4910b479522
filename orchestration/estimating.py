"""The step between core and api marts: read the observations, estimate, write the estimates."""

import polars as pl

from estimation.cells import pay_cells
from estimation.schema import COUNTRIES, PAY_OBSERVATIONS
from estimation.trends import pay_trends
from kit.frames import write_frame
from kit.store import Store


def write_estimates(store: Store) -> dict[str, int]:
    """Write store/estimates/{pay_cells,pay_trends}.parquet from the core marts; returns the rows of each.

    Needs `tag:core` to be built; `tag:api` reads what this writes.
    """
    observations = read_mart(store, "core.fct_pay_observations", tuple(PAY_OBSERVATIONS))
    countries = read_mart(store, "core.dim_countries", tuple(COUNTRIES))
    rows = {}
    for name, estimate in {"pay_cells": pay_cells, "pay_trends": pay_trends}.items():
        frame = estimate(observations, countries)
        write_frame(frame, store.estimates / f"{name}.parquet")
        rows[name] = len(frame)
    return rows


def read_mart(store: Store, table: str, columns: tuple[str, ...] = ()) -> pl.DataFrame:
    """A table of the warehouse, "schema.name", whole or some of its columns."""
    import duckdb

    with duckdb.connect(str(store.warehouse), read_only=True) as connection:
        relation = connection.table(table)
        return relation.select(*columns).pl() if columns else relation.pl()
