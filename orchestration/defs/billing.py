"""Every night what is mirrored of payments is held against what Stripe has; what differs is read anew by the worker."""

import time
from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from kit.settings import DatabaseSettings, read
from orchestration.defs.ingestion import OWNERS
from orchestration.defs.upkeep import NO_DATABASE
from orchestration.failures import verdicts

RECONCILED = dg.AssetKey(["operator", "billing_reconciled"])
CHECK = "stripe_agrees"
NIGHT = "50 2 * * *"  # UTC
NOTHING_SOLD = "this installation sells nothing: PAYBAND_STRIPE_API_KEY is not set"
TOLD = 50  # differences that are named

reconcile_job = dg.define_asset_job("reconcile_billing", dg.AssetSelection.assets(RECONCILED))


def billing_definitions() -> Iterator[dg.AssetsDefinition]:
    """One asset, with a check that fails where anything differed."""

    @dg.asset(
        key=RECONCILED,
        group_name="operator",
        owners=OWNERS,
        kinds={"postgres"},
        check_specs=[dg.AssetCheckSpec(CHECK, asset=RECONCILED, description="Nothing differs from what Stripe has.")],
        description="Subscriptions, invoices and payments as they are mirrored, held against what Stripe has.",
    )
    def billing_reconciled(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        from billing.jobs import reconcile_now

        started, why = time.monotonic(), _nothing_to_do()
        if why is not None:
            context.log.warning(why)
            return _result(True, checked=0, why=why)
        urls = read(DatabaseSettings).urls()
        assert urls is not None  # noqa: S101  asked above
        with verdicts():
            report = reconcile_now(urls.worker)
        told = [f"{each.kind} {each.id}: {'missing' if each.missing else 'differs'}" for each in report.differences]
        return _result(
            not told,
            checked=report.compared.total(),
            differ=len(told),
            differences=dg.MetadataValue.json(told[:TOLD]),
            seconds=round(time.monotonic() - started, 2),
        )

    yield billing_reconciled


def _result(passed: bool, **metadata: Any) -> dg.MaterializeResult:
    check = dg.AssetCheckResult(check_name=CHECK, passed=passed, metadata=metadata)
    return dg.MaterializeResult(metadata=metadata, check_results=[check])


def _nothing_to_do() -> str | None:
    from billing.jobs import sells

    if read(DatabaseSettings).urls() is None:
        return NO_DATABASE
    return None if sells() else NOTHING_SOLD


@dg.schedule(job=reconcile_job, cron_schedule=NIGHT, default_status=dg.DefaultScheduleStatus.RUNNING)
def nightly_reconciliation(_context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Every night, where something is sold."""
    why = _nothing_to_do()
    return dg.RunRequest() if why is None else dg.SkipReason(why)


def billing_jobs() -> list[UnresolvedAssetJobDefinition]:
    return [reconcile_job]


def billing_schedules() -> list[dg.ScheduleDefinition]:
    return [nightly_reconciliation]
