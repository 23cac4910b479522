"""robots.txt: asked once a site, obeyed for every page (RFC 9309). For HTML pages; APIs are made to be asked."""

from urllib.parse import urlsplit

import httpx
from protego import Protego

from kit.errors import Retriable

_FORBID_ALL = "User-agent: *\nDisallow: /"
_MAX_BYTES = 512 * 1024  # the standard asks for 500 KiB at least; what comes after is not read


class Robots:
    """What the robots.txt of each site allows the client's User-Agent; one instance a run keeps the answers."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self._rules: dict[str, Protego] = {}

    def allows(self, url: str) -> bool:
        """May this page be read? Raises NetworkOff."""
        return self._of(url).can_fetch(url, self._http.headers["User-Agent"])

    def delay_s(self, url: str) -> float:
        """The pause between two pages that the site asks for; 0 where it asks for none."""
        return self._of(url).crawl_delay(self._http.headers["User-Agent"]) or 0

    def _of(self, url: str) -> Protego:
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._rules:
            self._rules[site] = Protego.parse(self._text(site))
        return self._rules[site]

    def _text(self, site: str) -> str:
        """No file (4xx) allows everything; a site that cannot say (5xx, unreachable) allows nothing."""
        try:
            response = self._http.get(f"{site}/robots.txt")
        except (Retriable, httpx.TooManyRedirects):
            return _FORBID_ALL
        if response.status_code == 429 or response.status_code >= 500:
            return _FORBID_ALL
        if response.status_code >= 400:
            return ""
        return response.content[:_MAX_BYTES].decode("utf-8", "replace")
