"""Who asks, and may they: identity, plan (and flag), scope, rate, credits, in this one order, for every door.

A door says what it needs and is given its caller:

    async def endpoint(caller: Annotated[Caller, Depends(needs(scope="keys:read"))]) -> ...

A refusal by an earlier step says nothing of a later one, and money is asked for last: the step of credits is the door's
own (serving.paying), because what is paid depends on the question.
"""

from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import Depends, FastAPI, Request
from fastapi.routing import iter_route_contexts
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.datastructures import State

from accounts.audit import Action
from accounts.errors import Refused
from accounts.flags.registry import FLAGS
from accounts.flags.rollout import Rollout
from accounts.identities.cache import Identities
from accounts.identities.prover import Found, Suspended
from accounts.identity import Caller, Kind, Role
from accounts.providers.prover import ProviderProver
from accounts.providers.remote import ProviderAway
from accounts.scopes import SCOPES
from billing.plans import LAPSED, plan_of
from billing.services import FREE, SERVICES, ServiceName, plans_with
from serving.limits.addresses import client_of
from serving.limits.rates import RateLimits
from serving.limits.refusals import LIMITED, refuse
from serving.problems import Problem

Headers = Iterable[tuple[bytes, bytes]]
Scope = MutableMapping[str, Any]  # of ASGI
KINDS: tuple[Kind, ...] = ("key", "session", "provider")
DECIDED = "payband.decided"  # where a request's scope keeps what was decided,
CALLER = "payband.caller"  # and who asked, refused or not
SPENDING = "billing:write"  # the scope of a credential that may spend credits

BEARER = HTTPBearer(auto_error=False, description="An API key, or the access token of a session")
KEY_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="An API key")


@dataclass(frozen=True)
class Needs:
    """What a door asks of its caller; what is not said is not asked for, but a caller always is."""

    service: ServiceName | None = None  # that the caller's plan includes, or that they pay
    scope: str | None = None  # of the credential
    role: Role = "user"  # at least
    kinds: tuple[Kind, ...] = KINDS  # of credential
    flag: str | None = None  # that its user has
    hourly: bool = True  # that the plan's hour, which counts its requests, is not used up

    def __post_init__(self) -> None:
        if self.scope is not None and self.scope not in SCOPES:
            raise ValueError(f"{self.scope} is not a scope: see accounts/scopes.py")
        if self.flag is not None and self.flag not in FLAGS:
            raise ValueError(f"{self.flag} is not a flag: see accounts/flags/registry.py")


class Asked:
    """One request on its way through the steps; `parts` is what the application keeps for all of them."""

    __slots__ = ("needs", "parts", "request")

    def __init__(self, request: Scope, needs: Needs) -> None:
        self.request, self.needs = request, needs
        self.parts: State = request["app"].state


async def identity(asked: Asked) -> Caller:
    """Whose credential it is. Raises Problem (401, 403) or Unavailable."""
    text = credential_in(asked.request["headers"])
    if not text:
        raise Problem("missing-credential", "Send `Authorization: Bearer YOUR_KEY` or `X-API-Key: YOUR_KEY`.")
    identities: Identities = asked.parts.identities
    found: Found = identities.known(text)
    if found is None:
        await _prepared(asked.parts.providers, text)
        found = await identities.verify(text)
    if found is None:
        raise Problem("invalid-credential", "The credential is mistyped, unknown, revoked or expired.")
    if isinstance(found, Suspended):
        raise Problem("account-suspended", "The credential is good, but its account is suspended.")
    if found.networks:
        address = client_of(asked.request, asked.parts.trusted_proxies)
        if address is None or not any(address in network for network in found.networks):
            asked.parts.refusals.note(Action.KEY_REFUSED, found, "address", address=str(address))
            raise Problem("address-not-allowed", f"The key is limited to other addresses than {address}.")
    return found


async def _prepared(providers: ProviderProver, text: str) -> None:
    """A token of another provider may need a key that is to be fetched, and its holder to be made a user."""
    try:
        await providers.prepare(text)
    except Refused as refused:
        raise Problem(refused.code, refused.detail, headers=refused.headers) from None
    except ProviderAway as away:
        headers = {"Retry-After": f"{away.retry_after_s:.0f}"}
        raise Problem("provider-unavailable", str(away), headers=headers) from None


def plan(needed: Needs, caller: Caller) -> None:
    """Whether the caller's plan, which is paid for, includes some of the door's service, or the credential may pay."""
    if included(needed, caller):
        return
    if caller.plan == LAPSED:
        told = "This comes with a plan; yours was not paid for. Pay what is open, or go back to the free plan."
        raise Problem("subscription-lapsed", told)
    service, own = SERVICES[cast(ServiceName, needed.service)], plan_of(caller.plan)
    if service.quota_of(own) or (service.credits and SPENDING in caller.scopes):
        return
    have = ", ".join(each.title for each in plans_with(service))
    told = f"{service.name} comes with these plans: {have}. Yours is {own.title}."
    if service.credits:
        told += f" A credential with the scope {SPENDING} pays for it with credits."
    raise Problem("plan-required", told)


def included(needed: Needs, caller: Caller) -> bool:
    """Whether the caller's plan pays for whatever the door answers, so that nothing is counted or charged."""
    return needed.service is None or (needed.service, plan_of(caller.plan).name) in FREE


def flag(needed: Needs, caller: Caller, rollout: Rollout) -> None:
    """Whether the door is let out to the caller."""
    if needed.flag is not None and not rollout.has(caller.user_id, needed.flag):
        raise Problem("not-let-out", f"{needed.flag} is not let out to you yet.")


def scope(needed: Needs, caller: Caller) -> None:
    """Whether the credential is of a kind, its user of a role and itself of a scope that the door takes."""
    if caller.kind not in needed.kinds:
        detail = f"Taken here: {', '.join(needed.kinds)}; this is a {caller.kind}."
        raise Problem("credential-not-taken", detail)
    if needed.role != "user" and not caller.at_least(needed.role):
        raise Problem("role-required", f"This door is for the role {needed.role}; yours is {caller.role}.")
    if needed.scope is not None and needed.scope not in caller.scopes:
        raise Problem("missing-scope", f"This door needs the scope {needed.scope}, which the credential does not have.")


async def rate(asked: Asked, caller: Caller) -> None:
    """Whether the request is within the plan's limits; its answer tells where the caller stands, whatever it is."""
    limits: RateLimits = asked.parts.limits
    verdict = await (limits.of_caller(caller) if asked.needs.hourly else limits.of_burst(caller))
    if not verdict.admitted and asked.parts.overage is not None:
        verdict = await asked.parts.overage.beyond(caller, verdict)
    asked.request.setdefault(LIMITED, []).extend(verdict.headers)
    if not verdict.admitted:
        for limit in verdict.exceeded:
            asked.parts.refusals.note(Action.LIMIT_EXCEEDED, caller, limit, limit=limit)
        raise refuse(verdict)


async def admit(request: Scope, door: Needs) -> Caller:
    """The one who asks, when they may: decided once a request, whoever asks first. Raises Problem or Retriable."""
    decided = request.get(DECIDED)
    if decided is None:
        decided = request[DECIDED] = await _decide(Asked(request, door))
    if isinstance(decided, Problem):
        raise decided
    caller: Caller = decided
    return caller


async def admit_to_route(request: Request) -> None:
    """Who may not ask the route of a request is told that before what is wrong with the question."""
    guard = guard_of(getattr(request.scope.get("route"), "dependant", None))
    if guard is not None:
        await admit(request.scope, guard.needs)


async def _decide(asked: Asked) -> Caller | Problem:
    """The steps, in their order; each raises Problem or lets pass."""
    try:
        caller = asked.request[CALLER] = await identity(asked)
        plan(asked.needs, caller)
        flag(asked.needs, caller, asked.parts.rollout)
        scope(asked.needs, caller)
        await rate(asked, caller)
    except Problem as problem:
        return problem
    return caller


def credential_in(headers: Headers) -> str | None:
    """What a request proves itself with: `Authorization: Bearer TEXT` or `X-API-Key: TEXT`. None without either."""
    for name, value in headers:
        if name == b"authorization":
            scheme, _, text = value.partition(b" ")
            if scheme.lower() == b"bearer":
                return text.strip().decode("latin-1")
        elif name == b"x-api-key":
            return value.strip().decode("latin-1")
    return None


class Guard:
    """A door's needs, as the framework's dependency that gives the caller."""

    def __init__(self, asks: Needs) -> None:
        self.needs = asks

    async def __call__(
        self, request: Request, _bearer: Annotated[Any, Depends(BEARER)], _key: Annotated[Any, Depends(KEY_HEADER)]
    ) -> Caller:
        """Let the request in, or raise the problem; the other two put the ways to prove oneself into the OpenAPI."""
        return await admit(request.scope, self.needs)


def needs(
    *,
    service: ServiceName | None = None,
    scope: str | None = None,
    role: Role = "user",
    kinds: tuple[Kind, ...] = KINDS,
    flag: str | None = None,
    hourly: bool = True,
) -> Guard:
    """What a door needs, for `Depends`."""
    return Guard(Needs(service, scope, role, kinds, flag, hourly))


def needs_of(app: FastAPI) -> Iterator[tuple[str, str, Needs | None]]:
    """(method, path, needs) of every route; None for one that anybody may ask."""
    for route in iter_route_contexts(app.routes):
        guard = guard_of(getattr(route, "dependant", None))
        for method in sorted(route.methods or ()):
            yield method, str(route.path), guard.needs if guard else None


def guard_of(dependant: Any) -> Guard | None:
    """The guard of a route, by what its function depends on; None for one that anybody may ask."""
    if dependant is None or isinstance(dependant.call, Guard):
        return None if dependant is None else dependant.call
    return next((found for below in dependant.dependencies if (found := guard_of(below)) is not None), None)
