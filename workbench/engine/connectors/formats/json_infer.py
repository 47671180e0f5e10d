"""The schema of JSON records (JsonInferSchema): fields sorted by name, types wide enough for every value."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
from pyspark.sql import types as t

from workbench.base.errors import ExecutionError
from workbench.engine.connectors.files.format import Conf
from workbench.engine.connectors.formats import json_text as j
from workbench.engine.connectors.formats import modes
from workbench.engine.connectors.formats.csv_options import rules as rules_of
from workbench.engine.connectors.formats.json_text import BadJson, Leniences, Node, parse_record
from workbench.engine.connectors.formats.lines import joined_bytes
from workbench.engine.connectors.options import Options
from workbench.engine.connectors.values.read_text import Rules, read_text

_MAX_PRECISION = 38
_SLOW_OPTIONS = (
    "primitivesAsString",
    "prefersDecimal",
    "inferTimestamp",
    "allowComments",
    "allowUnquotedFieldNames",
    "dropFieldIfAllNull",
)


def infer(lines: pa.Array, options: Options, conf: Conf) -> t.StructType:
    """Return the columns of records, one a line; a bad record adds the corrupt-record column."""
    filled = lines.filter(pc.match_substring_regex(lines, r"\S"))
    if not any(options.flag(name) for name in _SLOW_OPTIONS):
        found = _fast(filled)
        if found is not None:
            return _finished(found, options)
    return infer_records(filled.to_pylist(), options, conf)


def _fast(lines: pa.Array) -> t.DataType | None:
    """Return what Arrow's reader makes of the records, None where it may differ from Spark."""
    if not len(lines):
        return t.StructType([])
    if pc.any(pc.match_substring_regex(lines, r"[^0-9.][0-9]{19}")).as_py():
        return None
    large = [pa.scalar(text, pa.large_string()) for text in ("", "\n")]
    data = joined_bytes(pc.binary_join_element_wise(lines.cast(pa.large_string()), *large))
    longest = pc.max(pc.binary_length(lines)).as_py()
    try:
        table = pj.read_json(
            pa.BufferReader(data), pj.ReadOptions(block_size=max(1 << 20, 2 * longest + 2))
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    if table.num_rows != len(lines) or len(set(table.column_names)) != table.num_columns:
        return None
    return _struct({field.name: _from_arrow(field.type) for field in table.schema})


def _from_arrow(kind: pa.DataType) -> t.DataType:
    if pa.types.is_struct(kind):
        return _struct(
            {kind.field(i).name: _from_arrow(kind.field(i).type) for i in range(kind.num_fields)}
        )
    if pa.types.is_list(kind):
        return t.ArrayType(_from_arrow(kind.value_type), True)
    simple = {
        pa.null(): t.NullType(),
        pa.bool_(): t.BooleanType(),
        pa.int64(): t.LongType(),
        pa.float64(): t.DoubleType(),
    }
    return simple.get(kind, t.StringType())


def infer_records(texts: Sequence[str], options: Options, conf: Conf) -> t.StructType:
    """Return the columns of records read one at a time.

    Raises
    ------
    ExecutionError
        ``MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION`` in mode FAILFAST.
    """
    leniences, guess = Leniences.of(options), _Guess(options, conf)
    mode, corrupt = modes.mode_of(options), modes.corrupt_name(options, conf)
    kind: t.DataType = t.StructType([])
    for text in texts:
        try:
            nodes = parse_record(text, leniences)
        except BadJson:
            nodes = None
        if nodes is not None:
            for node in nodes:
                kind = merge(kind, guess.of(node))
        elif mode == modes.FAIL:
            raise ExecutionError(
                "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
                badRecord=corrupt,
                failFastMode=mode,
            )
        elif mode == modes.PERMISSIVE:
            kind = merge(kind, _struct({corrupt: t.StringType()}))
    return _finished(kind, options)


class _Guess:
    """The type of one node."""

    def __init__(self, options: Options, conf: Conf) -> None:
        self.as_strings = options.flag("primitivesAsString")
        self.prefers_decimal = options.flag("prefersDecimal")
        self.times = options.flag("inferTimestamp")
        self.rules: Rules = rules_of(options, conf)

    def of(self, node: Node) -> t.DataType:
        if node.kind == j.OBJECT:
            kinds: dict[str, t.DataType] = {}
            for name, child in node.value:
                kinds[name] = self.of(child)
            return _struct(kinds)
        if node.kind == j.ARRAY:
            element: t.DataType = t.NullType()
            for child in node.value:
                element = merge(element, self.of(child))
            return t.ArrayType(element, True)
        if node.kind == j.NULL or (node.kind == j.STRING and not node.value):
            # An empty text says nothing: beside numbers it is read as null.
            return t.NullType()
        return t.StringType() if self.as_strings else self._simple(node)

    def _simple(self, node: Node) -> t.DataType:
        if node.kind in {j.TRUE, j.FALSE}:
            return t.BooleanType()
        if node.kind == j.NUMBER:
            return self._number(node.value)
        if (
            self.times
            and read_text(pa.array([node.value]), t.TimestampType(), self.rules)[0].is_valid
        ):
            return t.TimestampType()
        return t.StringType()

    def _number(self, text: str) -> t.DataType:
        digits = text.lstrip("-")
        if digits.isdigit():
            if -(2**63) <= int(text) < 2**63:
                return t.LongType()
            return (
                t.DecimalType(len(digits), 0) if len(digits) <= _MAX_PRECISION else t.DoubleType()
            )
        if self.prefers_decimal and digits.replace(".", "").isdigit():
            whole, _, fraction = digits.partition(".")
            size = max(len(whole.lstrip("0")) + len(fraction), len(fraction))
            if size <= _MAX_PRECISION:
                return t.DecimalType(size, len(fraction))
        return t.DoubleType()


def merge(left: t.DataType, right: t.DataType) -> t.DataType:
    """Return the type that takes values of both (JsonInferSchema.compatibleType)."""
    if left == right or isinstance(right, t.NullType):
        return left
    if isinstance(left, t.NullType):
        return right
    if isinstance(left, t.StructType) and isinstance(right, t.StructType):
        kinds = {field.name: field.dataType for field in left.fields}
        for field in right.fields:
            kinds[field.name] = merge(kinds.get(field.name, t.NullType()), field.dataType)
        return _struct(kinds)
    if isinstance(left, t.ArrayType) and isinstance(right, t.ArrayType):
        return t.ArrayType(merge(left.elementType, right.elementType), True)
    return _numbers(left, right) or t.StringType()


def _numbers(left: t.DataType, right: t.DataType) -> t.DataType | None:
    kinds = (left, right)
    if not all(isinstance(kind, (t.LongType, t.DoubleType, t.DecimalType)) for kind in kinds):
        return None
    if any(isinstance(kind, t.DoubleType) for kind in kinds):
        return t.DoubleType()
    sizes = [
        (kind.precision, kind.scale) if isinstance(kind, t.DecimalType) else (20, 0)
        for kind in kinds
    ]
    scale = max(size[1] for size in sizes)
    whole = max(size[0] - size[1] for size in sizes)
    return t.DoubleType() if whole + scale > _MAX_PRECISION else t.DecimalType(whole + scale, scale)


def _struct(kinds: dict[str, t.DataType]) -> t.StructType:
    return t.StructType([t.StructField(name, kinds[name], True) for name in sorted(kinds)])


def _finished(kind: t.DataType, options: Options) -> t.StructType:
    whole = _finish(kind, options.flag("dropFieldIfAllNull"))
    return whole if isinstance(whole, t.StructType) else t.StructType([])


def _finish(kind: t.DataType, drops_null: bool) -> t.DataType | None:
    """Return the type without empty structs, and with strings for what was never anything but null."""
    if isinstance(kind, t.StructType):
        kept = [(field.name, _finish(field.dataType, drops_null)) for field in kind.fields]
        fields = [t.StructField(name, one, True) for name, one in kept if one is not None]
        return t.StructType(fields) if fields else None
    if isinstance(kind, t.ArrayType):
        element = _finish(kind.elementType, drops_null)
        return None if element is None else t.ArrayType(element, True)
    if isinstance(kind, t.NullType):
        return None if drops_null else t.StringType()
    return kind
