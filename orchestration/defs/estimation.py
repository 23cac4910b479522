"""What stands between the facts and the marts: one asset for each entry of `orchestration.estimates.ESTIMATES`."""

import time
from collections.abc import Iterator

import dagster as dg

from orchestration.conditions import follows
from orchestration.defs.ingestion import OWNERS, summary
from orchestration.estimates import ESTIMATES, estimate
from orchestration.failures import verdicts
from orchestration.installation import Installation


def estimation_definitions(installation: Installation) -> Iterator[dg.AssetsDefinition]:
    """Every estimate as an asset that follows the facts it reads."""
    for name in ESTIMATES:
        yield _asset(installation, name)


def _asset(installation: Installation, name: str) -> dg.AssetsDefinition:
    @dg.asset(
        key=dg.AssetKey(["estimates", name]),
        deps=[dg.AssetKey(["core", table]) for table, _ in ESTIMATES[name].reads.values()],
        group_name="estimation",
        owners=OWNERS,
        kinds={"numpy"},
        automation_condition=follows(),
        description=ESTIMATES[name].description,
    )
    def computed() -> dg.MaterializeResult:
        started = time.monotonic()
        with verdicts(), installation.store.writing(wait_s=600):
            counts = estimate(installation.store, name)
        return dg.MaterializeResult(metadata=summary([], started, **counts))

    return computed
