"""How a service says no."""

from collections.abc import Mapping

from kit.errors import PaybandError


class Refused(PaybandError):
    """What was asked is not done, for a reason that its caller may know.

    `code` is one of serving.problems.CODES, `detail` what a person reads, `headers` what the answer carries, `facts`
    what a program reads: figures, and times as ISO text.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.facts = dict(facts or {})
