"""Rows as bytes and back, for every type; the bytes are the same in every run."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from workbench.engine.state import canonical
from workbench.engine.state.rowcodec import decode_rows

COLUMNS = {
    "int": pa.array([1, None, -3]),
    "bool": pa.array([True, None, False]),
    "double": pa.array([-0.0, None, 1.5]),
    "text": pa.array(["x", None, ""]),
    "list": pa.array([[1, None], None, []]),
    "lists": pa.array([[["a"], []], [None], None]),
    "struct": pa.array([{"a": 1, "b": ["x"]}, None, {"a": None, "b": []}]),
    "map": pa.array([[("a", 1), ("b", None)], None, []], pa.map_(pa.string(), pa.int64())),
    "decimal": pa.array([Decimal("1.5"), None, Decimal(-2)], pa.decimal128(20, 2)),
    "nothing": pa.nulls(3),
}


@pytest.mark.parametrize("order", [[0, 1, 2], [2, None, 0, 0], [None], []])
def test_rows_come_back(order):
    table = pa.table(COLUMNS)
    rows = canonical.encode_rows(list(COLUMNS.values()), normal=False)
    asked = pa.array(order, pa.int64())
    found = decode_rows(rows.take(asked), table.schema)
    for name, column in zip(COLUMNS, found, strict=True):
        column.validate(full=True)
        assert repr(column.to_pylist()) == repr(COLUMNS[name].take(asked).to_pylist())


def test_slices_are_encoded_as_the_rows_they_show():
    whole = canonical.encode_rows(list(COLUMNS.values()))
    sliced = canonical.encode_rows([column.slice(1, 2) for column in COLUMNS.values()])
    assert sliced.to_pylist() == whole.to_pylist()[1:]


def test_the_layout_of_a_value():
    encoded = canonical.encode_rows(
        [pa.array([[258, None]], pa.list_(pa.int16())), pa.array(["ä"])]
    )
    assert encoded.to_pylist() == [
        bytes.fromhex("01 0200000000000000 01 0201 00 0000 01 0200000000000000 c3a4")
    ]


def test_keys_are_normal_and_values_their_own_bits():
    zeros = pa.array([0.0, -0.0])
    assert len(set(canonical.encode(zeros).to_pylist())) == 1
    assert len(set(canonical.encode(zeros, normal=False).to_pylist())) == 2
