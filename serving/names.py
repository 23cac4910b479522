"""The part of a release's taxonomy that the doors need: titles and places, without the skills and what they import."""

import json
from dataclasses import dataclass
from pathlib import Path

from kit.errors import BadInput
from normalisation.places import PlaceResolver
from normalisation.titles import TitleCoder


@dataclass(frozen=True)
class Names:
    """What titles and places mean; a subset of normalisation.taxonomy.Taxonomy, read from the same folder."""

    titles: TitleCoder
    places: PlaceResolver
    occupation_titles: dict[str, str]

    def occupation_title(self, code: str) -> str | None:
        """The title of a SOC 2018 code at any level; None for one that is not known."""
        return self.occupation_titles.get(code)


def load_names(folder: Path) -> Names:
    """From the folder that normalisation.taxonomy.save wrote. Raises BadInput where there is none."""
    try:
        told = json.loads((folder / "taxonomy.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"no taxonomy in {folder}") from None
    return Names(TitleCoder.load(folder / "titles"), PlaceResolver.load(folder / "places"), told["occupation_titles"])
