"""Access tokens of sessions as credentials."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.context import Context
from accounts.identities.prover import Found, Suspended
from accounts.identity import Caller, plan_in_force
from accounts.scopes import scopes_of
from accounts.sessions import repository
from accounts.sessions.access_tokens import FORM, AccessClaims, verify_access_token
from accounts.sessions.service import MAY_SIGN_IN
from kit.database import Unavailable


class SessionProver:
    """Says whose access tokens are."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def read(self, text: str) -> AccessClaims | None:
        """What a good token says; its signature and times are checked.

        Raises Unavailable for what may be one, as long as this process has not read the keys yet.
        """
        if self._context.keyring.signer() is None and FORM.fullmatch(text):
            raise Unavailable
        return verify_access_token(self._context, text)

    async def look_up(self, session: AsyncSession, claims: Sequence[AccessClaims]) -> list[Found]:
        """The user of each token's session; None for a session that has ended.

        Whether the token's key was withdrawn is asked too: this process may hear of it after the token was read.
        """
        states = await repository.states(session, {claim.session_id for claim in claims})
        trusted = await repository.trusted_keys(session, {claim.key_id for claim in claims})
        return [
            self._found(claim, states.get(claim.session_id)) if claim.key_id in trusted else None for claim in claims
        ]

    def _found(self, claim: AccessClaims, state: Any | None) -> Found:
        if state is None or state.user_id != claim.user_id or state.expires_at <= self._context.clock():
            return None
        if state.status not in MAY_SIGN_IN:
            return Suspended(state.user_id) if state.status == "suspended" else None
        return Caller(
            state.user_id,
            "session",
            state.role,
            plan_in_force(state.role, state.plan),
            scopes_of(state.role),
            session_id=claim.session_id,
            signing_key=claim.key_id,
            expires_at=claim.expires_at,
        )
