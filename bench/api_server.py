"""The served application with two more endpoints that return the bytes of one answer: for bench.api."""

from typing import Any

from fastapi import FastAPI
from fastapi.responses import Response

from serving import worker
from serving.insights.salaries.queries import salary_insights
from serving.insights.salaries.schemas import SalaryQuestion


def app() -> Any:
    """`/bare` is a route of the same framework; `/floor` stands before it: the server and nothing else."""
    served: FastAPI = worker.app()
    kept: list[bytes] = []

    def answer() -> bytes:
        if not kept:
            question = SalaryQuestion(job_title="Software Developers", location="New York, NY", experience_years=3)
            kept.append(salary_insights(served.state.shelf.reader(), question))
        return kept[0]

    @served.get("/bare")
    async def bare() -> Response:
        return Response(answer(), media_type="application/json")

    async def floor(scope: Any, receive: Any, send: Any) -> None:
        if scope.get("path") != "/floor":
            await served(scope, receive, send)
            return
        body = answer()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return floor
