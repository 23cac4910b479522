"""What command-line programs ask of customers; `url` is an operator's role."""

from accounts.programs import in_transaction
from billing.customers import repository


def anybody_known(url: str) -> bool:
    """Whether any user is a customer in Stripe."""
    return in_transaction(url, repository.any_known)
