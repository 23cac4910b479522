"""The door of revisions."""

from serving.doors import Door
from serving.insights.revisions.queries import revisions
from serving.insights.revisions.schemas import EXAMPLE, RevisionsAnswer, RevisionsQuestion

DOOR = Door(
    path="/api/premium/revisions",
    name="revisions",
    service="revisions",
    question=RevisionsQuestion,
    shape=RevisionsAnswer,
    answer=revisions,
    filled=lambda told: told["reason"] is None,
    example=EXAMPLE,
    past=True,
    light=False,
)
