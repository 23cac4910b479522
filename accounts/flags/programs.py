"""What command-line programs ask of flags."""

from accounts.audit import OPERATOR
from accounts.context import Context
from accounts.flags import service
from accounts.flags.service import Setting
from accounts.programs import in_transaction


def list_flags(url: str, context: Context) -> list[Setting]:
    """Every flag, as it is set in this environment."""
    return in_transaction(url, lambda session: service.settings(session, context))


def set_flag(url: str, context: Context, name: str, percent: int | None, reason: str) -> Setting:
    """Let a flag out to so many in a hundred; None: to as many as usual. Raises Refused."""
    return in_transaction(url, lambda session: service.change(session, context, name, percent, OPERATOR, reason))
