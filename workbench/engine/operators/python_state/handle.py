"""The handle a stateful processor gets: PySpark's interface over the batch's variables.

Source of the behaviour: ``pyspark.sql.streaming.stateful_processor`` and Spark's ``StatefulProcessorHandleImpl``.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from operator import index
from typing import TYPE_CHECKING, Any

from pyspark.sql import types as t
from pyspark.sql.streaming.stateful_processor import (
    ListState,
    MapState,
    StatefulProcessorHandle,
    ValueState,
)

from workbench.base.ddl import parse_ddl
from workbench.base.errors import IllegalArgument, IllegalState
from workbench.engine.operators.python_state.shapes import Shape
from workbench.engine.operators.python_state.variables import LIST, MAP, VALUE, Declared

if TYPE_CHECKING:
    from workbench.engine.operators.python_state.variables import Variable

NO_TIME, PROCESSING, EVENT = "none", "processingtime", "eventtime"


class Batch:
    """Where a batch of one partition stands: its variables, the key at hand, the times.

    ``place``: the number of the key at hand, -1 between keys. The processor's state objects outlive a batch and read it.
    """

    def __init__(self) -> None:
        self.variables: dict[str, Variable] = {}
        self.timers: Variable | None = None
        self.place = -1
        self.now_ms = -1
        self.watermark_ms = -1
        self.counts = {"registered": 0, "deleted": 0, "expired": 0, "entries": 0, "ttl": 0}


class Handle(StatefulProcessorHandle):
    """What ``init`` is called with.

    Parameters
    ----------
    batch : Batch
        Shared with the state objects.
    time_mode : str
        none, processingtime or eventtime.
    """

    def __init__(self, batch: Batch, time_mode: str) -> None:
        self._batch = batch
        self._mode = time_mode.lower()
        self.declared: dict[str, Declared] = {}
        self.removed: list[str] = []
        self.is_open = True

    def getValueState(  # noqa: N802
        self, stateName: str, schema: Any, ttlDurationMs: int | None = None
    ) -> ValueState:
        declared = self._declare(
            Declared(stateName, VALUE, _struct(schema), ttl_ms=self._ttl(stateName, ttlDurationMs))
        )
        return OneValue(self._batch, declared)

    def getListState(  # noqa: N802
        self, stateName: str, schema: Any, ttlDurationMs: int | None = None
    ) -> ListState:
        declared = self._declare(
            Declared(stateName, LIST, _struct(schema), ttl_ms=self._ttl(stateName, ttlDurationMs))
        )
        return ManyValues(self._batch, declared)

    def getMapState(  # noqa: N802
        self, stateName: str, userKeySchema: Any, valueSchema: Any, ttlDurationMs: int | None = None
    ) -> MapState:
        declared = Declared(
            stateName,
            MAP,
            _struct(valueSchema),
            _struct(userKeySchema),
            self._ttl(stateName, ttlDurationMs),
        )
        return ValuesByKey(self._batch, self._declare(declared))

    def _declare(self, declared: Declared) -> Declared:
        self._only_in_init(f"get_{declared.kind}_state")
        if declared.name in self.declared:
            raise IllegalArgument(
                "STATEFUL_PROCESSOR_DUPLICATE_STATE_VARIABLE_DEFINED", stateVarName=declared.name
            )
        self.declared[declared.name] = declared
        return declared

    def _only_in_init(self, operation: str) -> None:
        if not self.is_open:
            raise IllegalState("STATEFUL_PROCESSOR_CANNOT_PERFORM_OPERATION_WITH_INVALID_HANDLE_STATE",
                               operationType=operation, handleState="INITIALIZED")  # fmt: skip

    def _ttl(self, name: str, ttl_ms: int | None) -> int | None:
        if ttl_ms is None or ttl_ms == -1:
            return None
        if self._mode != PROCESSING:
            raise IllegalState("STATEFUL_PROCESSOR_INCORRECT_TIME_MODE_TO_ASSIGN_TTL", operationType="TTL",
                               stateName=name, timeMode=self._mode)  # fmt: skip
        if ttl_ms <= 0:
            raise IllegalArgument(
                "STATEFUL_PROCESSOR_TTL_DURATION_MUST_BE_POSITIVE",
                operationType="TTL",
                stateName=name,
            )
        return ttl_ms

    def registerTimer(self, expiryTimestampMs: int) -> None:  # noqa: N802
        held, moment = self._timers("register_timer"), index(expiryTimestampMs)
        self._batch.counts["registered"] += 1
        if moment not in held:
            insort(held, moment)

    def deleteTimer(self, expiryTimestampMs: int) -> None:  # noqa: N802
        held, moment = self._timers("delete_timer"), index(expiryTimestampMs)
        self._batch.counts["deleted"] += 1
        if moment in held:
            held.remove(moment)

    def listTimers(self) -> Iterator[int]:  # noqa: N802
        return iter(list(self._timers("list_timers")))

    def _timers(self, operation: str) -> list[int]:
        batch = self._batch
        if self._mode == NO_TIME:
            raise IllegalState("STATEFUL_PROCESSOR_CANNOT_PERFORM_OPERATION_WITH_INVALID_TIME_MODE",
                               operationType=operation, timeMode="NoTime")  # fmt: skip
        if batch.place < 0:
            raise IllegalState("STATEFUL_PROCESSOR_CANNOT_PERFORM_OPERATION_WITH_INVALID_HANDLE_STATE",
                               operationType=operation, handleState="CREATED")  # fmt: skip
        batch.timers.dirty.add(batch.place)
        return batch.timers.held.setdefault(batch.place, [])

    def deleteIfExists(self, stateName: str) -> None:  # noqa: N802
        self._only_in_init("delete_if_exists")
        self.removed.append(stateName)
        self.declared.pop(stateName, None)


def _struct(schema: Any) -> t.StructType:
    return schema if isinstance(schema, t.StructType) else parse_ddl(schema)


class _State:
    """The part of a variable that belongs to the key at hand."""

    def __init__(self, batch: Batch, declared: Declared) -> None:
        self._batch = batch
        self._declared = declared
        self._shape = Shape(declared.name, declared.schema)
        self._key_shape = Shape(declared.name, declared.key_schema or t.StructType([]))
        self._names = declared.schema.fieldNames()

    @property
    def _variable(self) -> Variable:
        found = self._batch.variables.get(self._declared.store)
        if found is None or self._batch.place < 0:
            raise IllegalState("STATEFUL_PROCESSOR_CANNOT_PERFORM_OPERATION_WITH_INVALID_HANDLE_STATE",
                               operationType=f"reading {self._declared.name}", handleState="CREATED")  # fmt: skip
        return found

    def _expiry(self) -> int | None:
        ttl = self._declared.ttl_ms
        return None if ttl is None else self._batch.now_ms + ttl

    def _is_live(self, expires: int | None) -> bool:
        return expires is None or expires > self._batch.now_ms

    def _keep(self, value: Any) -> None:
        variable, place = self._variable, self._batch.place
        variable.held[place] = value
        variable.expires[place] = self._expiry()
        variable.dirty.add(place)

    def clear(self) -> None:
        """Forget the key's part."""
        variable, place = self._variable, self._batch.place
        if variable.held.pop(place, None) is not None:
            variable.dirty.add(place)


class OneValue(_State, ValueState):
    """``ValueState``."""

    def get(self) -> tuple | None:
        variable, place = self._variable, self._batch.place
        value = variable.held.get(place)
        return value if value is not None and self._is_live(variable.expires.get(place)) else None

    def exists(self) -> bool:
        return self.get() is not None

    def update(self, newValue: tuple) -> None:
        self._keep(self._shape.fitting(newValue))


class ManyValues(_State, ListState):
    """``ListState``."""

    def _held(self) -> list[tuple[tuple, int | None]]:
        return self._variable.held.get(self._batch.place) or []

    def _live(self) -> list[tuple[tuple, int | None]]:
        return [part for part in self._held() if self._is_live(part[1])]

    def get(self) -> Iterator[tuple]:
        return iter([value for value, _ in self._live()])

    def exists(self) -> bool:
        return bool(self._live())

    def put(self, newState: list[tuple]) -> None:
        self._keep([(self._shape.fitting(one), self._expiry()) for one in newState])

    def appendValue(self, newState: tuple) -> None:  # noqa: N802
        self._keep([*self._held(), (self._shape.fitting(newState), self._expiry())])

    def appendList(self, newState: list[tuple]) -> None:  # noqa: N802
        added = [(self._shape.fitting(one), self._expiry()) for one in newState]
        self._keep([*self._held(), *added])


class ValuesByKey(_State, MapState):
    """``MapState``."""

    def _held(self) -> dict[tuple, tuple[tuple, int | None]]:
        return self._variable.held.get(self._batch.place) or {}

    def _live(self) -> dict[tuple, tuple[tuple, int | None]]:
        return {key: part for key, part in self._held().items() if self._is_live(part[1])}

    def exists(self) -> bool:
        return bool(self._live())

    def _found(self, key: tuple) -> tuple | None:
        part = self._held().get(tuple(key))
        return part[0] if part is not None and self._is_live(part[1]) else None

    def getValue(self, key: tuple) -> tuple | None:  # noqa: N802
        """Return a Row: of all that reading gives, PySpark leaves only this one its names."""
        found = self._found(key)
        return None if found is None else t._create_row(self._names, found)  # noqa: SLF001

    def containsKey(self, key: tuple) -> bool:  # noqa: N802
        return self._found(key) is not None

    def updateValue(self, key: tuple, value: tuple) -> None:  # noqa: N802
        self._keep(
            {
                **self._held(),
                self._key_shape.fitting(key): (self._shape.fitting(value), self._expiry()),
            }
        )

    def iterator(self) -> Iterator[tuple[tuple, tuple]]:
        return iter([(key, value) for key, (value, _) in self._live().items()])

    def keys(self) -> Iterator[tuple]:
        return iter(list(self._live()))

    def values(self) -> Iterator[tuple]:
        return iter([value for value, _ in self._live().values()])

    def removeKey(self, key: tuple) -> None:  # noqa: N802
        held = dict(self._held())
        if held.pop(tuple(key), None) is not None:
            self._keep(held)
