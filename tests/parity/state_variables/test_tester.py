"""PySpark's ``TwsTester`` runs the recorded processors as they are, and holds what a stream of the same rows keeps."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import pytest
from pyspark.sql import Row
from pyspark.sql.streaming.tws_tester import TwsTester

from tests.parity.state_variables import processors as p
from tests.parity.state_variables.queries import QUERIES, ROWS, answers

WATERMARKS = (0, p.BEGINS - 200_000, p.BEGINS + 450_000)
"""What the stream's is in each of the three batches."""


def event_time(row):
    return int(datetime.fromisoformat(row.t).timestamp() * 1000)


def run_in_tester(query, method):
    """Run a query's rows but those without a key, batch by batch; return the tester and how many timers fired."""
    made = query.processor() if method == "test" else p.InPandas(query.processor())
    times = {"timeMode": query.time, "eventTimeExtractor": event_time}
    tester, fired = TwsTester(made, **times), 0
    for number, batch in enumerate(ROWS):
        rows = [Row(t=t, k=k, b=b, x=x, v=v) for t, k, b, x, v in batch if k is not None]
        for key in dict.fromkeys(row.k for row in rows):
            given = [row for row in rows if row.k == key]
            if method == "testInPandas":
                given = pd.DataFrame([row.asDict() for row in given])
            getattr(tester, method)(key, given)
        if query.time == "EventTime":
            fired += len(tester.setWatermark(max(WATERMARKS[number], 1)))
    return tester, fired


def shown(answer):
    """Rows of the state reader by variable's key, values without names and without when they expire."""

    def plain(value):
        if isinstance(value, dict) and "ttlExpirationMs" in value:
            value = value["value"]
        return tuple(value.values()) if isinstance(value, dict) else value

    rows = [[row["key"]["k"], *map(plain, list(row.values())[1:-1])] for row in answer["rows"]]
    return sorted(row for row in rows if row[0] is not None)


def peeked(tester, variable, key):
    """What the tester holds of a variable of a key: a value, an element or an entry a list."""
    if variable == "seen":
        return [[one] for one in tester.peekListState(variable, key)]
    if variable == "times":
        return [list(one) for one in tester.peekMapState(variable, key).items()]
    value = tester.peekValueState(variable, key)
    return [] if value is None else [[value]]


@pytest.mark.parametrize(
    ("name", "method", "fired"),
    [("living", "test", 0), ("timed", "test", 4), ("living", "testInPandas", 0)],
)
def test_the_tester_holds_what_the_stream_keeps(partitioned, tmp_path, name, method, fired):
    query = QUERIES[name]
    reads = answers(partitioned, name, tmp_path)["reads"]
    tester, count = run_in_tester(query, method)
    assert count == fired
    for variable in query.variables:
        found = [[key, *part] for key in "abc" for part in peeked(tester, variable, key)]
        assert sorted(found) == shown(reads[variable]), variable
