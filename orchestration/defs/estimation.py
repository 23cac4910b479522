"""What stands between the facts and the marts: pay cells and pay trends, computed by `estimation` from the facts."""

import time
from collections.abc import Iterator

import dagster as dg

from orchestration.conditions import follows
from orchestration.defs.dbt import ESTIMATES
from orchestration.defs.ingestion import OWNERS, summary
from orchestration.estimates import estimate
from orchestration.failures import verdicts
from orchestration.installation import Installation


def estimation_definitions(installation: Installation) -> Iterator[dg.AssetsDefinition]:
    """The one asset: every percentile with its interval, or the reason why there is none."""

    @dg.asset(
        key=ESTIMATES,
        deps=[dg.AssetKey(["core", "fct_pay_observations"])],
        group_name="estimation",
        owners=OWNERS,
        kinds={"numpy"},
        automation_condition=follows(),
        description="Type-8 quantiles with exact intervals, and the quality rule, for every cell of pay.",
    )
    def pay() -> dg.MaterializeResult:
        started = time.monotonic()
        with verdicts(), installation.store.writing(wait_s=600):
            counts = estimate(installation.store)
        return dg.MaterializeResult(metadata=summary([], started, **counts))

    yield pay
