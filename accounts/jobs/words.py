"""How a failed job is told in a log: by our own words, or by where it happened.

An exception of another library may quote what it was given, a person's address say; so its text is never repeated.
"""

import logging
import traceback

from kit.errors import PaybandError

MOST = 500  # characters of a reason


def reason_of(error: BaseException) -> str:
    """What we said ourselves, else the kind of error and its place."""
    if isinstance(error, PaybandError):
        return str(error)[:MOST]
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}; the worker's log has more"


def _way_to(error: BaseException) -> str:
    """The frames of our own code, and the last one."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames[:-1] if "site-packages" not in frame.filename]
    return "".join(traceback.format_list([*ours, *frames[-1:]]))


class WithoutTheirWords(logging.Filter):
    """Exceptions in records become their reason, and for those of others the way through the code."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            way = "" if isinstance(error, PaybandError) else f"\n{_way_to(error)}"
            record.msg, record.args, record.exc_info = f"{record.getMessage()}: {reason_of(error)}{way}", (), None
        return True
