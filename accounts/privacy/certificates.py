"""Signed statements of what was erased where. Whoever has the installation's public key can check one anywhere."""

import json
import uuid
from datetime import datetime
from typing import Any, NamedTuple

from accounts.context import Context
from kit.errors import BadInput
from kit.signing import Signer, signed_by

KIND = "payband-erasure-certificate-1"


class Certificate(NamedTuple):
    """`document` is JSON, to be checked byte for byte; `signature` Ed25519 in base64url, as is the key."""

    document: str
    signature: str
    public_key: str


def signer(context: Context) -> Signer:
    """What certificates are signed with."""
    return Signer(context.secrets, "erasure")


def issue(
    context: Context, number: uuid.UUID, user_id: uuid.UUID, asked_at: datetime, erased: dict[str, Any], now: datetime
) -> Certificate:
    """A certificate of what was erased; it names an id that is nobody's any more."""
    told = {
        "kind": KIND,
        "certificate": str(number),
        "installation": context.settings.public_url,
        "account": str(user_id),
        "asked_at": asked_at.isoformat(),
        "erased_at": now.isoformat(),
        "erased": erased,
    }
    document = json.dumps(told, sort_keys=True)
    ours = signer(context)
    return Certificate(document, ours.sign(document.encode()), ours.public)


def check(text: str, public_key: str) -> dict[str, Any]:
    """What a certificate says, when the holder of this key signed it. Raises BadInput otherwise.

    `text` is the JSON that the API and the command line give: document, signature, public_key.
    """
    try:
        told = json.loads(text)
        document, signature = told["document"], told["signature"]
        good = isinstance(document, str) and signed_by(public_key, document.encode(), signature)
        said = json.loads(document) if good else {}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BadInput("this is not a certificate: JSON with document, signature and public_key") from None
    if not good or said.get("kind") != KIND:
        raise BadInput("the certificate was changed, or somebody else signed it")
    return dict(said)
