"""What is asked of a provider's own server: documents in JSON, small and soon, or not at all."""

from typing import Any

import httpx

from kit.errors import Retriable

TIMEOUT_S = 5.0
MOST_BYTES = 256 * 1024
WAIT_S = 5  # before anybody should try again


class ProviderAway(Retriable):
    """The provider does not answer, or not as it should."""

    def __init__(self, message: str) -> None:
        super().__init__(message, WAIT_S)


async def get_json(url: str, *, bearer: str | None = None) -> dict[str, Any]:
    """The JSON object at `url`. Raises ProviderAway when there is none to be had."""
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    return await _asked("GET", url, headers, None)


async def post_form(url: str, body: str) -> dict[str, Any]:
    """The JSON object that answers a form, whatever its status: OAuth tells errors in one, too. Raises ProviderAway."""
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    return await _asked("POST", url, headers, body)


async def _asked(method: str, url: str, headers: dict[str, str], body: str | None) -> dict[str, Any]:
    where = httpx.URL(url).copy_with(query=None, fragment=None)
    try:
        async with (
            httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False) as client,
            client.stream(method, url, headers=headers, content=body) as answer,
        ):
            content = await _bounded(answer)
            good = answer.status_code == httpx.codes.OK or (method == "POST" and answer.is_client_error)
            found = httpx.Response(200, content=content).json() if good else None
    except (httpx.HTTPError, ValueError) as error:
        raise ProviderAway(f"{where} does not answer as it should ({type(error).__name__})") from None
    if not isinstance(found, dict):
        raise ProviderAway(f"{where} answered {answer.status_code} without a JSON object")
    return found


async def _bounded(answer: httpx.Response) -> bytes:
    content = b""
    async for part in answer.aiter_bytes():
        content += part
        if len(content) > MOST_BYTES:
            raise ValueError("more bytes than any such document has")
    return content
