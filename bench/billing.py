"""What billing costs: credits that are spent, licences that are validated, webhooks that are taken."""

from bench import credits, licences, webhooks
from bench.measure import Measure


def run() -> list[Measure]:
    """Each against its own reference."""
    return [*credits.run(), *licences.run(), *webhooks.run()]
