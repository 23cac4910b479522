"""The door of market-trends."""

from serving.doors import Door
from serving.insights.markets.queries import has_figures, market_trends
from serving.insights.markets.schemas import EXAMPLE, MarketAnswer, MarketQuestion

DOOR = Door(
    path="/api/premium/market-trends",
    name="market-trends",
    service="market-trends",
    question=MarketQuestion,
    shape=MarketAnswer,
    answer=market_trends,
    filled=has_figures,
    example=EXAMPLE,
    light=False,
)
