"""This package's own tables: CSV files in `reference/`, read once."""

import csv
from collections.abc import Iterator
from importlib import resources


def reference_rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of `reference/<name>.csv`."""
    text = (resources.files("normalisation") / "reference" / f"{name}.csv").read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())


def word_list(name: str) -> frozenset[str]:
    """One of the lists of `reference/word_lists.csv`, in lower case."""
    return next(frozenset(row["words"].split("|")) for row in reference_rows("word_lists") if row["list"] == name)
