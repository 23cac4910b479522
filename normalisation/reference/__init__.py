"""Compact taxonomies written for this project, and loaders for the official full ones.

The `Taxonomy` over all of them lives in normalisation.taxonomy and is offered here under its names, imported when first
asked for: the modules that it is made of read this package's tables themselves.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from normalisation.taxonomy import BUILT_IN_VERSION, Taxonomy, build, export_tables, load, save, version

__all__ = ["BUILT_IN_VERSION", "Taxonomy", "build", "export_tables", "load", "save", "version"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from normalisation import taxonomy

    return getattr(taxonomy, name)
