"""What command-line programs ask of privacy."""

import json
import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.context import Context
from accounts.privacy import certificates, erasing
from accounts.programs import in_transaction
from kit.errors import BadInput


def certificate(url: str, number: uuid.UUID) -> str:
    """The certificate with this number, as JSON. Raises BadInput when there is none such."""

    async def work(session: AsyncSession) -> str:
        found = await erasing.certificate(session, number)
        if found is None:
            raise BadInput(f"there is no certificate {number}")
        return json.dumps(found._asdict(), indent=2)

    return in_transaction(url, work)


def public_key(context: Context) -> str:
    """What checks this installation's certificates."""
    return certificates.signer(context).public


def erase_again(worker_url: str, context: Context) -> int:
    """Erase anew, in a restored database, those whose keys were destroyed since it was saved; how many they are."""

    async def work(session: AsyncSession) -> int:
        return await erasing.erase_keyless(session, context)

    return in_transaction(worker_url, work)
