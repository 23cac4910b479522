"""Subscriptions as the tests make them and look at them."""

DAY = 86400


def subscribed(client, customer, price, **more):
    return client.v1.subscriptions.create({"customer": customer.id, "items": [{"price": price.id}]} | more)


def of(client, sub):
    return client.v1.subscriptions.retrieve(sub.id, {"expand": ["latest_invoice.confirmation_secret"]})


def item(sub):
    return sub["items"].data[0]


def invoices(client):
    """(reason, status, total) of each, oldest first."""
    return [(each.billing_reason, each.status, each.total) for each in client.v1.invoices.list().data[::-1]]


def lines(invoice):
    return [(each.amount, each.period.start, each.period.end) for each in invoice.lines.data]
