"""What billing can be told, by the environment."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated

from pydantic import BeforeValidator, SecretStr

from kit.settings import BY_COMMAS, Settings


class BillingSettings(Settings):
    """From PAYBAND_HOOK_NETWORKS and so on."""

    stripe_api_key: Annotated[SecretStr | None, BeforeValidator(lambda given: given or None)] = None  # "" is none
    stripe_api_base: str | None = None  # another address than Stripe's own, for tests and demonstrations
    stripe_tax: bool = False  # have Stripe Tax reckon what of each price is tax

    overage: bool = False  # let subscribers pay for requests above their plan's limit, up to a cap of their own

    # What Stripe's webhooks are signed with (whsec_…): several while one takes over from another.
    stripe_webhook_secrets: Annotated[tuple[SecretStr, ...], *BY_COMMAS] = ()

    # Networks of one's own into which webhooks may be sent, unencrypted too; everything that is not public is refused.
    hook_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], *BY_COMMAS] = ()
