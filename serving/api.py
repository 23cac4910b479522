"""The table of contents: every door of the insights."""

from serving.doors import Door
from serving.insights.salaries.door import DOOR as SALARIES

DOORS: tuple[Door, ...] = (SALARIES,)
