"""What a checkpoint tells of a ``transformWithState`` operator, as Spark's ``TransformWithStateOperatorProperties`` has it."""

from __future__ import annotations

import json

from workbench.engine.state.reader import StoredOperator
from workbench.engine.state.store import TTL
from workbench.engine.state.succession import VARIABLE
from workbench.engine.state.variable_names import TIMER_STORE, store_of, variable_of

TRANSFORM = "transformWithState"
NO_TIME = "NoTime"
_TIME_MODES = {"none": NO_TIME, "processingtime": "ProcessingTime", "eventtime": "EventTime"}
_TIMERS = {
    "ProcessingTime": "$procTimers_keyToTimestamp",
    "EventTime": "$eventTimers_keyToTimestamp",
}
_KIND_OF_TIMERS = "TimerState"


def time_mode(stored: StoredOperator) -> str:
    """Return Spark's word for what an operator's timers wait for."""
    return _TIME_MODES.get(stored.schema.properties.get("timeMode", "none").lower(), NO_TIME)


def has_variable(stored: StoredOperator, name: str, version: int) -> bool:
    """Whether a processor had a state variable at a version."""
    return any(spec.name == store_of(name) for spec in stored.schema.living(version))


def properties(stored: StoredOperator) -> str | None:
    """Return what ``state-metadata`` says of an operator: a JSON object, None where it runs no processor."""
    if not stored.metadata.operator_name.startswith(TRANSFORM):
        return None
    told = {
        "timeMode": time_mode(stored),
        "outputMode": stored.schema.properties.get("outputMode", "").capitalize(),
        "stateVariables": [_told(stored, store, kind) for store, kind in _kinds(stored).items()],
    }
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False)


def _kinds(stored: StoredOperator) -> dict[str, str]:
    named = stored.schema.properties.items()
    return {k.removeprefix(VARIABLE): kind for k, kind in named if k.startswith(VARIABLE)}


def _told(stored: StoredOperator, store: str, kind: str) -> dict[str, object]:
    if store == TIMER_STORE:
        name = _TIMERS.get(time_mode(stored), store)
        return {"stateName": name, "stateVariableType": _KIND_OF_TIMERS, "ttlEnabled": False}
    has_ttl = any(spec.name == store and TTL in spec.names for spec in stored.specs)
    return {"stateName": variable_of(store), "stateVariableType": kind, "ttlEnabled": has_ttl}
