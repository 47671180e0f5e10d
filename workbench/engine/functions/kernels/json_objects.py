"""Parts of JSON texts by path, as Hive's ``get_json_object`` finds them. Python per distinct text."""

from __future__ import annotations

import json
import re
from typing import Any

import pyarrow as pa

from workbench.engine.connectors.values.write_text import write_doubles

_STEP = re.compile(
    r"\.(?P<key>[^.\[]+)|\['(?P<quoted>[^'?]*)'\]|\[(?P<index>\d+)\]|\[(?P<all>\*)\]"
)
_DECODER = json.JSONDecoder(strict=False)
ALL = object()
RAW, QUOTED, FLAT = "raw", "quoted", "flat"
NOTHING = object()


def steps_of(path: str) -> list[Any] | None:
    """Return a path's keys, indexes and ``ALL``, or None where it is no path."""
    if not path.startswith("$"):
        return None
    made: list[Any] = []
    place = 1
    while place < len(path):
        found = _STEP.match(path, place)
        if found is None:
            return None
        made.append(_step(found))
        place = found.end()
    return made


def _step(found: re.Match[str]) -> Any:
    if found["all"]:
        return ALL
    return int(found["index"]) if found["index"] else found["key"] or found["quoted"]


def _read(text: str) -> Any:
    try:
        return _DECODER.raw_decode(text.lstrip())[0]
    except (ValueError, RecursionError):
        return NOTHING


def get_object(text: str, path: str) -> str | None:
    """Return the part of a text a path leads to: text as it is, the rest as JSON."""
    steps, root = steps_of(path), _read(text)
    if steps is None or root is NOTHING:
        return None
    found = _follow(root, steps, RAW)
    if len(found) != 1:
        return None
    return found[0] if isinstance(found[0], str) else written(found[0])


def _follow(node: Any, steps: list[Any], style: str) -> list[Any]:
    """Return what a path finds, none or one (several while flattening); see ``JsonPathEvaluator`` of Apache Spark."""
    if not steps:
        return (
            [part for one in node for part in _follow(one, [], FLAT)]
            if style == FLAT and isinstance(node, list)
            else [node]
        )
    step, *rest = steps
    if isinstance(node, dict) and isinstance(step, str) and step != "*":
        value = node.get(step)
        return [] if value is None else _follow(value, rest, style)
    if not isinstance(node, list):
        return []
    if step is ALL:
        return _everywhere(node, rest, style)
    if isinstance(step, int) and step < len(node):
        return _follow(node[step], rest, QUOTED if rest and rest[0] is ALL else style)
    return []


def _everywhere(nodes: list[Any], rest: list[Any], style: str) -> list[Any]:
    if rest and rest[0] is ALL:
        return [[part for one in nodes for part in _follow(one, rest[1:], FLAT)]]
    if style == QUOTED:
        return [[part for one in nodes for part in _follow(one, rest, QUOTED)]]
    found = [
        part for one in nodes for part in _follow(one, rest, FLAT if style == FLAT else QUOTED)
    ]
    return found if len(found) < 2 else [found]


def written(value: Any) -> str:
    """Return a value as JSON, floats as Java writes them."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{written(key)}:{written(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    if isinstance(value, float):
        return write_doubles(pa.array([value]))[0].as_py()
    return json.dumps(value, ensure_ascii=False)


def array_length(text: str) -> int | None:
    """Return the number of elements of a JSON array, None for anything else."""
    found = _read(text)
    return len(found) if isinstance(found, list) else None


def object_keys(text: str) -> list[str] | None:
    """Return the keys of a JSON object, None for anything else."""
    found = _read(text)
    return list(found) if isinstance(found, dict) else None
