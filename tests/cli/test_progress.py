"""Progress where nobody looks at a terminal: a few lines, however many steps."""

import pytest

from cli.progress import progress_bar


def test_a_log_has_a_line_for_each_part_and_one_for_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("backup") as progress:
        for done in range(5_000):
            progress("landing" if done < 4_000 else "releases", done, 5_000)
        progress("releases", 5_000, 5_000)
    told = capsys.readouterr().err.splitlines()
    assert told == ["backup: landing (0/5000)", "backup: releases (4000/5000)", "backup: releases (5000/5000)"]
