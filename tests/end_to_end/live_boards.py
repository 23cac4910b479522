"""Every source of examples/live.yaml as a server on 127.0.0.1: recordings, and answers written for this test."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.conftest import ROOT
from tests.recordings.peer import Peer, serving
from tests.recordings.wages import national_wages

LIVE = ROOT / "examples" / "live.yaml"
JOBS_A_BOARD = 2


class Boards(Peer):
    """Greenhouse boards, whatever their name: each seeks developers in New York, so that a figure can be published."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        board = request.url.path.split("/")[3]
        jobs = [_job(board, number) for number in range(JOBS_A_BOARD)]
        return httpx.Response(200, json={"jobs": jobs, "meta": {"total": len(jobs)}})


def _job(board: str, number: int) -> dict[str, Any]:
    low = 110_000 + 1_000 * (len(board) * 7 % 23) + 15_000 * number
    team = ("lanterns", "tides")[number]
    return {
        "id": zlib.crc32(board.encode()) * 10 + number,
        "title": "Software Engineer",
        "company_name": board.title(),
        "absolute_url": f"https://boards.invalid/{board}/{number}",
        "location": {"name": "New York, NY"},
        "first_published": datetime.now(UTC).isoformat(),
        "content": f"<p>{board} builds {team}. You write Python and SQL for {team} every day.</p>",
        "pay_input_ranges": [
            {
                "min_cents": low * 100,
                "max_cents": (low + 40_000) * 100,
                "currency_type": "USD",
                "title": "Annual salary",
            }
        ],
    }


class Downloads(Peer):
    """Official files, in their published form with contents of our own."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        made = {"oesm24nat.zip": national_wages, "db_29_0_text.zip": _onet}[request.url.path.rpartition("/")[2]]
        return httpx.Response(200, content=made(), headers={"Content-Type": "application/zip"})


def _onet() -> bytes:
    tables = {
        "Occupation Data": "O*NET-SOC Code\tTitle\tDescription\n15-1252.00\tSoftware Developers\tx\n",
        "Alternate Titles": "O*NET-SOC Code\tAlternate Title\tShort Title\n15-1252.00\tLantern Programmer\tn/a\n",
        "Sample of Reported Titles": "O*NET-SOC Code\tReported Job Title\n15-1252.00\tTide Coder\n",
    }
    return _zipped({f"db_29_0_text/{name}.txt": text.encode() for name, text in tables.items()})


def _zipped(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


def _peer(kind: str) -> Peer:
    return {"greenhouse": Boards}.get(kind, Peer)(kind)


@contextmanager
def served(folder: Path) -> Iterator[Path]:
    """examples/live.yaml with every host replaced by a server of this machine, for as long as the block runs.

    Greenhouse keeps its boards; the boards of others are those that were recorded.
    """
    live = yaml.safe_load(LIVE.read_text())
    with ExitStack() as servers:
        downloads = servers.enter_context(serving(Downloads("greenhouse")))
        for source in live["sources"]:
            given = source.setdefault("options", {})
            if "url" in given:
                given["url"] = f"{downloads.server}/{given['url'].rpartition('/')[2]}"
                continue
            peer = servers.enter_context(serving(_peer(source["connector"])))
            told = peer.options
            given |= {"base_url": told["base_url"]} if isinstance(peer, Boards) else told
        for name, url in live["reference"].items():
            live["reference"][name] = f"{downloads.server}/{url.rpartition('/')[2]}"
        path = folder / "live.yaml"
        path.write_text(yaml.safe_dump(live))
        yield path
