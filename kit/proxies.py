"""Through the proxy that the environment names, where it names one.

httpx looks at HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY only when it makes its own transport, and ours is not.
"""

from urllib.request import getproxies_environment, proxy_bypass

import httpx


class ByEnvironment(httpx.BaseTransport):
    """A direct transport, and one for each proxy of the environment as it is when the transport is made."""

    def __init__(self) -> None:
        self._direct = httpx.HTTPTransport()
        self._proxies = getproxies_environment()
        self._through: dict[str, httpx.HTTPTransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._transport(request.url).handle_request(request)

    def close(self) -> None:
        for transport in (self._direct, *self._through.values()):
            transport.close()

    def _transport(self, url: httpx.URL) -> httpx.HTTPTransport:
        proxy = self._proxies.get(url.scheme) or self._proxies.get("all")
        if proxy is None or url.host in ("localhost", "127.0.0.1", "::1") or proxy_bypass(url.host):
            return self._direct
        if proxy not in self._through:
            self._through[proxy] = httpx.HTTPTransport(proxy=proxy)
        return self._through[proxy]
