"""Lists and dicts that are arguments of a call: what answers change in them changes for all.

They hold all values here. Each change is reported at once to the side that owns them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any


class SharedList(list[Any]):
    """A list of the other side.

    Args:
        items: what is in it.
        tell: takes the first index that is replaced, the index after the last one, and for each
            new item `[index in the old list, None]` or `[None, the item]`. Without it, this is a
            list like any other.
    """

    def __init__(
        self, items: Iterable[Any] = (), tell: Callable[[int, int, list[Any]], Any] | None = None
    ) -> None:
        super().__init__(items)
        self._tell = tell

    def renew(self, items: list[Any]) -> None:
        """Take over what the other side has changed."""
        super().__setitem__(slice(None), items)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return list, (list(self),)  # a copy is a list like any other

    def _tell_changes(self, before: list[Any]) -> None:
        start, end, new_end = 0, len(before), len(self)
        while start < min(end, new_end) and before[start] is self[start]:
            start += 1
        while start < min(end, new_end) and before[end - 1] is self[new_end - 1]:
            end, new_end = end - 1, new_end - 1
        if self._tell is None or start == end == new_end:
            return
        known = {id(before[index]): index for index in range(start, end)}
        new = [self[index] for index in range(start, new_end)]
        self._tell(start, end, [[known.get(id(x)), None if id(x) in known else x] for x in new])


class SharedDict(dict[Any, Any]):
    """A dict of the other side.

    Args:
        items: what is in it.
        tell: takes the keys that are gone, and a list of each `[key, value]` that is new. Without
            it, this is a dict like any other.
    """

    def __init__(
        self, items: Any = (), tell: Callable[[list[Any], list[Any]], Any] | None = None
    ) -> None:
        super().__init__(items)
        self._tell = tell

    def renew(self, items: dict[Any, Any]) -> None:
        """Take over what the other side has changed."""
        super().clear()
        super().update(items)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return dict, (dict(self),)

    def _tell_changes(self, before: dict[Any, Any]) -> None:
        gone = [key for key in before if key not in self]
        unlike = object()
        new = [[key, value] for key, value in self.items() if before.get(key, unlike) is not value]
        if self._tell is not None and (gone or new):
            self._tell(gone, new)


class SharedDefaultDict(SharedDict):
    """A defaultdict of the other side.

    Args:
        made: what makes the value of a key that is missing.
        items, tell: as of a dict.
    """

    def __init__(
        self,
        made: Callable[[], Any],
        items: Any = (),
        tell: Callable[[list[Any], list[Any]], Any] | None = None,
    ) -> None:
        super().__init__(items, tell)
        self.default_factory = made

    def __missing__(self, key: Any) -> Any:
        self[key] = self.default_factory()
        return self[key]

    def __reduce_ex__(self, protocol: Any) -> Any:
        return defaultdict, (self.default_factory, dict(self))


def _telling(kind: type, name: str) -> Callable[..., Any]:
    change = getattr(kind, name)

    def changed(self: Any, *args: Any, **kwargs: Any) -> Any:
        before = kind(self)
        try:
            return change(self, *args, **kwargs)
        finally:
            self._tell_changes(before)

    changed.__name__ = name
    return changed


CHANGES: tuple[tuple[type, type, str], ...] = (
    (
        SharedList,
        list,
        "append extend insert remove pop clear sort reverse "
        "__setitem__ __delitem__ __iadd__ __imul__",
    ),
    (SharedDict, dict, "pop popitem clear update setdefault __setitem__ __delitem__ __ior__"),
)
"""The class that tells of changes, the one that makes them, and the methods that do."""


def _tell_of_all_changes() -> None:
    for shared, plain, names in CHANGES:
        for name in names.split():
            setattr(shared, name, _telling(plain, name))
        shared.__name__ = shared.__qualname__ = (
            plain.__name__
        )  # as error messages of Python call it


_tell_of_all_changes()
