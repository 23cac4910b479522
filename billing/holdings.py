"""What billing holds of a person, in the order in which it is erased: what refers to others first.

accounts.privacy.holdings takes it in: what stands here is exported and erased with all the rest.
"""

from accounts.privacy.holding import CREDENTIAL, HASH, Holding
from billing.credits.models import Books, Entry, Lot, Operation
from billing.credits.service import REASON
from billing.customers.models import Customer
from billing.hooks.models import Hook, HookDelivery
from billing.hooks.service import BODY, URL
from billing.licences.models import Licence, Machine, OfflineFile
from billing.overage.models import OverageChoice, OverageHour, OverageLease
from billing.payments.models import Dispute, Invoice, InvoiceLine, Payment, Refund
from billing.subscriptions.models import Entitled, Subscription
from billing.uses.models import ServiceUse

ORIGIN = "what it was first paid with, which may be somebody else's who handed it on to you"

HOLDINGS: tuple[Holding, ...] = (
    Holding(Customer, "Who you are at our payment provider, where you are deleted too"),
    Holding(Subscription, "Your subscriptions, as our payment provider has them"),
    Holding(Entitled, "The plan that you have by them, and until when"),
    Holding(OverageChoice, "Whether you pay for requests above your plan's limit, and at most how much"),
    Holding(OverageLease, "Requests above that limit that are not counted yet"),
    Holding(OverageHour, "Requests above that limit, by the hour", "kept"),
    Holding(Machine, "Machines that your licences are bound to", withholds={"components": HASH}),
    Holding(OfflineFile, "Machines that have an offline licence", withholds={"components": HASH}),
    Holding(
        Licence, "Your licences, without their keys", withholds={"hash": HASH, "transfer_hash": HASH, "origin": ORIGIN}
    ),
    Holding(Refund, "What was paid back to you", "kept"),
    Holding(Dispute, "Payments that your bank took back", "kept"),
    Holding(Payment, "What you paid, and what you were given for it", "kept"),
    Holding(InvoiceLine, "What those invoices are for", "kept"),
    Holding(Invoice, "Invoices to you", "kept"),
    Holding(ServiceUse, "What you used of what is counted or paid", withholds={"digest": HASH}),
    Holding(Entry, "Where credits came from and went, for each operation", "kept"),
    Holding(
        Operation,
        "What was done with your credits, when and by whom",
        "sealed for good",
        opens={"reason_sealed": REASON},
        withholds={"content": HASH},
    ),
    Holding(Lot, "Credits that were given to you", "kept"),
    Holding(Books, "When credits of yours expire next", "kept"),
    Holding(HookDelivery, "What was sent to your webhook endpoints", opens={"body_sealed": BODY}),
    Holding(
        Hook,
        "Your webhook endpoints",
        opens={"url_sealed": URL},
        withholds={"secret_sealed": CREDENTIAL, "old_secret_sealed": CREDENTIAL},
    ),
)
