"""Reference data by URL: fetched once, unpacked whole or not at all."""

import io
import zipfile
from pathlib import Path

import httpx
import pytest

from ingestion.downloads import reference_paths
from kit.errors import Permanent
from kit.http import HttpSettings, NetworkOff, client
from kit.store import Store

URL = "https://tables.invalid/releases/tables_1.zip"


def packed(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, f"text of {name}")
    return held.getvalue()


class Site:
    def __init__(self, *answers: httpx.Response) -> None:
        self.answers = list(answers)

    def client(self, network: str = "on") -> httpx.Client:
        transport = httpx.MockTransport(lambda _: self.answers.pop(0))
        return client(HttpSettings.model_validate({"network": network}), transport, sleep=lambda _: None)


def test_an_archive_is_fetched_once_and_its_one_folder_is_given(tmp_path: Path) -> None:
    http = Site(httpx.Response(200, content=packed("db/Occupation Data.txt", "db/Read Me.txt"))).client()
    for _ in range(2):  # the second time there is no answer left to give
        found = reference_paths({"onet": URL}, None, Store(tmp_path), http)["onet"]
        assert found.name == "db"
        assert (found / "Occupation Data.txt").read_text() == "text of db/Occupation Data.txt"


def test_several_files_of_an_archive_stay_together_and_a_plain_file_is_itself(tmp_path: Path) -> None:
    http = Site(httpx.Response(200, content=packed("a.txt", "b.txt")), httpx.Response(200, text="a,b\n")).client()
    found = reference_paths({"many": URL, "one": "https://tables.invalid/rates.csv"}, None, Store(tmp_path), http)
    assert sorted(path.name for path in found["many"].iterdir()) == ["a.txt", "b.txt"]
    assert found["one"].read_text() == "a,b\n"


def test_paths_stay_below_the_data_folder(tmp_path: Path) -> None:
    found = reference_paths({"onet": "reference"}, tmp_path / "data", Store(tmp_path), Site().client("off"))
    assert found == {"onet": tmp_path / "data" / "reference"}


def test_what_cannot_be_had_leaves_nothing_behind(tmp_path: Path) -> None:
    page = httpx.Response(200, html="<p>Please log in</p>")
    for answer, message in ((httpx.Response(403), "403"), (page, "no zip archive")):
        with pytest.raises(Permanent, match=message):
            reference_paths({"onet": URL}, None, Store(tmp_path), Site(answer).client())
    with pytest.raises(NetworkOff):
        reference_paths({"onet": URL}, None, Store(tmp_path), Site().client("off"))
    assert not list(Store(tmp_path).reference.rglob("tables_1*"))  # files that are being written have a dot before


def test_no_member_of_an_archive_leaves_its_folder(tmp_path: Path) -> None:
    http = Site(httpx.Response(200, content=packed("../../outside.txt", "inside.txt"))).client()
    found = reference_paths({"onet": URL}, None, Store(tmp_path / "store"), http)["onet"]
    assert sorted(path.name for path in found.iterdir()) == ["inside.txt", "outside.txt"]
    assert len(list(tmp_path.rglob("outside.txt"))) == 1
