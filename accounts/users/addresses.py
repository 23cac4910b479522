"""E-mail addresses: what is one, and when two are the same."""

from email_validator import EmailNotValidError, validate_email

from kit.errors import BadInput
from kit.secrets import Secrets

LONGEST = 254  # RFC 5321's path, less its brackets


def read_address(text: str) -> str:
    """The address as mail is sent to it. Raises BadInput, which does not repeat what was given.

    Its host is not looked up: that is told by the mail that comes back or does not.
    """
    if len(text) > LONGEST:
        raise BadInput(f"an e-mail address has at most {LONGEST} characters")
    try:
        # Addresses of a network of one's own (ana@mail.corp) are addresses too.
        found = validate_email(text.strip(), check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise BadInput("this is not an e-mail address") from None
    return found.normalized


def digest_of(secrets: Secrets, address: str) -> bytes:
    """What finds the address again: one person has it, whatever its case."""
    return secrets.digest("email", address.lower())
