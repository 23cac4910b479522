"""What anybody needs to check licence files: the public key, and the list of licences that are good no more."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import PlainTextResponse

from billing.licences import files
from serving.account.asking import context_of, database_of
from serving.answers import Told
from serving.limits.addresses import ASKING

router = APIRouter(dependencies=[Depends(ASKING)])
KEPT_S = 300  # for which anybody may keep them


class PublicKey(Told):
    """One Ed25519 key (RFC 8037)."""

    kty: str
    crv: str
    x: str
    use: str
    alg: str


class KeySet(Told):
    """Every key whose files are good."""

    keys: list[PublicKey]


@router.get("/.well-known/payband-licences.json")
async def licence_keys(request: Request, response: Response) -> KeySet:
    """The public key of licence files and revocation lists: build it into the program that checks them."""
    response.headers["Cache-Control"] = f"public, max-age={KEPT_S}"
    public = files.signer(context_of(request)).public
    return KeySet(keys=[PublicKey(kty="OKP", crv="Ed25519", x=public, use="sig", alg="EdDSA")])


@router.get("/api/v1/licenses/revocations", response_class=PlainTextResponse)
async def revocations(request: Request) -> Response:
    """The signed list of licences that are suspended, revoked, handed on or gone, for programs to carry along."""
    async with database_of(request).transaction() as session:
        made = await files.revocation_list(session, context_of(request))
    return PlainTextResponse(made, headers={"Cache-Control": f"public, max-age={KEPT_S}"})
