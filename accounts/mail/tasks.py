"""The jobs of mail.

`send` done twice sends once: a mail that was sent has no letter any more. What can go out twice is a mail whose worker
died, or was stopped past its grace, after the server had taken it and before that was written down; both have the same
Message-ID, by which receivers drop the second.
"""

import uuid

from accounts.jobs.work import Work
from accounts.mail import service


async def send(work: Work, mail_id: uuid.UUID) -> None:
    """Send one mail. Raises Retriable, and Permanent for one that is refused for good."""
    async with work.database.transaction() as session:
        refusal = await service.send(session, work.context, work.outbox, mail_id)
    if refusal is not None:
        raise refusal
