"""Work outside of requests: `defer` queues it with the caller's own transaction, `payband worker` does it."""

from accounts.jobs.service import defer, defer_all

__all__ = ["defer", "defer_all"]
