"""What Dagster loads: the definitions of the installation that the environment describes. Loads defs/, nothing else."""

import warnings

import dagster as dg

# Dagster marks backfill policies and freshness as beta; we use what its own documentation recommends for them.
warnings.filterwarnings("ignore", category=dg.BetaWarning)
warnings.filterwarnings("ignore", category=dg.PreviewWarning)

from orchestration.automation import jobs, schedules, sensors  # noqa: E402
from orchestration.defs.billing import billing_definitions, billing_jobs, billing_schedules  # noqa: E402
from orchestration.defs.checks import check_definitions  # noqa: E402
from orchestration.defs.dbt import dbt_definitions  # noqa: E402
from orchestration.defs.estimation import estimation_definitions  # noqa: E402
from orchestration.defs.ingestion import ingestion_definitions  # noqa: E402
from orchestration.defs.normalisation import normalisation_definitions  # noqa: E402
from orchestration.defs.publishing import publishing_definitions  # noqa: E402
from orchestration.defs.revenue import revenue_definitions, revenue_jobs, revenue_schedules  # noqa: E402
from orchestration.defs.upkeep import upkeep_jobs, upkeep_schedules  # noqa: E402
from orchestration.defs.usage import usage_definitions, usage_jobs, usage_schedules  # noqa: E402
from orchestration.installation import Installation  # noqa: E402


def build(installation: Installation) -> dg.Definitions:
    """Every asset, check, job, schedule and sensor of one installation."""
    return dg.Definitions(
        assets=[
            *ingestion_definitions(installation),
            *normalisation_definitions(installation),
            *dbt_definitions(installation),
            *estimation_definitions(installation),
            *publishing_definitions(installation),
            *usage_definitions(installation),
            *billing_definitions(),
            *revenue_definitions(installation),
        ],
        asset_checks=list(check_definitions(installation)),
        jobs=[*jobs(installation), *upkeep_jobs(), *usage_jobs(), *billing_jobs(), *revenue_jobs()],
        schedules=[
            *schedules(installation),
            *upkeep_schedules(),
            *usage_schedules(),
            *billing_schedules(),
            *revenue_schedules(),
        ],
        sensors=sensors(installation),
        executor=dg.in_process_executor,  # a step costs 0.2 s here and 6 to 20 s in a process of its own
    )


@dg.definitions
def definitions() -> dg.Definitions:
    """The installation of this process's environment."""
    return build(Installation.from_environment())
