"""Weekly truth as files have it, and which origins are scored."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from accuracy.forecasts import HISTORY_WEEKS, origins, score
from accuracy.sets import Sets
from accuracy.weekly_truth import read_weekly
from estimation.demand.forecasting import HORIZON


def written(folder: Path, name: str, days: int, states: list[str], seed: int = 5) -> None:
    """An index file as published: text columns, one series a state, rows in no order."""
    rng = np.random.default_rng(seed)
    rows = [
        {"date": str(date(2024, 1, 1) + timedelta(day)), "state": state, "indeed_job_postings_index": f"{value:.2f}"}
        for state in states
        for day, value in enumerate(100 * np.exp(np.cumsum(rng.normal(0, 0.004, days))))
    ]
    (folder / "truth").mkdir(exist_ok=True)
    frame = pl.DataFrame(rows).sample(fraction=1.0, shuffle=True, seed=seed)
    frame.with_columns(file_version=pl.lit("1")).write_parquet(folder / "truth" / name)


def test_weeks_end_on_the_newest_day_that_all_files_have(tmp_path: Path) -> None:
    written(tmp_path, "indeed_postings_index_a.parquet", 7 * 40 + 3, ["ny", "ca"])
    written(tmp_path, "indeed_postings_index_b.parquet", 7 * 40 + 1, ["tx"])
    weekly = read_weekly(tmp_path)
    assert weekly is not None
    assert weekly.names == [
        "indeed_postings_index_a ca",
        "indeed_postings_index_a ny",
        "indeed_postings_index_b tx",
    ]
    assert weekly.values.shape == (3, 40)
    assert weekly.last_days[-1] == date(2024, 1, 1) + timedelta(7 * 40)
    assert np.isfinite(weekly.values).all()


def test_origins_are_spread_from_enough_history_to_the_last_that_can_be_held() -> None:
    assert origins(291, 62)[0] == HISTORY_WEEKS
    assert origins(291, 62)[-1] == 291 - HORIZON
    assert origins(50, 62)[0] == 26
    assert origins(50, 62)[-1] == 50 - HORIZON
    assert origins(30, 62) == []


def test_step_scores_what_it_finds(tmp_path: Path) -> None:
    assert all(one.figure is None for one in score(Sets(data=tmp_path)).scores)
    written(tmp_path, "indeed_postings_index_a.parquet", 7 * 45, ["ny", "ca", "tx", "wa"])
    scores = {one.measure: one for one in score(Sets(data=tmp_path)).scores}
    assert scores["mase_weeks_1_to_4"].figure is not None
    assert 0.5 < scores["mase_weeks_1_to_4"].figure < 2
    assert scores["coverage_weeks_5_to_13"].cases == 7 * 4 * 9
