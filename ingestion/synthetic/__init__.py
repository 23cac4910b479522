"""A seeded labour market whose truth is known: for the demo, the tests and the benchmarks."""

from ingestion.synthetic.connector import demo_sources, market_sources
from ingestion.synthetic.market import Market

__all__ = ["Market", "demo_sources", "market_sources"]
