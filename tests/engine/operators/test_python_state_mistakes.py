"""Mistakes in stateful Python: each has Spark's error class where Spark has one, else ours, and the user's own line."""

from __future__ import annotations

import threading

import pandas as pd
import pytest
from pyspark.errors import PySparkException
from pyspark.sql import Row
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.streaming import StatefulProcessor
from pyspark.sql.streaming.state import GroupStateTimeout

from workbench.engine.state.reader import read_state

OUT = "k STRING, n LONG"
TIME_MODE = "STATEFUL_PROCESSOR_CANNOT_PERFORM_OPERATION_WITH_INVALID_TIME_MODE"
HANDLE_STATE = "STATEFUL_PROCESSOR_CANNOT_PERFORM_OPERATION_WITH_INVALID_HANDLE_STATE"


class Base(StatefulProcessor):
    """Right in every part; a mistake replaces one."""

    def init(self, handle):
        self.handle = handle
        self.v = handle.getValueState("v", "n LONG")
        self.more(handle)

    def more(self, handle): ...

    def do(self, times): ...

    def handleInputRows(self, key, rows, timerValues):
        self.do(timerValues)
        self.v.update(((self.v.get() or (0,))[0] + 1,))
        yield Row(k=key[0], n=self.v.get()[0])

    def close(self): ...


def with_(**parts):
    return type("Mine", (Base,), parts)()


def giving(value):
    def handleInputRows(self, key, rows, timerValues):
        yield value

    return with_(handleInputRows=handleInputRows)


def boom(*_):
    raise ValueError("mine")


@pytest.fixture
def source(spark, tmp_path):
    """A stream of one row."""
    folder = tmp_path / "source"
    spark.createDataFrame([("a", 1)], "k STRING, x LONG").selectExpr(
        "*", "TIMESTAMP '2024-01-01' AS t"
    ).write.parquet(f"{folder}/in")
    return (
        spark.readStream.schema("k STRING, x LONG, t TIMESTAMP")
        .parquet(f"{folder}/in")
        .withWatermark("t", "0 seconds")
    )


def run(frame, mode="update", checkpoint=None):
    writer = frame.writeStream.outputMode(mode).format("noop").trigger(availableNow=True)
    query = (writer.option("checkpointLocation", str(checkpoint)) if checkpoint else writer).start()
    assert query.awaitTermination(120)


def transform(source, processor, time_mode="None", initial=None, name="transformWithState"):
    return getattr(source.groupBy("k"), name)(processor, OUT, "update", time_mode, initial)


# ------------------------------------------------------------------ what comes out


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (Row(k="a", m=2), "RESULT_COLUMN_NAMES_MISMATCH.*Missing: n.*Unexpected: m"),
        (Row(k="a", n="x"), "(?s)RESULT_TYPE_MISMATCH.*Mine"),
        (Row(k=1, n=1), "RESULT_TYPE_MISMATCH.*column 'k' is text, and was given int.*str"),
        (("a", 1), "UDF_RETURN_TYPE.*not tuple"),
        ({"k": "a", "n": 1}, "UDF_RETURN_TYPE.*not dict"),
        (Row("a", 1), "UDF_RETURN_TYPE.*not a Row without names"),
        (5, "UDF_RETURN_TYPE.*not int"),
    ],
)
def test_wrong_rows_are_named(source, row, said):
    with pytest.raises(PySparkException, match=said):
        run(transform(source, giving(row)))


@pytest.mark.parametrize("value", [("a", 1), None, 5, Row(x=1, k="a")])
@pytest.mark.parametrize("name", ["transformWithState", "transformWithStateInPandas"])
def test_what_is_no_row_or_frame_has_the_line_that_gave_it(source, name, value):
    line = giving.__code__.co_firstlineno + 2
    with pytest.raises(PySparkException, match=f'{__file__}", line {line}, in handleInputRows'):
        run(transform(source, giving(value), name=name))


@pytest.mark.parametrize("name", ["transformWithState", "transformWithStateInPandas"])
def test_what_returns_nothing_is_told_what_to_return(source, name):
    mine = with_(handleInputRows=lambda self, key, rows, times: None)
    with pytest.raises(
        PySparkException, match=r"UDF_RETURN_TYPE.*yield each, or return a list.*NoneType"
    ):
        run(transform(source, mine, name=name))


def test_a_timer_s_parameters_have_pyspark_s_names(source):
    def handleExpiredTimer(self, key, times, info):
        return iter([])

    mine = with_(
        do=lambda self, times: self.handle.registerTimer(times.getCurrentWatermarkInMs() + 1),
        handleExpiredTimer=handleExpiredTimer,
    )
    with pytest.raises(PySparkException, match="unexpected keyword argument 'timerValues'"):
        run(transform(source, mine, "EventTime"))


def test_a_row_goes_by_its_names_and_what_it_does_not_name_is_null(source, spark):
    for row, expected in (
        (Row(n=7, k="a"), ("a", 7)),
        (Row(k="a"), ("a", None)),
        (Row(n=7, more=True, k="a"), ("a", 7)),
    ):
        frame = transform(source, giving(row))
        query = (
            frame.writeStream.outputMode("update")
            .format("memory")
            .queryName("by_name")
            .trigger(availableNow=True)
            .start()
        )
        assert query.awaitTermination(120)
        assert list(map(tuple, spark.table("by_name").collect())) == [expected]


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (pd.DataFrame({"k": ["a"]}), "RESULT_COLUMN_NAMES_MISMATCH.*Missing: n"),
        (pd.DataFrame({"a": ["a"], "n": [1]}), "RESULT_COLUMN_NAMES_MISMATCH"),
        (pd.DataFrame([("a",)]), "RESULT_COLUMN_SCHEMA_MISMATCH"),
        (pd.DataFrame({"k": ["a"], "n": ["x"]}), "RESULT_TYPE_MISMATCH"),
        (Row(k="a", n=1), "UDF_RETURN_TYPE.*pandas.DataFrame"),
    ],
)
@pytest.mark.parametrize("api", ["transformWithStateInPandas", "applyInPandasWithState"])
def test_wrong_frames_are_named(source, api, frame, said):
    if api == "transformWithStateInPandas":
        made = transform(source, giving(frame), name=api)
    else:
        made = source.groupBy("k").applyInPandasWithState(
            lambda key, frames, state: iter([frame]), OUT, "n LONG", "update", GroupStateTimeout.NoTimeout)  # fmt: skip
    with pytest.raises(PySparkException, match=said):
        run(made)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (
            lambda k, f, s: pd.DataFrame({"k": ["a"], "n": [1]}),
            "UDF_RETURN_TYPE.*iterable of pandas.DataFrame",
        ),
        (lambda k, f, s: iter([5]), "UDF_RETURN_TYPE.*int"),
        (boom, "(?s)PYTHON_EXCEPTION.*test_python_state_mistakes.*raise ValueError.*mine"),
        (lambda k, f, s: (s.update(("x",)), iter([]))[1], "RESULT_TYPE_MISMATCH.*state"),
        (lambda k, f, s: (s.update(None), iter([]))[1], "PYTHON_EXCEPTION"),
        (lambda k, f, s: (s.setTimeoutDuration(1), iter([]))[1], "PYTHON_EXCEPTION"),
        (lambda k, f, s: (s.get, iter([]))[1], "PYTHON_EXCEPTION"),
    ],
)
def test_a_wrong_group_function_is_named(source, function, said):
    made = source.groupBy("k").applyInPandasWithState(
        function, OUT, "n LONG", "update", GroupStateTimeout.NoTimeout
    )
    with pytest.raises(PySparkException, match=said):
        run(made)


# ------------------------------------------------------------------ what is raised


def raises_later(*_, **__):
    raise ValueError("mine")
    yield


ONE_STATE = [("a", 1)]


@pytest.mark.parametrize(
    ("parts", "mode"),
    [
        ({"more": boom}, "None"),
        ({"handleInputRows": raises_later}, "None"),
        ({"handleInputRows": boom}, "None"),
        (
            {"do": lambda s, _: s.handle.registerTimer(1), "handleExpiredTimer": raises_later},
            "ProcessingTime",
        ),
        ({"handleInitialState": boom}, "None"),
        ({"close": boom}, "None"),
    ],
    ids=["init", "rows, later", "rows", "timer", "initial", "close"],
)
def test_what_a_method_raises_has_the_users_line(source, spark, parts, mode):
    initial = (
        spark.createDataFrame(ONE_STATE, "k STRING, n LONG").groupBy("k")
        if "handleInitialState" in parts
        else None
    )
    with pytest.raises(
        PySparkException,
        match=r"(?s)PYTHON_EXCEPTION.*Mine.*test_python_state_mistakes.py.*ValueError: mine",
    ):
        run(transform(source, with_(**parts), mode, initial))


# ------------------------------------------------------------------ what the handle refuses


def small(number):
    """Return what keeps a number in an INT."""
    return {
        "more": lambda s, h: setattr(s, "small", h.getValueState("small", "n INT")),
        "do": lambda s, _: s.small.update((number,)),
    }


@pytest.mark.parametrize(
    ("parts", "mode", "said"),
    [
        ({"do": lambda s, _: s.handle.registerTimer(1)}, "None", f"{TIME_MODE}.*register_timer.*NoTime"),
        ({"do": lambda s, _: s.handle.deleteTimer(1)}, "None", f"{TIME_MODE}.*delete_timer"),
        ({"do": lambda s, _: list(s.handle.listTimers())}, "None", f"{TIME_MODE}.*list_timers"),
        ({"more": lambda s, h: h.registerTimer(1)}, "ProcessingTime", f"{HANDLE_STATE}.*register_timer"),
        ({"do": lambda s, _: s.handle.getValueState("w", "n LONG")}, "None", f"{HANDLE_STATE}.*get_value_state.*INITIALIZED"),
        ({"do": lambda s, _: s.handle.deleteIfExists("v")}, "None", f"{HANDLE_STATE}.*delete_if_exists.*INITIALIZED"),
        ({"more": lambda s, h: h.deleteIfExists("v")}, "None", HANDLE_STATE),
        ({"more": lambda s, h: s.v.get()}, "None", HANDLE_STATE),
        ({"more": lambda s, h: h.getListState("v", "n LONG")}, "None", "STATEFUL_PROCESSOR_DUPLICATE_STATE_VARIABLE_DEFINED"),
        ({"more": lambda s, h: h.getValueState("w", "n LONG", 9)}, "None", "STATEFUL_PROCESSOR_INCORRECT_TIME_MODE_TO_ASSIGN_TTL"),
        ({"more": lambda s, h: h.getValueState("w", "n LONG", 9)}, "EventTime", "STATEFUL_PROCESSOR_INCORRECT_TIME_MODE_TO_ASSIGN_TTL"),
        ({"more": lambda s, h: h.getValueState("w", "n LONG", 0)}, "ProcessingTime", "STATEFUL_PROCESSOR_TTL_DURATION_MUST_BE_POSITIVE"),
        ({"more": lambda s, h: h.getMapState("w", "k LONG", "n LONG", -5)}, "ProcessingTime", "STATEFUL_PROCESSOR_TTL_DURATION_MUST"),
        ({"more": lambda s, h: h.getValueState("w", "n LNG")}, "None", "UNSUPPORTED_DATATYPE|PARSE_SYNTAX_ERROR"),
        ({"do": lambda s, _: s.v.update(None)}, "None", "STATEFUL_PROCESSOR_NULL_VALUE"),
        ({"do": lambda s, _: s.v.update((1, 2))}, "None", "STRUCT_ARRAY_LENGTH_MISMATCH"),
        ({"do": lambda s, _: s.v.update(("x",))}, "None", "STATEFUL_PROCESSOR_VALUE_TYPE.*bigint.*str"),
        ({"do": lambda s, _: s.handle.registerTimer(1.5)}, "EventTime", "PYTHON_EXCEPTION.*TypeError"),
        (small(2**40), "None", r"STATEFUL_PROCESSOR_VALUE_TYPE.*n.*int.*1099511627776 is too large"),
        ({"do": lambda s, _: s.v.update((2**63 - 1,))}, "None", "STATEFUL_PROCESSOR_VALUE_TYPE.*variable v.*bigint.*too large"),
    ],
)  # fmt: skip
def test_the_handle_refuses_by_name(source, parts, mode, said):
    with pytest.raises(PySparkException, match=f"(?s){said}"):
        run(transform(source, with_(**parts), mode))


def test_an_unknown_time_mode_and_event_time_column_are_refused_before_the_stream(source):
    with pytest.raises(PySparkException, match=r"STATEFUL_PROCESSOR_UNKNOWN_TIME_MODE"):
        _ = transform(source, with_(), "Sometime").columns
    with pytest.raises(PySparkException, match=r"UNRESOLVED_COLUMN.WITH_SUGGESTION.*nope"):
        _ = (
            source.groupBy("k")
            .transformWithState(with_(), OUT, "append", "EventTime", eventTimeColumnName="nope")
            .columns
        )


def test_an_object_that_cannot_be_pickled_is_refused_by_the_client(source):
    with pytest.raises(Exception, match=r"pickle|serialize|SERIALIZE"):
        run(transform(source, with_(lock=threading.Lock())))


# ------------------------------------------------------------------ nothing is lost


def test_after_a_mistake_is_mended_the_query_goes_on_where_it_was(source, spark, tmp_path):
    rows = spark.createDataFrame([("a", 1)], "k STRING, x LONG").selectExpr(
        "*", "TIMESTAMP '2024-01-01' AS t"
    )
    for number in range(2):
        rows.write.parquet(f"{tmp_path}/in/{number}")
    stream = (
        spark.readStream.schema("k STRING, x LONG, t TIMESTAMP")
        .option("maxFilesPerTrigger", 1)
        .parquet(f"{tmp_path}/in/*")
    )

    def fails_the_second_time(self, _times):
        if self.v.exists():
            raise ValueError("mine")

    with pytest.raises(PySparkException, match=r"mine"):
        run(transform(stream, with_(do=fails_the_second_time)), checkpoint=tmp_path / "c")
    run(transform(stream, with_()), checkpoint=tmp_path / "c")

    assert read_state(tmp_path / "c", 2, store="v").column("value").to_pylist() == [{"n": 2}]


# ------------------------------------------------------------------ another schema of state after a restart


SEEN = []


def take(frame, _batch_id):
    """Keep what a batch gives; a function of a module is pickled by name, so it sees this module's list."""
    SEEN.extend(row.n for row in frame.collect())


def variables(*declared):
    def init(self, handle):
        self.all = [getattr(handle, f"get{kind}State")(*words) for kind, *words in declared]

    def handleInputRows(self, key, rows, timerValues):
        yield Row(k=key[0], n=sum(one.exists() for one in self.all))
        for one in self.all:
            if hasattr(one, "update"):
                one.update((1,) * WIDTH.get(one._declared.name, 1))

    return type("Mine", (Base,), {"init": init, "handleInputRows": handleInputRows})()


WIDTH = {"two": 2}
V, W = ("Value", "v", "n LONG"), ("Value", "w", "n LONG")
VALUE = "STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE"
KEY = "STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE"
KIND = "STATE_STORE_INVALID_VARIABLE_TYPE_CHANGE"
CONFIG = "STATE_STORE_INVALID_CONFIG_AFTER_RESTART"


@pytest.mark.parametrize(
    ("again", "said"),
    [
        (
            lambda rows: rows.groupBy("x").count(),
            "key_schema=struct<k: string> and .*struct<x: int64>",
        ),
        (
            lambda rows: rows.groupBy("k").agg(F.count("*"), F.max("x")),
            "value_schema=struct<count: int64> and .*struct<count: int64, max: int64>",
        ),
    ],
)
def test_state_of_other_columns_names_the_user_s(source, tmp_path, again, said):
    run(source.groupBy("k").count(), checkpoint=tmp_path / "c")
    with pytest.raises(PySparkException, match=said):
        run(again(source), checkpoint=tmp_path / "c")


@pytest.mark.parametrize("provider", ["columnar", "rocksdb"])
@pytest.mark.parametrize(
    ("before", "after", "seen"),
    [
        ((V,), (V,), 1),
        ((V,), (("Value", "v", "m LONG"),), 1),
        ((V,), (V, W), 1),
        ((V, W), (V,), 1),
        ((V,), (("Value", "v", "n STRING"),), VALUE),
        ((V,), (("Value", "v", "n INT"),), VALUE),
        ((("Value", "two", "n LONG, m LONG"),), (("Value", "two", "n LONG"),), VALUE),
        ((("List", "v", "n LONG"),), (("List", "v", "n STRING"),), VALUE),
        ((("Map", "v", "k LONG", "n LONG"),), (("Map", "v", "k STRING", "n LONG"),), KEY),
        ((V,), (("List", "v", "n LONG"),), f"{KIND}.*ListState.*ValueState"),
        ((V,), (("Map", "v", "k LONG", "n LONG"),), KEY),
    ],
)
def test_state_of_another_schema(spark, tmp_path, provider, before, after, seen):
    rows = spark.createDataFrame([("a", 1)], "k STRING, x LONG")
    stream = spark.readStream.schema("k STRING, x LONG").parquet(f"{tmp_path}/in/*")
    spark.conf.set("spark.sql.streaming.stateStore.providerClass", provider)
    try:
        rows.write.parquet(f"{tmp_path}/in/0")
        run(transform(stream, variables(*before)), checkpoint=tmp_path / "c")
        rows.write.parquet(f"{tmp_path}/in/1")
        again = transform(stream, variables(*after))
        if isinstance(seen, str):
            with pytest.raises(PySparkException, match=seen):
                run(again, checkpoint=tmp_path / "c")
            return
        SEEN.clear()
        query = again.writeStream.outputMode("update").foreachBatch(take)
        assert (
            query.option("checkpointLocation", f"{tmp_path}/c")
            .trigger(availableNow=True)
            .start()
            .awaitTermination(120)
        )
    finally:
        spark.conf.unset("spark.sql.streaming.stateStore.providerClass")
    assert [seen] == SEEN


def test_time_mode_output_mode_and_key_stay(spark, tmp_path):
    spark.createDataFrame([("a", 1)], "k STRING, x LONG").write.parquet(f"{tmp_path}/in")
    stream = spark.readStream.schema("k STRING, x LONG").parquet(f"{tmp_path}/in")
    run(transform(stream, with_()), checkpoint=tmp_path / "c")

    for other, said in (
        (transform(stream, with_(), "ProcessingTime"), f"{CONFIG}.*timeMode"),
        (
            stream.groupBy("x").transformWithState(with_(), OUT, "update", "None"),
            KEY,
        ),
    ):
        with pytest.raises(PySparkException, match=said):
            run(other, checkpoint=tmp_path / "c")
    with pytest.raises(PySparkException, match=f"{CONFIG}.*outputMode"):
        run(
            stream.groupBy("k").transformWithState(with_(), OUT, "append", "None"),
            mode="append",
            checkpoint=tmp_path / "c",
        )


HOUR_MS = 3_600_000
SHORT, LONG = (*V, HOUR_MS), (*V, 2 * HOUR_MS)


@pytest.mark.parametrize(
    ("before", "after", "seen"),
    [
        (V, SHORT, f"{VALUE}.*new value_schema=struct<value: struct<n: int64>, ttlExpirationMs"),
        (SHORT, V, f"{VALUE}.*Existing value_schema=struct<value: struct<n: int64>, ttlExpirationMs"),
        (SHORT, LONG, 1),
    ],
)  # fmt: skip
def test_a_variable_has_a_ttl_for_good_or_never(spark, tmp_path, before, after, seen):
    stream = two_batches(spark, tmp_path)
    run(transform(stream(0), variables(before), "ProcessingTime"), checkpoint=tmp_path / "c")
    again = transform(stream(1), variables(after), "ProcessingTime")
    if isinstance(seen, str):
        with pytest.raises(PySparkException, match=seen):
            run(again, checkpoint=tmp_path / "c")
        return
    assert rows_of(again, tmp_path / "c") == [seen]


def test_a_variable_may_have_any_name_also_that_of_a_store_of_ours(spark, tmp_path):
    stream = two_batches(spark, tmp_path)
    names = ("timers", "default", "..", "a/b", "1.delta", "")
    odd = variables(*[("Value", name, "n LONG") for name in names])
    run(transform(stream(0), odd, "ProcessingTime"), checkpoint=tmp_path / "c")
    assert rows_of(transform(stream(1), odd, "ProcessingTime"), tmp_path / "c") == [len(names)]

    def read(option, value):
        read = spark.read.format("statestore").option("path", str(tmp_path / "c"))
        return read.option(option, value).load()

    assert [row.value.n for row in read("stateVarName", "timers").collect()] == [1]
    assert read("readRegisteredTimers", "true").collect() == []
    assert not list(tmp_path.glob("c/state/0/default"))


def two_batches(spark, tmp_path):
    """Return ``stream(number)``: the stream, after one more row has come."""
    rows = spark.createDataFrame([("a", 1)], "k STRING, x LONG")

    def stream(number):
        rows.write.parquet(f"{tmp_path}/in/{number}")
        return spark.readStream.schema("k STRING, x LONG").parquet(f"{tmp_path}/in/*")

    return stream


def rows_of(frame, checkpoint):
    """Run a query and return what its last column held."""
    SEEN.clear()
    writer = frame.writeStream.outputMode("update").foreachBatch(take).trigger(availableNow=True)
    assert writer.option("checkpointLocation", str(checkpoint)).start().awaitTermination(120)
    return list(SEEN)
