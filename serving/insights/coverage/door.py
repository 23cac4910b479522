"""The door of coverage."""

from serving.doors import Door
from serving.insights.coverage.queries import coverage
from serving.insights.coverage.schemas import EXAMPLE, CoverageAnswer, CoverageQuestion

DOOR = Door(
    path="/api/premium/coverage",
    name="coverage",
    service="coverage",
    question=CoverageQuestion,
    shape=CoverageAnswer,
    answer=coverage,
    filled=lambda told: bool(told["cells"]),
    example=EXAMPLE,
    methods=("GET",),
    light=False,
)
