"""What the worker does for sessions."""

from accounts.jobs.work import Work
from accounts.sessions.rotating import rotate_if_due


async def rotate_keys(work: Work) -> None:
    """Replace the signing key when it is PAYBAND_SIGNING_KEY_DAYS old. Done twice it rotates once."""
    async with work.database.transaction() as session:
        await rotate_if_due(session, work.context)
