"""State of a partition, used by a worker while it stays in the engine's process.

The worker's end, :class:`StoreProxy`, asks over the socket; the engine's end, :class:`Lent`, answers from the real stores and
remembers how to undo what was written. A worker that dies half-way leaves the state as it found it, so its work can be done
again by another: a row is never counted twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    import numpy as np

    from workbench.engine.state.store import StateStore, StoreSpec

Ask = Callable[[str, str, tuple[Any, ...]], Any]
"""``ask(store, method, arguments)``: a call of a store's method in the engine's process."""


class StoreProxy:
    """A store as the user's side of an operator sees it, in a worker. One round trip a call."""

    def __init__(self, name: str, spec: StoreSpec, ask: Ask) -> None:
        self.spec = spec
        self._name, self._ask = name, ask

    def get(self, keys: pa.Table) -> tuple[np.ndarray, pa.Table]:
        """As :meth:`StateStore.get`."""
        return self._ask(self._name, "get", (keys,))

    def put(self, keys: pa.Table, values: pa.Table) -> None:
        """As :meth:`StateStore.put`."""
        self._ask(self._name, "put", (keys, values))

    def remove(self, keys: pa.Table) -> int:
        """As :meth:`StateStore.remove`."""
        return self._ask(self._name, "remove", (keys,))

    def expire(self, limit: int, *, inclusive: bool = True) -> pa.Table:
        """As :meth:`StateStore.expire`."""
        return self._ask(self._name, "expire", (limit, inclusive))

    def scan(self) -> pa.Table:
        """As :meth:`StateStore.scan`."""
        return self._ask(self._name, "scan", ())


class Lent:
    """One partition's stores, lent to one worker for one call.

    Parameters
    ----------
    stores : mapping of str to StateStore
        The stores by name; used by this call alone until it is over.
    """

    def __init__(self, stores: Mapping[str, StateStore]) -> None:
        self._stores = stores
        self._undo: list[tuple[StateStore, pa.Table, pa.Table, pa.Table]] = []
        self._methods: dict[str, Callable[..., Any]] = {
            "get": lambda store, keys: store.get(keys),
            "scan": lambda store: store.scan(),
            "put": self._put,
            "remove": self._remove,
            "expire": self._expire,
        }

    @property
    def specs(self) -> dict[str, StoreSpec]:
        """What the worker needs to know of the stores."""
        return {name: store.spec for name, store in self._stores.items()}

    def answer(self, name: str, method: str, given: tuple[Any, ...]) -> Any:
        """Do what a worker asks."""
        return self._methods[method](self._stores[name], *given)

    def take_back(self) -> None:
        """Undo every write, the last one first."""
        while self._undo:
            store, keys, values, absent = self._undo.pop()
            if absent.num_rows:
                store.remove(absent)
            if keys.num_rows:
                store.put(keys, values)

    def _put(self, store: StateStore, keys: pa.Table, values: pa.Table) -> None:
        self._remember(store, keys)
        store.put(keys, values)

    def _remove(self, store: StateStore, keys: pa.Table) -> int:
        self._remember(store, keys)
        return store.remove(keys)

    def _expire(self, store: StateStore, limit: int, inclusive: bool) -> pa.Table:
        rows = store.expire(limit, inclusive=inclusive)
        if rows.num_rows:
            keys = rows.select(store.spec.keys.names)
            self._undo.append((store, keys, rows.select(store.spec.values.names), keys.slice(0, 0)))
        return rows

    def _remember(self, store: StateStore, keys: pa.Table) -> None:
        found, values = store.get(keys)
        here = pa.array(found)
        self._undo.append(
            (store, keys.filter(here), values.filter(here), keys.filter(pa.array(~found)))
        )
