"""Immutable releases: written beside, sealed, made current by one atomic change of a pointer.

releases/current                      {"id": ..., "passed_over": ...}: the one thing that ever changes
releases/<id>/manifest.json           what is in it, with hashes, facts and gates
releases/<id>/tables/<name>.parquet   one file a table, rows in order of their keys
releases/<id>/<folder>/...            what came along, such as taxonomies
releases/<id>/lookup.lmdb             every keyed row of the tables by its key: what the API reads

An id sorts by time and ends in eight digits of the content hash: "20261121T060424Z-1a2b3c4d". Readers keep an open
release for as long as they like; only `prune_releases` removes one, and the system keeps what is open until then.
"""

from kit.releases.differences import Difference, differences
from kit.releases.managing import prune_releases, use_release, verify_release
from kit.releases.manifest import Gate, Manifest
from kit.releases.publishing import publish
from kit.releases.reading import Release, current_id, current_release, list_releases, open_release

__all__ = [
    "Difference",
    "Gate",
    "Manifest",
    "Release",
    "current_id",
    "current_release",
    "differences",
    "list_releases",
    "open_release",
    "prune_releases",
    "publish",
    "use_release",
    "verify_release",
]
