"""The public keys by which anybody can check our access tokens."""

from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict

from serving.account.asking import context_of, database_of
from serving.limits.addresses import ASKING

router = APIRouter(tags=["about"])
KEPT_S = 300  # for which a client may keep them: less than a new key is published before it signs


class PublicKey(BaseModel):
    """One RSA key (RFC 7517)."""

    model_config = ConfigDict(frozen=True)

    kty: str
    n: str
    e: str
    kid: str
    use: str
    alg: str


class KeySet(BaseModel):
    """Every key whose tokens are good."""

    model_config = ConfigDict(frozen=True)

    keys: list[PublicKey]


@router.get("/.well-known/jwks.json", dependencies=[Depends(ASKING)])
async def jwks(request: Request, response: Response) -> KeySet:
    """The key set (RFC 7517) of access tokens; a key stands in it before it signs and while its tokens are good."""
    keyring = context_of(request).keyring
    if not keyring.published():
        async with database_of(request).transaction() as session:
            await keyring.ready(session)
    response.headers["Cache-Control"] = f"public, max-age={KEPT_S}"
    told: list[dict[str, Any]] = [key.published for key in keyring.published().values()]
    return KeySet(keys=[PublicKey(**each) for each in told])
