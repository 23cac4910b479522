"""What the queue does for itself, now and then."""

import logging

from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager

from accounts.jobs.registry import TASKS
from accounts.jobs.work import Work

DEAD_AFTER_S = 30  # without a sign of life from its worker, which gives one every 10 seconds
KEPT_H = 24 * 30
PARKED_KEPT_H = 24 * 90

log = logging.getLogger(__name__)


async def retry_stalled(work: Work) -> None:
    """Jobs whose worker died go back into the queue; one that did so too often is parked, it may be what kills."""
    for job in await work.queue.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_S):
        try:
            await _again(work.queue, job)
        except ConnectorException:
            log.info("stalled_job.left_alone", extra={"job_id": job.id})  # somebody else was faster


async def _again(queue: JobManager, job: Job) -> None:
    task = TASKS.get(job.task_name)
    if task is not None and job.attempts + 1 >= task.attempts:
        await queue.finish_job(job, Status.FAILED, delete_job=False)
        log.error("stalled_job.parked", extra={"job_id": job.id})
    else:
        await queue.retry_job(job)
        log.warning("stalled_job.retried", extra={"job_id": job.id})


async def prune(work: Work) -> None:
    """Jobs that ended are forgotten after a while, parked ones after a longer one."""
    await work.queue.delete_old_jobs(nb_hours=KEPT_H, include_cancelled=True, include_aborted=True)
    await work.queue.delete_old_jobs(nb_hours=PARKED_KEPT_H, include_failed=True)
