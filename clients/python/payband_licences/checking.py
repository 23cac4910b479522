"""Whether a licence file is good on this machine, now."""

import time
from collections.abc import Sequence
from pathlib import Path

from .fingerprints import equal
from .reading import Licence, Refused, read, read_revocations
from .state import State, load, save

LEEWAY_S = 300  # by which clocks may differ, and be set back


def check(
    text: str,
    *,
    public_keys: Sequence[str],
    fingerprint: str,
    product: str,
    state: Path,
    fetched: bool = False,
    revocations: str | None = None,
    now: int | None = None,
) -> Licence:
    """What the licence allows. Raises Refused with the reason why it is not good here and now.

    `state` is a file that this library keeps; it may be missing when `text` was `fetched` just now, and at no other
    time. `revocations` is the text of a list when there is a newer one, `now` seconds of the epoch when it is not for
    the machine's clock to say.
    """
    moment, seen = int(time.time()) if now is None else now, load(state, new=fetched)
    licence = read(text, public_keys)
    if revocations is not None:
        _learn(seen, *read_revocations(revocations, public_keys))
    reason = _refusal(licence, seen, fingerprint, product, moment)
    seen.latest = max(seen.latest, moment)
    if reason is None:
        seen.counters[licence.licence] = licence.counter
    save(state, seen)
    if reason is not None:
        raise Refused(reason)
    return licence


def _learn(seen: State, made_at: int, revoked: frozenset[str]) -> None:
    """Believe a list, unless a later one was seen: what it does not name any more was reinstated."""
    if made_at >= seen.revoked_at:
        seen.revoked_at, seen.revoked = made_at, sorted(revoked)


def _refusal(licence: Licence, seen: State, fingerprint: str, product: str, moment: int) -> str | None:
    if product != licence.product:
        return "wrong-product"
    if equal(licence.fingerprint, fingerprint) < licence.equal_components:
        return "other-machine"
    if licence.licence in seen.revoked:
        return "revoked"
    if moment < max(seen.latest, licence.issued_at) - LEEWAY_S:
        return "clock-rolled-back"
    if licence.counter < seen.counters.get(licence.licence, 0):
        return "superseded"
    return "expired" if moment >= licence.expires_at else None
