"""What billing holds of a person, in the order in which it is erased: what refers to others first.

accounts.privacy.holdings takes it in: what stands here is exported and erased with all the rest.
"""

from accounts.privacy.holding import Holding

HOLDINGS: tuple[Holding, ...] = ()
