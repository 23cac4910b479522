from pathlib import Path

from kit.identifiers import hash_of_files


def test_a_hash_of_files_knows_their_names_and_contents_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("one.py", "deep/two.py", "three.csv"):
        (tmp_path / name).write_text(name)
    before = hash_of_files(tmp_path, "**/*.py")
    assert hash_of_files(tmp_path, "**/*.py", "one.py") == before
    (tmp_path / "three.csv").write_text("other")
    assert hash_of_files(tmp_path, "**/*.py") == before
    (tmp_path / "one.py").write_text("other")
    edited = hash_of_files(tmp_path, "**/*.py")
    (tmp_path / "one.py").rename(tmp_path / "four.py")
    assert len({before, edited, hash_of_files(tmp_path, "**/*.py"), hash_of_files(tmp_path, "**/*")}) == 4
