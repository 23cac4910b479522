"""`python -m tests.lint_dbt`: compile every model of the dbt project and lint the SQL that engines would see.

Linting the compiled SQL needs no templater that imitates dbt, so macros and `adapter.dispatch` are what they are.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from kit.store import Store
from orchestration.dbt_runner import run_dbt

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder).resolve())
        run_dbt(store, command="compile")
        compiled = store.root / "warehouse" / "dbt" / "compiled" / "payband" / "models"
        command = [sys.executable, "-m", "sqlfluff", "lint", "--config", str(ROOT / ".sqlfluff"), "--templater", "raw"]
        return subprocess.run([*command, "--disable-progress-bar", str(compiled)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
