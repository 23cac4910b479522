"""The stand-in's table of contents: every request that it answers, and what follows from what."""

import re
from collections.abc import Callable
from typing import Any, TypedDict, get_type_hints

from tests.peers.stripe import (
    answers,
    checkout,
    customers,
    disputes,
    events,
    frozen_clocks,
    invoice_doors,
    invoices,
    lifecycle,
    meters,
    parameters,
    payment_intents,
    payment_methods,
    portal,
    prices,
    products,
    refunds,
    setup_intents,
    subscriptions,
)
from tests.peers.stripe.errors import invalid
from tests.peers.stripe.peer import Object, Peer, Reactions

Handler = Callable[..., Object]


class _Nothing(TypedDict):
    pass


ROUTES: dict[str, Handler] = {
    "POST customers": customers.create,
    "GET customers": customers.listed,
    "GET customers/:": customers.retrieve,
    "POST customers/:": customers.update,
    "DELETE customers/:": customers.delete,
    "POST customers/:/tax_ids": customers.add_tax_id,
    "GET customers/:/tax_ids": customers.tax_ids,
    "DELETE customers/:/tax_ids/:": customers.delete_tax_id,
    "GET customers/:/payment_methods": payment_methods.of_customer,
    "POST products": products.create,
    "GET products": products.listed,
    "GET products/:": products.retrieve,
    "POST products/:": products.update,
    "DELETE products/:": products.delete,
    "POST prices": prices.create,
    "GET prices": prices.listed,
    "GET prices/:": prices.retrieve,
    "POST prices/:": prices.update,
    "POST payment_methods": payment_methods.create,
    "GET payment_methods": payment_methods.listed,
    "GET payment_methods/:": payment_methods.retrieve,
    "POST payment_methods/:/attach": payment_methods.attach,
    "POST payment_methods/:/detach": payment_methods.detach,
    "POST payment_intents": payment_intents.create,
    "GET payment_intents": payment_intents.listed,
    "GET payment_intents/:": payment_intents.retrieve,
    "POST payment_intents/:": payment_intents.update,
    "POST payment_intents/:/confirm": payment_intents.confirm,
    "POST payment_intents/:/cancel": payment_intents.cancel,
    "GET charges": payment_intents.charges,
    "GET charges/:": payment_intents.retrieve_charge,
    "POST setup_intents": setup_intents.create,
    "GET setup_intents/:": setup_intents.retrieve,
    "POST setup_intents/:/confirm": setup_intents.confirm,
    "POST setup_intents/:/cancel": setup_intents.cancel,
    "POST subscriptions": subscriptions.create,
    "GET subscriptions": subscriptions.listed,
    "GET subscriptions/:": subscriptions.retrieve,
    "POST subscriptions/:": subscriptions.update,
    "DELETE subscriptions/:": subscriptions.cancel,
    "POST subscriptions/:/resume": subscriptions.resume,
    "GET invoices": invoice_doors.listed,
    "POST invoices/create_preview": invoice_doors.preview,
    "GET invoices/:": invoice_doors.retrieve,
    "POST invoices/:": invoice_doors.update,
    "POST invoices/:/finalize": invoice_doors.finalize,
    "POST invoices/:/pay": invoice_doors.pay,
    "POST invoices/:/void": invoice_doors.void,
    "POST invoices/:/mark_uncollectible": invoice_doors.mark_uncollectible,
    "GET invoices/:/lines": invoice_doors.invoice_lines,
    "GET invoice_payments": invoice_doors.payments,
    "GET invoiceitems": invoice_doors.items,
    "POST checkout/sessions": checkout.create,
    "GET checkout/sessions": checkout.listed,
    "GET checkout/sessions/:": checkout.retrieve,
    "GET checkout/sessions/:/line_items": checkout.line_items,
    "POST checkout/sessions/:/expire": checkout.expire,
    "POST refunds": refunds.create,
    "GET refunds": refunds.listed,
    "GET refunds/:": refunds.retrieve,
    "POST refunds/:": refunds.update,
    "GET disputes": disputes.listed,
    "GET disputes/:": disputes.retrieve,
    "POST disputes/:": disputes.update,
    "POST disputes/:/close": disputes.close,
    "POST billing_portal/sessions": portal.create,
    "POST billing/meters": meters.create,
    "GET billing/meters": meters.listed,
    "GET billing/meters/:": meters.retrieve,
    "GET billing/meters/:/event_summaries": meters.summaries,
    "POST billing/meter_events": meters.report,
    "POST test_helpers/test_clocks": frozen_clocks.create,
    "GET test_helpers/test_clocks": frozen_clocks.listed,
    "GET test_helpers/test_clocks/:": frozen_clocks.retrieve,
    "POST test_helpers/test_clocks/:/advance": frozen_clocks.advance,
    "DELETE test_helpers/test_clocks/:": frozen_clocks.delete,
    "GET events": events.listed,
    "GET events/:": events.retrieve,
    "POST webhook_endpoints": events.create_endpoint,
    "GET webhook_endpoints": events.listed_endpoints,
    "GET webhook_endpoints/:": events.retrieve_endpoint,
    "POST webhook_endpoints/:": events.update_endpoint,
    "DELETE webhook_endpoints/:": events.delete_endpoint,
}

REACTIONS: Reactions = {
    "payment_intent.succeeded": [invoices.intent_paid],
    "payment_intent.payment_failed": [invoices.intent_failed],
    "invoice.paid": [lifecycle.paid],
    "invoice.payment_failed": [lifecycle.unpaid],
    "invoice.voided": [lifecycle.voided],
    "setup_intent.succeeded": [lifecycle.set_up],
    "charge.succeeded": [disputes.if_card_disputes],
}


def _pattern(route: str) -> re.Pattern[str]:
    method, _, path = route.partition(" ")
    return re.compile(f"{method} /v1/{path.replace(':', '([A-Za-z0-9_-]+)')}")


PATTERNS = [(_pattern(route), handler) for route, handler in ROUTES.items()]


def call(peer: Peer, method: str, path: str, given: dict[str, Any]) -> Object:
    """The answer to a request. Raises Refusal for one that cannot be carried out."""
    for pattern, handler in PATTERNS:
        if found := pattern.fullmatch(f"{method} {path}"):
            paths = parameters.read(answers.Expand, {"expand": given.pop("expand", [])})["expand"]
            shape = get_type_hints(handler).get("given")
            if shape:
                told = handler(peer, *found.groups(), parameters.read(shape, given))
            else:
                parameters.read(_Nothing, given)
                told = handler(peer, *found.groups())
            told = told if told["object"] == "list" else answers.render(peer, told)
            return dict(answers.expand(peer, told, paths))
    message = f"Unrecognized request URL ({method}: {path})."
    refusal = invalid(message)
    refusal.status = 404
    raise refusal
