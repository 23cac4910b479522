"""Where labelled sets lie. A folder holds some of them; what it lacks is not scored."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sets:
    """The folders that a scoring run looks into, and how much it simulates.

    `data` has the folders eval/, truth/ and salaries/; `reference` holds full taxonomies (O*NET, ESCO). Either may be
    None. `markets` is the number of simulated markets of each kind; fewer make a quicker, rougher look.
    """

    data: Path | None = None
    reference: Path | None = None
    markets: int = 2000

    def find(self, name: str) -> Path | None:
        """The file `name` ("eval/company_pairs.parquet") of the data folder, or None."""
        path = self.data / name if self.data else None
        return path if path and path.exists() else None

    def missing(self, name: str) -> str:
        """Why a set is not scored. The folder is not named: scores are shipped, and say nothing of a machine."""
        return f"not scored: no {name} in the data folder" if self.data else f"not scored: no data folder with {name}"
