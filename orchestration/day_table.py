"""The newest capture days of a store as a small table, for an operator's page."""

import polars as pl

from kit.store import Store

DAYS, BAR = 30, 24  # days shown; characters of the longest bar


def day_table(store: Store) -> str:
    """Markdown: for each of the newest capture days the records kept and rejected, over all sources, with a bar."""
    newest: dict[str, list[int]] = {}
    for _, day, path in sorted(store.partitions("canonical", "counts"), key=lambda each: str(each[1]), reverse=True):
        if str(day) not in newest and len(newest) == DAYS:
            break
        kept, rejected = pl.read_parquet(path).select(pl.col("canonical", "rejected").sum()).row(0)
        total = newest.setdefault(str(day), [0, 0])
        total[0], total[1] = total[0] + kept, total[1] + rejected
    most = max((kept for kept, _ in newest.values()), default=0) or 1
    head = ["| capture day | kept | rejected | |", "|---|--:|--:|---|"]
    rows = [f"| {day} | {kept:,} | {bad:,} | {'█' * (kept * BAR // most)} |" for day, (kept, bad) in newest.items()]
    return "\n".join([*head, *rows])
