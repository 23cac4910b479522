"""What billing costs: credits that are spent, and licences that are validated."""

from bench import credits, licences
from bench.measure import Measure


def run() -> list[Measure]:
    """Both, each against its own reference."""
    return [*credits.run(), *licences.run()]
