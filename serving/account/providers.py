"""Sign in by another provider: the browser goes there, and comes back with a code."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from accounts.providers import sign_in
from accounts.providers.prover import ProviderProver
from accounts.providers.service import known_or_new
from accounts.sessions.service import Tokens
from accounts.sign_in.outcome import Challenge, Outcome, first_proved
from kit.database import act_for
from serving.account.asking import Told, context_of, database_of, device_of
from serving.account.cookies import set_cookies
from serving.description import problems_of
from serving.limits.addresses import GUESSING
from serving.problems import Problem

Documented = dict[int | str, dict[str, Any]]

COOKIE = "payband_sign_in"
SEE_OTHER = 303

router = APIRouter(prefix="/providers")
Name = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,31}$", description="A provider of this installation")]
TO_PROVIDER: Documented = {
    SEE_OTHER: {"description": "To the provider's own page, with a cookie that belongs to the answer"}
}
BACK: Documented = {
    SEE_OTHER: {"description": "Back, with a session's cookies; or with `#mfa_token=` for /api/v1/auth/login/mfa"}
}


class Offered(Told):
    """Providers by which one can sign in, by name."""

    providers: list[str]


class Start(BaseModel):
    """Parameters of the first step."""

    model_config = ConfigDict(extra="forbid")

    redirect: str | None = Field(
        default=None, max_length=2_048, description="Where the browser goes afterwards: a page of ours, or a listed one"
    )


class Answer(BaseModel):
    """What a provider's answer may carry. What is nothing to us is taken too: it is not ours to choose."""

    model_config = ConfigDict(extra="forbid")

    code: str | None = Field(default=None, max_length=2_048, pattern=r"^[\x20-\x7e]+$")
    state: str | None = Field(default=None, max_length=256)
    error: str | None = Field(default=None, max_length=256)
    error_description: str | None = Field(default=None, max_length=2_048)
    error_uri: str | None = Field(default=None, max_length=2_048)
    iss: str | None = Field(default=None, max_length=2_048)
    scope: str | None = Field(default=None, max_length=2_048)
    session_state: str | None = Field(default=None, max_length=2_048)
    authuser: str | None = Field(default=None, max_length=256)
    prompt: str | None = Field(default=None, max_length=256)
    hd: str | None = Field(default=None, max_length=256)


@router.get("")
async def offered(request: Request) -> Offered:
    """By whom one can sign in here."""
    found = context_of(request).providers
    return Offered(providers=sorted(name for name, provider in found.items() if provider.sign_in is not None))


@router.get(
    "/{name}/start",
    status_code=SEE_OTHER,
    response_class=RedirectResponse,
    responses={**TO_PROVIDER, **problems_of("not-found", "provider-unavailable")},
    dependencies=[Depends(GUESSING)],
)
async def start(request: Request, name: Name, asked: Annotated[Start, Query()]) -> Response:
    """Send the browser to the provider's sign-in page."""
    begun = await sign_in.begin(context_of(request), _prover(request), name, asked.redirect)
    answer = _to(begun.url)
    secure = context_of(request).settings.tls
    # Lax: the way back begins on the provider's site, and must bring it.
    answer.set_cookie(
        _cookie(request), begun.cookie, max_age=sign_in.LASTS_S, secure=secure, httponly=True, samesite="lax"
    )
    return answer


@router.get(
    "/{name}/callback",
    status_code=SEE_OTHER,
    response_class=RedirectResponse,
    responses={
        **BACK,
        **problems_of("sign-in-failed", "account-suspended", "email-not-verified", "not-found", "account-exists"),
        **problems_of("provider-unavailable", "database-unavailable"),
    },
    dependencies=[Depends(GUESSING)],
)
async def callback(request: Request, name: Name, asked: Annotated[Answer, Query()]) -> Response:
    """Take the provider's answer, and open a session for whom it names."""
    context, prover = context_of(request), _prover(request)
    kept = sign_in.remembered(context, name, request.cookies.get(_cookie(request)), asked.state)
    sign_in.check_answer(context, kept, asked.error, asked.iss)
    claims = await sign_in.finish(context, prover, kept, asked.code or "")
    async with database_of(request).transaction() as session:
        holder = await known_or_new(session, context, name, claims, anew=True)
        await act_for(session, holder.user_id)
        outcome = await first_proved(session, context, holder.user_id, device_of(request))
    return _back(request, kept.back_to, outcome)


def _back(request: Request, page: str, outcome: Outcome) -> Response:
    if isinstance(outcome, Challenge):
        answer = _to(f"{page}#mfa_token={outcome.token}")  # what stands behind # is sent to nobody
    elif isinstance(outcome, Tokens):
        answer = _to(page)
        set_cookies(answer, request, context_of(request), outcome)
    else:
        raise Problem(outcome.code, outcome.detail)
    answer.delete_cookie(_cookie(request), secure=context_of(request).settings.tls, httponly=True, samesite="lax")
    return answer


def _to(url: str) -> RedirectResponse:
    return RedirectResponse(url, SEE_OTHER, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def _cookie(request: Request) -> str:
    return f"__Host-{COOKIE}" if context_of(request).settings.tls else COOKIE


def _prover(request: Request) -> ProviderProver:
    prover: ProviderProver = request.app.state.providers
    return prover
