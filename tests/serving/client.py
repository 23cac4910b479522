"""Asks an application in this process, from tests that are not asynchronous."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from fastapi import FastAPI


class Client:
    """Runs the application's lifespan and requests on an event loop in a thread of its own."""

    def __init__(self, loop: asyncio.AbstractEventLoop, app: FastAPI, headers: dict[str, str]) -> None:
        self._loop, self.app, self._headers = loop, app, headers

    def with_headers(self, **headers: str) -> "Client":
        """The same application, asked with further headers."""
        return Client(self._loop, self.app, self._headers | headers)

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request; a failure of the application is its answer."""
        return asyncio.run_coroutine_threadsafe(self._ask(method, path, more), self._loop).result(30)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What a part of the application does on its own loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _ask(self, method: str, path: str, more: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        headers = self._headers | more.pop("headers", {})
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            return await client.request(method, path, headers=headers, **more)


@contextmanager
def serving(app: FastAPI) -> Iterator[Client]:
    """A client of the application while it is up."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def whole(started: threading.Event, ended: asyncio.Event) -> None:
        async with app.router.lifespan_context(app):
            started.set()
            await ended.wait()

    started, ended = threading.Event(), asyncio.Event()
    life = asyncio.run_coroutine_threadsafe(whole(started, ended), loop)
    life.add_done_callback(lambda _: started.set())
    assert started.wait(60)
    if life.done():
        life.result()
    try:
        yield Client(loop, app, {})
    finally:
        loop.call_soon_threadsafe(ended.set)
        life.result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
