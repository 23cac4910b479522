"""What billing holds of a person, in the order in which it is erased: what refers to others first.

accounts.privacy.holdings takes it in: what stands here is exported and erased with all the rest.
"""

from accounts.privacy.holding import HASH, Holding
from billing.licences.models import Licence, Machine

HOLDINGS: tuple[Holding, ...] = (
    Holding(Machine, "Machines that your licences are bound to", withholds={"components": HASH}),
    Holding(Licence, "Your licences, without their keys", withholds={"hash": HASH, "transfer_hash": HASH}),
)
