"""Check, choose and remove releases."""

from pathlib import Path

from kit.errors import BadInput
from kit.releases.files import Pointer, entries, read_pointer, remove_tree, write_pointer, writing
from kit.releases.manifest import LOOKUP, MANIFEST
from kit.releases.publishing import content_of
from kit.releases.reading import Release, list_releases, open_release


def verify_release(root: Path, name: str) -> list[str]:
    """Hash every file again and compare with the manifest: a line for each difference, none when all is as sealed."""
    release = open_release(root, name)
    found = entries(release.folder)
    found.pop(MANIFEST)
    told = release.sealed.files
    faults = [f"{path}: missing" for path in told if path not in found]
    faults += [f"{path}: not in the manifest" for path in found if path not in told]
    faults += [f"{path}: changed" for path in told if path in found and found[path] != told[path]]
    content = content_of({path: entry for path, entry in told.items() if path != LOOKUP})
    if content != release.sealed.content or name.split("-")[-1] != content[:8] or release.sealed.id != name:
        faults.append(f"{MANIFEST}: its hashes are not those of this release")
    return sorted(faults)


def use_release(root: Path, name: str) -> Release:
    """Make another sealed release current; a later run publishes over it only with new content.

    Raises BadInput when there is no such release or when it failed a gate.
    """
    with writing(root):
        release = open_release(root, name)
        if release.gates_failed:
            failed = ", ".join(release.gates_failed)
            raise BadInput(f"release {name} failed its gates ({failed}) and cannot be made current")
        newest = max(other.id for other in list_releases(root) if other.sealed.status == "ready")
        write_pointer(root, Pointer(release.id, newest if newest != release.id else None))
        return release


def prune_releases(root: Path, keep: int) -> list[str]:
    """Remove all but the `keep` newest good releases and the current one, and refused ones older than all of these.

    Returns the ids removed, oldest first.
    """
    if keep < 1:
        raise BadInput("at least one release must be kept")
    with writing(root):
        pointer = read_pointer(root)
        every = list_releases(root)
        good = [release.id for release in every if release.sealed.status == "ready"]
        kept = {*good[-keep:], *([pointer.id] if pointer else [])}
        oldest = min(kept, default="")
        gone = [
            release.id
            for release in every
            if release.id not in kept and (release.sealed.status == "ready" or release.id < oldest)
        ]
        for name in gone:
            remove_tree(root / name)
        return gone
