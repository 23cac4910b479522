"""The partitions of a source's assets: the days on which it said something, and no others.

They are dynamic because a dump from 2016 has twenty days and a live board has one more every night; a daily calendar
over both would be thousands of empty squares.
"""

from collections.abc import Iterator, Sequence

import dagster as dg

# The run tags that make one run of many partitions.
RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


def days_of(source: str) -> dg.DynamicPartitionsDefinition:
    """The capture days of one source."""
    return dg.DynamicPartitionsDefinition(name=f"capture_days/{source}")


def add_days(instance: dg.DagsterInstance, source: str, days: Sequence[str]) -> None:
    """Make those days known, in order, keeping what is there."""
    name = days_of(source).name
    known = set(instance.get_dynamic_partitions(str(name)))
    fresh = [day for day in sorted(days) if day not in known]
    if fresh:
        instance.add_dynamic_partitions(str(name), fresh)


def ranges(instance: dg.DagsterInstance, source: str, days: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The fewest (first, last) ranges that hold exactly these days, in the instance's own order of partitions.

    A run takes one range; days known since long and days new tonight need not stand beside each other.
    """
    order = instance.get_dynamic_partitions(str(days_of(source).name))
    wanted = set(days)
    run: list[str] = []
    for day in [*order, None]:
        if day in wanted:
            run.append(str(day))
        elif run:
            yield run[0], run[-1]
            run = []
