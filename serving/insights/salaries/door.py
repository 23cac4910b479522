"""The door of salary-insights."""

from serving.doors import Door
from serving.insights.salaries.queries import salary_insights
from serving.insights.salaries.schemas import EXAMPLE, SalaryAnswer, SalaryQuestion

DOOR = Door(
    path="/api/premium/salary-insights",
    name="salary-insights",
    service="salary-insights",
    question=SalaryQuestion,
    shape=SalaryAnswer,
    answer=salary_insights,
    filled=lambda told: told["evidence"]["reason"] is None,
    example=EXAMPLE,
)
