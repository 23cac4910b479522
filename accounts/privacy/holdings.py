"""Everything that is held on a person: for each table how it is handed out and how it is erased.

A table with row-level security that is not named here fails the tests, and so does a column of bytes that is neither
opened nor withheld with a reason. What other packages hold is taken in by name: BEYOND.
"""

from collections.abc import Iterator
from importlib import import_module

from accounts.audit.models import AuditRow
from accounts.audit.service import FIELD as AUDIT_DETAIL
from accounts.idempotency.models import IdempotencyKey
from accounts.keys.models import ApiKey
from accounts.keys.networks import NETWORKS
from accounts.keys.showing import NAME as KEY_NAME
from accounts.mail.models import Mail
from accounts.mail.service import ADDRESS, LETTER
from accounts.one_time.models import OneTimeToken
from accounts.one_time.service import PAYLOAD
from accounts.privacy.holding import CREDENTIAL, HASH, Holding
from accounts.privacy.models import Deletion, Export
from accounts.providers.models import SUBJECT, ProviderIdentity
from accounts.second_factor.models import RecoveryCode, SecondFactor
from accounts.sessions.models import RefreshToken, UserSession
from accounts.sessions.service import DEVICE
from accounts.usage.models import UsageDay, UsagePack, UsageRecord
from accounts.users.models import User
from accounts.users.service import EMAIL, NAME
from accounts.vault.models import SealedKey

# What other packages hold of a person, as `module:name`: accounts imports none of them.
BEYOND = ("billing.holdings:HOLDINGS",)


def _beyond() -> Iterator[Holding]:
    for module, _, name in (place.partition(":") for place in BEYOND):
        yield from getattr(import_module(module), name)


# In the order in which they are erased: what refers to others first, the key and the user last.
HOLDINGS: tuple[Holding, ...] = (
    *_beyond(),
    Holding(RefreshToken, "Refresh tokens of your sessions", withholds={"hash": HASH}),
    Holding(UserSession, "Where you signed in", opens={"device_sealed": DEVICE}, json=frozenset({"device_sealed"})),
    Holding(
        ApiKey,
        "Your API keys, without their texts",
        opens={"name_sealed": KEY_NAME, "networks_sealed": NETWORKS},
        withholds={"hash": HASH},
        json=frozenset({"networks_sealed"}),
    ),
    Holding(
        Mail,
        "Messages to you that are not sent yet, and when others were",
        opens={"address_sealed": ADDRESS, "letter_sealed": LETTER},
        json=frozenset({"letter_sealed"}),
    ),
    Holding(
        OneTimeToken,
        "Links that were sent to you",
        opens={"payload_sealed": PAYLOAD},
        withholds={"hash": HASH},
    ),
    Holding(
        IdempotencyKey,
        "Answers that are kept for a day, to be given again",
        withholds={"digest": HASH, "request": HASH, "answer_sealed": CREDENTIAL},
    ),
    Holding(RecoveryCode, "Codes that replace your second factor", withholds={"digest": HASH}),
    Holding(SecondFactor, "Your second factor", withholds={"secret_sealed": CREDENTIAL}),
    Holding(
        ProviderIdentity,
        "Other identity providers by which you come in, and who you are there",
        opens={"subject_sealed": SUBJECT},
        withholds={"subject_digest": HASH},
    ),
    Holding(UsageRecord, "Each request of yours", kept_in=UsagePack),
    Holding(UsageDay, "How many requests you made, by day and endpoint"),
    Holding(
        Export,
        "Packages like this one that you asked for",
        withholds={"token_hash": HASH, "key_sealed": "the key of a package, good for that package alone"},
    ),
    Holding(Deletion, "When you asked to be erased, or changed your mind", "kept"),
    Holding(
        AuditRow,
        "What was done to your account, when and by whom",
        "sealed for good",
        opens={"sealed": AUDIT_DETAIL},
        json=frozenset({"sealed", "facts"}),
        withholds={"previous": "a link of the chain that proves the record whole", "hash": "the same"},
        also="actor_id",
    ),
    Holding(SealedKey, "The key under which all of this is sealed", exported=False),
    Holding(
        User,
        "Your account",
        "emptied",
        owner="id",
        opens={"email_sealed": EMAIL, "name_sealed": NAME},
        withholds={"email_digest": HASH, "password_hash": HASH},
    ),
)
EMPTIED = {  # what an erased user's row says; its id and when it was made stay
    "email_digest": None,
    "email_sealed": None,
    "name_sealed": None,
    "email_verified_at": None,
    "password_hash": None,
    "region": None,
    "role": "user",
    "plan": "free",
    "status": "erased",
}
