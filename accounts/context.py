"""What services of accounts need beside a database session."""

from dataclasses import dataclass
from functools import cached_property

from accounts.passwords.hashing import Hasher
from accounts.providers.settings import Providers, read_providers
from accounts.sessions.keyring import KeyRing
from accounts.settings import AccountSettings
from kit.clock import Clock, system_clock
from kit.secrets import Secrets


@dataclass(frozen=True)
class Context:
    """One for each process."""

    secrets: Secrets
    settings: AccountSettings
    clock: Clock = system_clock

    @cached_property
    def keyring(self) -> KeyRing:
        """The keys that sign access tokens, as this process knows them."""
        return KeyRing(self.secrets, self.settings, self.clock)

    @cached_property
    def hasher(self) -> Hasher:
        """What hashes passwords."""
        return Hasher(self.settings)

    @cached_property
    def providers(self) -> Providers:
        """The identity providers that this installation trusts, by name. Raises BadInput for a file that is wrong."""
        return read_providers(self.settings.providers)


def context_of(settings: AccountSettings, clock: Clock = system_clock) -> Context:
    """The context that these settings describe. Raises BadInput for a secret key that is none."""
    return Context(settings.secrets(), settings, clock)
