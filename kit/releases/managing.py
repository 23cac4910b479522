"""Check, choose and remove releases."""

from pathlib import Path
from typing import NamedTuple

from kit.errors import BadInput
from kit.releases.files import Pointer, entries, read_pointer, remove_tree, write_pointer, writing
from kit.releases.manifest import LOOKUP, MANIFEST
from kit.releases.publishing import content_of
from kit.releases.reading import Release, listing, open_release


class Damage(NamedTuple):
    """One difference between a release's files and its manifest."""

    path: str
    fault: str  # missing, changed, unknown


def verify(root: Path, name: str) -> list[Damage]:
    """Hash every file again and compare with the manifest; an empty list means that all is as it was sealed."""
    release = open_release(root, name)
    found = entries(release.folder)
    found.pop(MANIFEST)
    told = release.manifest.files
    damage = [Damage(path, "missing") for path in told if path not in found]
    damage += [Damage(path, "unknown") for path in found if path not in told]
    damage += [Damage(path, "changed") for path in told if path in found and found[path] != told[path]]
    content = {path: entry for path, entry in told.items() if path != LOOKUP}
    if content_of(content) != release.manifest.content or not name.endswith(release.manifest.content[:8]):
        damage.append(Damage(MANIFEST, "changed"))
    return sorted(damage)


def use(root: Path, name: str) -> Release:
    """Make another sealed release current; a later run publishes over it only with new content.

    Raises BadInput when there is no such release or when it failed a gate.
    """
    with writing(root):
        release = open_release(root, name)
        if release.manifest.status != "ready":
            failed = ", ".join(gate.name for gate in release.manifest.gates if not gate.passed)
            raise BadInput(f"release {name} failed its gates ({failed}) and cannot be made current")
        newest = max(other.id for other in listing(root) if other.manifest.status == "ready")
        write_pointer(root, Pointer(release.id, newest if newest != release.id else None))
        return release


def prune(root: Path, keep: int) -> list[str]:
    """Remove all but the `keep` newest good releases and the current one, and refused ones older than all of these.

    Returns the ids removed, oldest first.
    """
    if keep < 1:
        raise BadInput("at least one release must be kept")
    with writing(root):
        pointer = read_pointer(root)
        every = listing(root)
        good = [release.id for release in every if release.manifest.status == "ready"]
        kept = {*good[-keep:], *([pointer.id] if pointer else [])}
        oldest = min(kept, default="")
        gone = [
            release.id
            for release in every
            if release.id not in kept and (release.manifest.status == "ready" or release.id < oldest)
        ]
        for name in gone:
            remove_tree(root / name)
        return gone
