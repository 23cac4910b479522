"""What each kind of credential must offer, so that one cache serves them all."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.identity import Caller


@dataclass(frozen=True)
class Suspended:
    """A credential that would be good, were its user not suspended."""

    user_id: uuid.UUID


Found = Caller | Suspended | None  # None: good for nothing


def subjects(found: Found) -> tuple[str, ...]:
    """What a change of which makes this out of date, as the database names it: "user:ID", "key:ID", "session:ID",
    "signing_key:ID".
    """
    if found is None:
        return ()
    named = [f"user:{found.user_id}"]
    if isinstance(found, Caller):
        named += [f"key:{found.key_id}"] if found.key_id else []
        named += [f"session:{found.session_id}"] if found.session_id else []
        named += [f"signing_key:{found.signing_key}"] if found.signing_key else []
    return tuple(named)


class Prover(Protocol):
    """One kind of credential: API keys, sessions' access tokens, tokens of another identity provider."""

    def read(self, text: str) -> Any | None:
        """What the text claims, as far as it can be told without the database; None for what is none of this kind.

        Costs no query, so that what is mistyped, forged or expired is refused by arithmetic alone.
        """

    async def look_up(self, session: AsyncSession, claims: Sequence[Any]) -> list[Found]:
        """Whose each claim is. The transaction is nobody's yet."""
