"""When an asset is made again by itself: when what it is made of changed, in a run that did not make it too.

Dagster's `eager()` is not quite that here, in three ways:

- The taxonomy is brought up to date by every `payband run`, and touches every partition when it differs. What follows
  from it is decided there, from what the files say; here it would ask for everything again after every run.
- One capture day that could not be had must not keep all the others from a release, so the openings do not wait for
  partitions that are missing.
- A run that a blocking check ended must not be finished by another that begins behind the check; so what is
  partitioned is never asked for because it is missing, and only behind checks that passed.
"""

import dagster as dg
from dagster import AutomationCondition as When

TAXONOMY = dg.AssetKey(["reference", "taxonomy"])
SOLD = dg.AssetKey(["operator", "sold"])


def _changed() -> When:
    """A dep was made in a run that did not make this asset too, or will be made in this one."""
    return When.any_deps_updated().ignore(dg.AssetSelection.assets(TAXONOMY))


def _idle() -> When:
    """Nothing that would change this asset is queued or running, so that one run answers for a night's sources."""
    return ~When.any_deps_in_progress() & ~When.in_progress()


def partition_follows() -> When:
    """For one capture day of a source: what it is made of was made again by itself."""
    behind = When.all_deps_blocking_checks_passed() & ~When.any_deps_missing()
    return (_changed().since_last_handled() & behind & _idle()).with_label("partition follows")


def all_days_follow() -> When:
    """For the openings, which are made of whatever capture days there are."""
    return ((When.newly_missing() | _changed()).since_last_handled() & _idle()).with_label("all days follow")


def follows() -> When:
    """For everything from the warehouse to the release."""
    asked = (When.newly_missing() | _changed()).since_last_handled()
    return (asked & ~When.any_deps_missing() & _idle()).with_label("follows")
