"""Objects by id, and by kind without looking at those of others."""

from collections.abc import Iterator, MutableMapping
from typing import Any

Object = dict[str, Any]


class Store(MutableMapping[str, Object]):
    """A mapping that keeps the order in which objects came."""

    def __init__(self) -> None:
        self.by_id: dict[str, Object] = {}
        self.by_kind: dict[str, dict[str, Object]] = {}

    def __getitem__(self, identifier: str) -> Object:
        return self.by_id[identifier]

    def __setitem__(self, identifier: str, made: Object) -> None:
        self.by_id[identifier] = made
        self.by_kind.setdefault(made["object"], {})[identifier] = made

    def __delitem__(self, identifier: str) -> None:
        del self.by_kind[self.by_id.pop(identifier)["object"]][identifier]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_id)

    def __len__(self) -> int:
        return len(self.by_id)

    def newest_first(self, kind: str) -> Iterator[Object]:
        return reversed(self.by_kind.get(kind, {}).values())
