"""The last step: a sealed release of the marts."""

import time
from collections.abc import Iterator

import dagster as dg

from ingestion.freshness import is_live
from orchestration.conditions import follows
from orchestration.defs.ingestion import LIVE_FRESHNESS, OWNERS, summary
from orchestration.failures import verdicts
from orchestration.installation import Installation
from orchestration.publishing import grains, publish

RELEASE = dg.AssetKey(["release", "current"])


def publishing_definitions(installation: Installation) -> Iterator[dg.AssetsDefinition]:
    """The release asset, after every mart."""
    marts = [dg.AssetKey(["api", name]) for name in grains(installation.store)]

    @dg.asset(
        key=RELEASE,
        deps=marts,
        group_name="release",
        freshness_policy=LIVE_FRESHNESS if any(map(is_live, installation.active)) else None,
        owners=OWNERS,
        automation_condition=follows(),
        description="An immutable release; made current only when every gate holds and something changed.",
    )
    def current() -> dg.MaterializeResult:
        started = time.monotonic()
        with verdicts(), installation.store.writing(wait_s=600):
            facts = publish(installation)
        return dg.MaterializeResult(metadata=summary([], started, **facts))

    yield current
