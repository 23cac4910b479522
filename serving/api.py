"""The table of contents: every door of the insights."""

from serving.doors import Door
from serving.insights.coverage.door import DOOR as COVERAGE
from serving.insights.markets.door import DOOR as MARKETS
from serving.insights.revisions.door import DOOR as REVISIONS
from serving.insights.salaries.door import DOOR as SALARIES

DOORS: tuple[Door, ...] = (SALARIES, MARKETS, COVERAGE, REVISIONS)
