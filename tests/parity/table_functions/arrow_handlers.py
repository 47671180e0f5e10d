"""Table functions of whole Arrow columns by name. Each makes its rows tell what the function saw: kinds, types, where a call ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
from pyspark.sql.udtf import SkipRestOfInputTableException


def text(*values: Any) -> pa.Table:
    return pa.table({"s": pa.array([str(value) for value in values], pa.string())})


def shown(value: Any, some: int | None) -> str:
    """Return an argument as text: what it is, its columns' names and types, its rows; of an array's values ``some``."""
    if isinstance(value, pa.RecordBatch):
        columns = ", ".join(f"{field.name} {field.type}" for field in value.schema)
        return f"RecordBatch({columns}) {[tuple(row.values()) for row in value.to_pylist()]}"
    return (
        f"Array {value.type} {value.to_pylist()[:some]}"
        if isinstance(value, pa.Array)
        else repr(value)
    )


class Seen:
    """Gives what each call saw and, at the end, how many calls there were."""

    def __init__(self) -> None:
        self.count = 0

    def eval(self, *values: Any, **named: Any) -> Any:
        self.count += 1
        # PySpark's arrays beside a partition of a table are longer than it, by how much is a matter of chance.
        some = (
            1
            if any(isinstance(one, pa.RecordBatch) for one in (*values, *named.values()))
            else None
        )
        told = [shown(value, some) for value in values]
        told += [f"{name}={shown(value, some)}" for name, value in named.items()]
        yield text(f"{self.count}: {'; '.join(told)}")

    def terminate(self) -> Any:
        yield text(f"end of {self.count}")


class Silent(Seen):
    """Gives nothing before the end: the rows it saw in how many calls."""

    def __init__(self) -> None:
        self.rows = self.calls = 0

    def eval(self, table: pa.RecordBatch) -> None:
        self.rows, self.calls = self.rows + table.num_rows, self.calls + 1

    def terminate(self) -> Any:
        return [text(f"{self.rows} rows in {self.calls} calls")]


class Doubles:
    """Gives its columns back, the rows as they came."""

    def eval(self, table: pa.RecordBatch) -> Any:
        yield table.select(["k", "v"])


class Skips(Seen):
    """Skips the rest in its first call, having given a row of that call."""

    def eval(self, table: pa.RecordBatch) -> Any:
        self.count += 1
        yield text(f"{self.count}: {table.num_rows}")
        raise SkipRestOfInputTableException("enough")


class SkipsAtOnce(Seen):
    """Skips the rest before it gives anything."""

    def eval(self, table: pa.RecordBatch) -> Any:
        self.count += 1
        raise SkipRestOfInputTableException("enough")


class Raises:
    def eval(self, *values: Any) -> Any:
        raise ValueError("not this batch")


class RaisesLater:
    def eval(self, *values: Any) -> Any:
        yield text("one")
        raise ValueError("not this batch")


class RaisesAtTheEnd(Seen):
    def terminate(self) -> Any:
        raise ValueError("no end")


class RaisesAtOnce:
    def __init__(self) -> None:
        raise ValueError("no object")

    def eval(self, *values: Any) -> Any:
        yield text("")


class RaisesCleaning(Seen):
    def cleanup(self) -> None:
        raise ValueError("no cleaning")


class TakesOne:
    """Its constructor wants something nobody gives."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def eval(self, *values: Any) -> Any:
        yield text("")


class NoArgument:
    def eval(self) -> Any:
        yield text("none")


class Adds:
    """Its arguments have names."""

    def eval(self, x: pa.Array, y: pa.Array) -> Any:
        yield pa.table({"s": pa.array([f"{a} {b}" for a, b in zip(x, y, strict=True)])})


class Ends:
    """Gives rows at the end only, and has no other."""

    def eval(self, *values: Any) -> Any:
        return iter([])

    def terminate(self) -> Any:
        yield pa.RecordBatch.from_pydict({"s": ["only the end"]})


def giving(make: Callable[[], Any]) -> type:
    """Return a class whose every call gives this."""

    class Giving:
        def eval(self, *values: Any) -> Any:
            yield make()

    return Giving


def returning(make: Callable[[], Any]) -> type:
    """Return a class whose every call returns this."""

    class Returning:
        def eval(self, *values: Any) -> Any:
            return make()

    return Returning


def _typed(values: list[Any], kind: pa.DataType) -> Callable[[], pa.Table]:
    return lambda: pa.table({"x": pa.array(values, kind)})


ARROW: dict[str, tuple[type, str]] = {
    "a_seen": (Seen, "s STRING"),
    "a_silent": (Silent, "s STRING"),
    "a_doubles": (Doubles, "v STRING, k INT"),
    "a_skips": (Skips, "s STRING"),
    "a_skips_at_once": (SkipsAtOnce, "s STRING"),
    "a_raises": (Raises, "s STRING"),
    "a_raises_later": (RaisesLater, "s STRING"),
    "a_raises_at_the_end": (RaisesAtTheEnd, "s STRING"),
    "a_raises_at_once": (RaisesAtOnce, "s STRING"),
    "a_raises_cleaning": (RaisesCleaning, "s STRING"),
    "a_takes_one": (TakesOne, "s STRING"),
    "a_no_argument": (NoArgument, "s STRING"),
    "a_adds": (Adds, "s STRING"),
    "a_ends": (Ends, "s STRING"),
    "a_batch": (giving(lambda: pa.RecordBatch.from_pydict({"s": ["a", None]})), "s STRING"),
    "a_empty_table": (giving(text), "s STRING"),
    "a_no_columns": (giving(lambda: pa.table({})), "s STRING"),
    "a_empty_batch_of_other_columns": (giving(lambda: pa.RecordBatch.from_pydict({"a": [], "b": []})), "s STRING"),
    "a_two_chunks": (giving(lambda: pa.concat_tables([text("a"), text("b", "c")])), "s STRING"),
    "a_list_of_tables": (returning(lambda: [text("a"), text("b")]), "s STRING"),
    "a_returns_table": (returning(lambda: text("a")), "s STRING"),
    "a_returns_batch": (returning(lambda: pa.RecordBatch.from_pydict({"s": ["a"]})), "s STRING"),
    "a_returns_number": (returning(lambda: 1), "s STRING"),
    "a_gives_none": (giving(lambda: None), "s STRING"),
    "a_gives_tuple": (giving(lambda: ("a",)), "s STRING"),
    "a_gives_array": (giving(lambda: pa.array(["a"])), "s STRING"),
    "a_gives_dict": (giving(lambda: {"s": ["a"]}), "s STRING"),
    "a_wide": (giving(lambda: pa.table({"s": ["a"], "u": ["b"]})), "s STRING"),
    "a_narrow": (giving(lambda: text("a")), "s STRING, u STRING"),
    "a_other_order": (giving(lambda: pa.table({"u": ["u"], "s": ["s"]})), "s STRING, u STRING"),
    "a_other_name": (giving(lambda: pa.table({"z": ["a"]})), "s STRING"),
    "a_other_case": (giving(lambda: pa.table({"S": ["a"]})), "s STRING"),
    "a_name_twice": (giving(lambda: pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], ["s", "s"])), "s STRING, u STRING"),
    "a_longer": (giving(_typed([1, 2], pa.int32())), "x BIGINT"),
    "a_shorter": (giving(_typed([1, 2], pa.int64())), "x INT"),
    "a_overflow": (giving(_typed([2**40], pa.int64())), "x INT"),
    "a_number_as_text": (giving(_typed([1], pa.int64())), "x STRING"),
    "a_text_as_number": (giving(_typed(["12"], pa.string())), "x INT"),
    "a_word_as_number": (giving(_typed(["a"], pa.string())), "x INT"),
    "a_fraction_as_number": (giving(_typed([1.5], pa.float64())), "x INT"),
    "a_whole_fraction_as_number": (giving(_typed([2.0], pa.float64())), "x INT"),
    "a_time_as_date": (giving(_typed([0], pa.timestamp("us"))), "x DATE"),
    "a_plain_time": (giving(_typed([0], pa.timestamp("us"))), "x TIMESTAMP"),
    "a_nanoseconds": (giving(_typed([1_001], pa.timestamp("ns", "UTC"))), "x TIMESTAMP"),
    "a_list_as_number": (giving(_typed([[1]], pa.list_(pa.int32()))), "x INT"),
    "a_struct": (giving(lambda: pa.table({"x": pa.array([{"a": 1}], pa.struct({"a": pa.int64()}))})), "x STRUCT<a: INT>"),
    "a_large_text": (giving(_typed(["a"], pa.large_string())), "x STRING"),
    "a_dictionary": (giving(lambda: pa.table({"x": pa.array(["a", "a"]).dictionary_encode()})), "x STRING"),
    "a_null_column": (giving(lambda: pa.table({"x": pa.nulls(2)})), "x INT"),
}  # fmt: skip
"""Functions that are registered with their columns."""
