"""Hashes of every type, against values Apache Spark gave (``tests/parity`` has more)."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from tests.engine.functions.calls import Frame, call, run
from workbench.base.errors import AnalysisError
from workbench.engine.functions.kernels import hashing


def test_a_column_hashes_as_its_values_one_by_one() -> None:
    texts = [None, "", "a", "abcd", "abcdefghi", "x" * 70, "ä€𝄞"]
    for algorithm in (hashing.MURMUR, hashing.XX):
        whole = hashing.hashed(pa.array(["skip", *texts]).slice(1), algorithm=algorithm).to_pylist()
        assert whole == [
            hashing.hashed(pa.array([one], pa.string()), algorithm=algorithm)[0].as_py()
            for one in texts
        ]


def test_nothing_leaves_the_seed() -> None:
    frame = Frame(pa.table({"x": pa.array([None, 1]), "s": pa.array(["a", None])}))
    assert run(call("hash", frame["x"]), frame)[0] == hashing.SEED
    assert run(call("hash", frame["x"], frame["s"]), frame) == [
        run(call("hash", "a"))[0], hashing.hashed(pa.array([1]), algorithm=hashing.MURMUR)[0].as_py(),
    ]  # fmt: skip


def test_equal_numbers_hash_alike() -> None:
    zeros = pa.array([0.0, -0.0])
    assert len(set(hashing.hashed(zeros, algorithm=hashing.XX).to_pylist())) == 1


def test_a_list_folds_its_elements_and_a_struct_its_fields() -> None:
    lists = pa.array([[1, None, 3], [], None], pa.list_(pa.int32()))
    structs = pa.array(
        [{"a": 1, "b": None, "c": 3}], pa.struct([(name, pa.int32()) for name in "abc"])
    )
    made = hashing.hashed(lists, algorithm=hashing.MURMUR).to_pylist()
    assert made == [1066699649, hashing.SEED, hashing.SEED]
    assert hashing.hashed(structs, algorithm=hashing.MURMUR)[0].as_py() == made[0]


@pytest.mark.parametrize("value", [-129, -128, -1, 0, 127, 128, 2**70, -(2**70)])
def test_a_long_decimal_hashes_its_shortest_bytes(value: int) -> None:
    numbers = pa.array([Decimal(value)], pa.decimal128(38, 0))
    size = (value if value >= 0 else ~value).bit_length() // 8 + 1
    plain = pa.array([value.to_bytes(size, "big", signed=True)])
    for algorithm in (hashing.MURMUR, hashing.XX):
        assert hashing.hashed(numbers, algorithm=algorithm) == hashing.hashed(
            plain, algorithm=algorithm
        )


def test_maps_have_no_hash() -> None:
    with pytest.raises(AnalysisError) as error:
        call("hash", call("map", 1, 2))
    assert error.value.condition == "DATATYPE_MISMATCH.HASH_MAP_TYPE"


def test_digests_are_written_in_hexadecimal() -> None:
    frame = Frame(pa.table({"s": ["Spark", None], "bits": [512, 256]}))
    assert run(call("md5", frame["s"]), frame) == ["8cde774d6f7333752ed72cacddb05126", None]
    assert run(call("crc32", frame["s"]), frame) == [1557323817, None]
    long, nothing = run(call("sha2", frame["s"], frame["bits"]), frame)
    assert (long[:8], len(long), nothing) == ("44844a58", 128, None)
    assert run(call("sha2", "Spark", 7)) == [None]
