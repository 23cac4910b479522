"""What the doors share where something is bought."""

from contextlib import suppress
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import Field

from accounts.audit import Action
from accounts.errors import Refused
from accounts.identity import Caller
from accounts.keys.rights import rights_of
from billing.customers import service as customers
from billing.stripe.client import client_of
from billing.stripe.pending import Key
from billing.subscriptions.service import Buyer, Desk
from kit.errors import Retriable
from serving.access import Guard, admit, guard_of, needs
from serving.once import Handler, Once, operation_of
from serving.problems import Problem, of_faults

# Who has used up a plan's hour can still see to the plan, and buy a larger one.
Reader = Annotated[Caller, Depends(needs(scope="billing:read", hourly=False))]
Writer = Annotated[Caller, Depends(needs(scope="billing:write", hourly=False))]
OfferId = Annotated[
    str,
    Field(min_length=1, max_length=64, description="`offer` of GET /api/v1/pricing-plans", examples=["basic-month"]),
]
Page = Annotated[
    str,
    Field(min_length=1, max_length=1_000, description="A page of this installation or of a listed origin, or its path"),
]


def desk_of(request: Request) -> Desk:
    """Where one buys. Raises Problem (payments-unavailable) where nothing is sold."""
    state = request.app.state
    if state.settings.stripe_api_key is None:
        raise Problem("payments-unavailable", "This installation sells nothing: no payment provider is set up.")
    return Desk(state.database, state.context, client_of(state.settings), state.settings.stripe_tax)


async def payer_of(request: Request, caller: Caller) -> str | None:
    """The number that Stripe gives the one who asks; None for who never was its customer."""
    async with request.app.state.database.transaction(caller.user_id) as session:
        known = await customers.of_user(session, caller.user_id)
    return None if known is None else known.stripe_id


class Buying(Once):
    """A route where somebody buys: what is refused them is told by the audit trail, too."""

    def get_route_handler(self) -> Handler:
        """The handler of `Once`, listened to."""
        answer, guard = super().get_route_handler(), guard_of(self.dependant)
        if guard is None:
            return answer

        async def told(request: Request) -> Response:
            try:
                return await answer(request)
            except (Refused, RequestValidationError) as error:
                code = error.code if isinstance(error, Refused) else of_faults(error.errors()).code
                await _note(request, guard, code)
                raise

        return told


async def _note(request: Request, guard: Guard, code: str) -> None:
    """Of whoever may not ask at all access tells what is to be told."""
    with suppress(Problem, Retriable):
        caller = await admit(request.scope, guard.needs)
        request.app.state.refusals.note(Action.PURCHASE_REFUSED, caller, code, refusal=code)


def buyer_of(request: Request, caller: Caller) -> Buyer:
    """The one who asks."""
    operation = operation_of(request)
    key = None if operation is None else Key(operation.name, request.app.state.context.clock())
    return Buyer(caller.user_id, rights_of(caller), key)


def page_of(request: Request, wanted: str | None) -> str:
    """Where a browser comes back to. Raises Refused (invalid-parameter) for a page of somebody else's."""
    settings = request.app.state.settings
    ours = settings.public_url.rstrip("/")
    if wanted is None:
        return f"{ours}/"
    plain = wanted.isprintable() and "\\" not in wanted and not wanted.startswith("//")
    if plain and wanted.startswith("/"):
        return f"{ours}{wanted}"
    if plain and any(wanted.startswith(f"{origin.rstrip('/')}/") for origin in (ours, *settings.cors_origins)):
        return wanted
    raise Refused("invalid-parameter", f"{wanted}: a page of this installation, or of one of PAYBAND_CORS_ORIGINS.")
