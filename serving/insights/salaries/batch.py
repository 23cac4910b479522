"""POST /api/premium/salary-insights/batch: many questions at once, of which each that has an answer is paid."""

from collections.abc import Sequence
from typing import Annotated

import orjson
from fastapi import APIRouter, Body, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from accounts.identity import Caller
from billing.services import ServiceName
from serving import paying
from serving.access import Guard, Needs
from serving.answers import Told
from serving.description import problems_of
from serving.doors import SCOPE, Answer, answer, name_of
from serving.insights.salaries.door import DOOR
from serving.insights.salaries.schemas import EXAMPLE, SalaryAnswer, SalaryQuestion
from serving.once import Once
from serving.paying import AlsoDry, MayBeDry, Price
from serving.reader import Reader
from serving.shelf import Shelf

router = APIRouter(route_class=Once, tags=["insights"])
PATH = f"{DOOR.path}/batch"
MOST = 100  # questions, which are answered in some tens of milliseconds
MOST_BYTES = 262_144  # of a body: more than so many of the longest questions take
SERVICE: ServiceName = "salary-insights-batch"
NEEDED = Needs(SERVICE, SCOPE)


class Batch(MayBeDry):
    """Questions of salary-insights, each of the release that it names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    questions: list[SalaryQuestion] = Field(min_length=1, max_length=MOST)


class Billed(Told):
    """What the rows cost, of which `given` hold figures.

    Of these `repeated` were paid before or stand there twice, `included` come with the plan, and the others cost
    `credits` together. `available` credits are left, if the caller may spend any.
    """

    given: int
    repeated: int
    included: int
    credits: int
    available: int | None


class BatchAnswer(BaseModel):
    """An answer of salary-insights for each question, in their order, and what they cost."""

    rows: list[SalaryAnswer]
    bill: Billed


@router.post(
    PATH,
    name=SERVICE,
    response_model=BatchAnswer | Price,
    responses=problems_of("no-such-release", "no-release", "no-sample-release") | paying.PROBLEMS,
)
async def ask_many(
    request: Request,
    caller: Annotated[Caller, Depends(Guard(NEEDED))],
    batch: Annotated[Batch, Body(openapi_examples={"usual": {"value": {"questions": [EXAMPLE]}}})],
    also: AlsoDry,
) -> Response:
    """Up to a hundred questions at once. A row without figures costs nothing, nor one that was paid within a day."""
    stand = request.app.state.stands[caller.mode]
    await stand.shelf.wanted()
    readers = await run_in_threadpool(_readers, stand.shelf, batch.questions)
    names = [name_of(DOOR, each, reader.id) for each, reader in zip(batch.questions, readers, strict=True)]

    async def make() -> tuple[list[Answer], list[bool]]:
        return await run_in_threadpool(_answers, stand.shelf, batch.questions, readers)

    if batch.dry_run or also.dry_run:
        _, good = await make()
        price = await paying.price(request, caller, NEEDED, names, good, _only(readers))
        return _response(price.model_dump_json().encode(), readers)
    if paying.is_free(NEEDED, caller):
        rows, good = await make()
        bill = paying.nothing_for(sum(good))
    else:
        rows, bill = await paying.sell(request, caller, SERVICE, names, make)
    told = {"rows": [orjson.Fragment(row.body) for row in rows], "bill": bill}
    response = _response(orjson.dumps(told), readers)
    response.headers[paying.CHARGED] = str(bill.credits)
    return response


def _readers(shelf: Shelf, questions: Sequence[SalaryQuestion]) -> list[Reader]:
    return [shelf.reader(each.release, each.as_of) for each in questions]


def _answers(
    shelf: Shelf, questions: Sequence[SalaryQuestion], readers: Sequence[Reader]
) -> tuple[list[Answer], list[bool]]:
    made = [answer(shelf, DOOR, each, reader) for each, reader in zip(questions, readers, strict=True)]
    return made, [DOOR.filled(orjson.loads(each.body)) for each in made]


def _only(readers: Sequence[Reader]) -> str | None:
    """The release that all are of."""
    found = {reader.id for reader in readers}
    return found.pop() if len(found) == 1 else None


def _response(body: bytes, readers: Sequence[Reader]) -> Response:
    headers = {"Cache-Control": "no-store"}
    release = _only(readers)
    if release is not None:
        headers["X-Release"] = release
    return Response(body, headers=headers, media_type="application/json")
