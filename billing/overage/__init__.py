"""Metered overage: what somebody who wishes it is answered above their plan's hourly limit, and pays by the request.

What is billed can be proved from the records of usage: of an hour of the clock (UTC) it is how many requests were
answered (below 400) less the plan's limit, and never more than were let in above the limit. The limit itself counts in
any hour and not in those of the clock, and counts refusals too: so no way of counting lets more be billed than that.

models.py      what a user chose, what is let in of an open hour, what a closed hour came to
admission.py   letting in above the limit, within the month's cap
counting.py    closed hours, counted from the records of usage, once each
reporting.py   to Stripe's meter, once each
catalogue.py   the meter and its price in Stripe
"""
