"""What a checkpoint tells of a ``transformWithState`` operator, as Spark's ``TransformWithStateOperatorProperties`` has it."""

from __future__ import annotations

import json

from workbench.engine.state.reader import StoredOperator
from workbench.engine.state.store import TTL, StoreSpec
from workbench.engine.state.variable_names import store_of, variable_of
from workbench.engine.state_source.variables import TIMER, kind_of

TRANSFORM = "transformWithState"
NO_TIME = "NoTime"
_TIME_MODES = {"none": NO_TIME, "processingtime": "ProcessingTime", "eventtime": "EventTime"}
_TIMERS = {
    "ProcessingTime": "$procTimers_keyToTimestamp",
    "EventTime": "$eventTimers_keyToTimestamp",
}


def time_mode(stored: StoredOperator) -> str:
    """Return Spark's word for what an operator's timers wait for."""
    return _TIME_MODES.get(stored.schema.properties.get("timeMode", "none").lower(), NO_TIME)


def has_variable(stored: StoredOperator, name: str, version: int) -> bool:
    """Whether a processor had a state variable at a version."""
    return any(spec.name == store_of(name) for spec in stored.schema.living(version))


def is_processor(stored: StoredOperator) -> bool:
    """Whether an operator runs a processor of the user's."""
    return stored.metadata.operator_name.startswith(TRANSFORM)


def properties(stored: StoredOperator, version: int) -> str | None:
    """Return what ``state-metadata`` says of an operator at a version: a JSON object, None where it runs no processor."""
    if not is_processor(stored):
        return None
    told = {
        "timeMode": time_mode(stored),
        "outputMode": stored.schema.properties.get("outputMode", "").capitalize(),
        "stateVariables": [_told(stored, spec) for spec in stored.schema.living(version)],
    }
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False)


def _told(stored: StoredOperator, spec: StoreSpec) -> dict[str, object]:
    kind = kind_of(spec)
    name = _TIMERS.get(time_mode(stored), spec.name) if kind == TIMER else variable_of(spec.name)
    return {"stateName": name, "stateVariableType": kind, "ttlEnabled": TTL in spec.names}
