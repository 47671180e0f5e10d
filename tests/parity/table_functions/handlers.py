"""Python table functions by name. Each makes its rows tell what the function saw: arguments, their order, where a partition ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyspark.sql.types import StringType, StructType
from pyspark.sql.udtf import (
    AnalyzeResult,
    OrderingColumn,
    PartitioningColumn,
    SelectedColumn,
    SkipRestOfInputTableException,
)

TEXT = StructType().add("s", StringType())


class Seen:
    """Gives a row a call and one at the end, which counts the calls."""

    def __init__(self) -> None:
        self.count = 0

    def eval(self, *values: Any, **named: Any) -> Any:
        self.count += 1
        yield (f"{self.count}: {values} {named}",)

    def terminate(self) -> Any:
        yield (f"end of {self.count}",)


class Once(Seen):
    """Gives nothing at the end."""

    def terminate(self) -> None:
        return None


class Silent(Seen):
    """Gives nothing before the end."""

    def eval(self, row: Any) -> None:
        self.count += 1


class Skips(Seen):
    """Skips the rest at the second row, having given a row of that call."""

    def eval(self, row: Any) -> Any:
        self.count += 1
        yield (f"{self.count}: {row}",)
        if self.count == 2:
            raise SkipRestOfInputTableException("enough")


class SkipsFirst(Seen):
    """Skips all rows but the first."""

    def eval(self, row: Any) -> Any:
        self.count += 1
        if self.count > 1:
            raise SkipRestOfInputTableException("enough")
        return [(str(row),)]


class Raises:
    def eval(self, row: Any) -> Any:
        raise ValueError("not this row")


class RaisesAtTheEnd(Seen):
    def terminate(self) -> Any:
        raise ValueError("no end")


class RaisesAtOnce:
    def __init__(self) -> None:
        raise ValueError("no object")

    def eval(self, row: Any) -> Any:
        yield ("",)


class TakesOne:
    """Its constructor wants an answer of ``analyze``, which it has not."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def eval(self, row: Any) -> Any:
        yield ("",)


class NoArgument:
    def eval(self) -> Any:
        yield ("",)


def giving(*rows: Any) -> type:
    """Return a class whose every call gives these."""

    class Giving:
        def eval(self, row: Any) -> Any:
            yield from rows

    return Giving


class GivesNumber:
    def eval(self, row: Any) -> Any:
        return 1


def asking(**wanted: Any) -> type:
    """Return a class whose ``analyze`` asks for this."""

    class Asking(Seen):
        @staticmethod
        def analyze(*arguments: Any, **named: Any) -> AnalyzeResult:
            return AnalyzeResult(TEXT, **wanted)

    return Asking


def answering(answer: Any) -> type:
    """Return a class whose ``analyze`` answers this."""

    class Answering(Seen):
        @staticmethod
        def analyze(*arguments: Any) -> Any:
            return answer

    return Answering


class Told:
    """Names its column by what ``analyze`` was told."""

    @staticmethod
    def analyze(*arguments: Any, **named: Any) -> AnalyzeResult:
        told = [
            f"{name} {one.dataType.simpleString()} {one.value} {one.isTable} {one.isConstantExpression}"
            for name, one in [*enumerate(arguments), *named.items()]
        ]
        return AnalyzeResult(StructType().add("; ".join(told), StringType()))

    def eval(self, *arguments: Any, **named: Any) -> None:
        pass


@dataclass
class Noted(AnalyzeResult):
    """An answer that carries something of its own."""

    note: str = ""


class Remembers:
    """Its rows tell what its ``analyze`` noted."""

    def __init__(self, answer: Noted) -> None:
        self.note, self.count = answer.note, 0

    @staticmethod
    def analyze(table: Any, note: Any) -> Noted:
        return Noted(TEXT, partitionBy=by("k"), orderBy=ordered("x"), note=note.value)

    def eval(self, row: Any, note: str) -> Any:
        self.count += 1
        yield (f"{self.note} {self.count} {row.v}",)


class TakesTwo(Remembers):
    def __init__(self, answer: Noted, more: Any) -> None:
        super().__init__(answer)


def by(*names: str) -> list[PartitioningColumn]:
    return [PartitioningColumn(name) for name in names]


def ordered(*names: str) -> list[OrderingColumn]:
    return [OrderingColumn(name) for name in names]


def selected(*pairs: tuple[str, str]) -> list[SelectedColumn]:
    return [SelectedColumn(name, alias) for name, alias in pairs]


SAID: dict[str, tuple[type, str]] = {
    "seen": (Seen, "s STRING"),
    "once": (Once, "s STRING"),
    "silent": (Silent, "s STRING"),
    "skips": (Skips, "s STRING"),
    "skips_first": (SkipsFirst, "s STRING"),
    "raises": (Raises, "s STRING"),
    "raises_at_the_end": (RaisesAtTheEnd, "s STRING"),
    "raises_at_once": (RaisesAtOnce, "s STRING"),
    "takes_one": (TakesOne, "s STRING"),
    "no_argument": (NoArgument, "s STRING"),
    "gives_number": (GivesNumber, "s STRING"),
    "value_in_one": (giving("a", 5, None), "s STRING"),
    "dict_in_one": (giving({"s": 1}), "s STRING"),
    "list_in_one": (giving(["a"]), "s STRING"),
    "value_in_two": (giving("a"), "a STRING, b STRING"),
    "none_in_two": (giving(None), "a STRING, b STRING"),
    "dict_in_two": (giving({"b": "1", "c": "2"}), "a STRING, b STRING"),
    "list_in_two": (giving(["1", "2"]), "a STRING, b STRING"),
    "null_in_not_null": (giving((1, None)), "a INT, b STRING NOT NULL"),
    "null_in_a_list": (giving(([1, None], 2)), "a ARRAY<INT>, b INT"),
    "word_in_int": (giving(("a", 1)), "a INT, b INT"),
    "fraction_in_int": (giving((1.5, 1)), "a INT, b INT"),
    "large_in_int": (giving((2**40, 1)), "a INT, b INT"),
    "bool_in_int": (giving((True, 1)), "a INT, b INT"),
    "int_in_double": (giving((1, 1)), "a DOUBLE, b INT"),
    "number_in_text": (giving((1.5, 1)), "a STRING, b INT"),
    "text_in_date": (giving(("2020-01-01", 1)), "a DATE, b INT"),
    "list_in_int": (giving(([1], 1)), "a INT, b INT"),
    "int_in_list": (giving((1, 1)), "a ARRAY<INT>, b INT"),
    "tuple_in_list": (giving(((1, 2), 1)), "a ARRAY<INT>, b INT"),
    "dict_in_struct": (giving(({"y": 1, "x": 2}, 1)), "a STRUCT<x: INT, y: INT>, b INT"),
    "wide_in_one": (giving((1, 2)), "s STRING"),
    "narrow_in_two": (giving((1,)), "a STRING, b STRING"),
}
"""Functions that are registered with their columns."""

ASKED: dict[str, Callable[[], type]] = {
    "told": lambda: Told,
    "remembers": lambda: Remembers,
    "takes_two": lambda: TakesTwo,
    "single": lambda: asking(withSinglePartition=True),
    "single_ordered": lambda: asking(withSinglePartition=True, orderBy=ordered("x")),
    "by_k": lambda: asking(partitionBy=by("k"), orderBy=ordered("x")),
    "by_alias": lambda: asking(partitionBy=by("k AS y"), orderBy=ordered("x")),
    "by_expressions": lambda: asking(
        partitionBy=by("x > 1", "k + 1"),
        orderBy=[OrderingColumn("-x", ascending=False, overrideNullsFirst=True), OrderingColumn("v")],
    ),
    "by_unknown": lambda: asking(partitionBy=by("nope")),
    "by_nonsense": lambda: asking(partitionBy=by("k +")),
    "by_text": lambda: asking(partitionBy=["k"]),
    "by_letters": lambda: asking(partitionBy="k"),
    "single_and_by": lambda: asking(withSinglePartition=True, partitionBy=by("k")),
    "order_alone": lambda: asking(orderBy=ordered("x")),
    "order_unknown": lambda: asking(withSinglePartition=True, orderBy=ordered("nope")),
    "order_alias": lambda: asking(withSinglePartition=True, orderBy=ordered("x AS y")),
    "order_text": lambda: asking(withSinglePartition=True, orderBy=["x"]),
    "selects": lambda: asking(
        withSinglePartition=True, orderBy=ordered("x"), select=selected(("v", ""), ("x + 1", "y"), ("v", "w"))
    ),
    "selects_only": lambda: asking(select=selected(("v", ""))),
    "selects_unnamed": lambda: asking(select=selected(("x + 1", ""))),
    "selects_alias": lambda: asking(select=selected(("v AS w", ""))),
    "selects_unknown": lambda: asking(select=selected(("nope", ""))),
    "selects_text": lambda: asking(select=["v"]),
    "answers_nothing": lambda: answering(None),
    "answers_type": lambda: answering(AnalyzeResult(StringType())),
}  # fmt: skip
"""Functions that say their columns by ``analyze``."""
