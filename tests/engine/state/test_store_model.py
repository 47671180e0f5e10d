"""Any sequence of calls leaves the store as it leaves a dictionary."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.engine.state import providers
from workbench.engine.state.changelog import StoreLog
from workbench.engine.state.options import StateOptions
from workbench.engine.state.store import StoreSpec

SPEC = StoreSpec(
    pa.schema([("a", pa.string()), ("b", pa.int32())]),
    pa.schema([("t", pa.int64()), ("s", pa.string())]),
    expiry="t",
)
key = st.tuples(st.sampled_from([None, "", "a", "ab"]), st.sampled_from([None, 0, 1]))
value = st.tuples(st.none() | st.integers(-20, 20), st.none() | st.text(max_size=3))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.dictionaries(key, value, max_size=6)),
        st.tuples(st.just("remove"), st.sets(key, max_size=4)),
        st.tuples(st.just("expire"), st.tuples(st.integers(-20, 20), st.booleans())),
        st.tuples(st.just("commit"), st.none()),
        st.tuples(st.just("abort"), st.none()),
        st.tuples(st.just("load"), st.integers(0, 30)),
    ),
    max_size=25,
)


def keys_table(found):
    return pa.table({"a": [a for a, _ in found], "b": [b for _, b in found]}, schema=SPEC.keys)


def values_table(found):
    return pa.table({"t": [t for t, _ in found], "s": [s for _, s in found]}, schema=SPEC.values)


def content(store):
    return as_dict(store.scan())


def as_dict(table):
    return {(r["a"], r["b"]): (r["t"], r["s"]) for r in table.to_pylist()}


class Both:
    """A store beside the dictionary it should equal, with the versions of both."""

    def __init__(self, provider, directory):
        options = StateOptions(provider=provider)
        self.store = providers.open_store(SPEC, StoreLog(directory, store="default"), options)
        self.now = {}
        self.versions = {0: {}}

    def put(self, rows):
        self.store.put(keys_table(list(rows)), values_table(list(rows.values())))
        self.now |= rows

    def remove(self, keys):
        gone = self.store.remove(keys_table(list(keys)))
        assert gone == len(keys & self.now.keys())
        self.now = {k: v for k, v in self.now.items() if k not in keys}

    def expire(self, argument):
        limit, inclusive = argument
        bound = limit if inclusive else limit - 1
        due = {k: v for k, v in self.now.items() if v[0] is not None and v[0] <= bound}
        assert as_dict(self.store.expire(limit, inclusive=inclusive)) == due
        self.now = {k: v for k, v in self.now.items() if k not in due}

    def commit(self, _):
        version = self.store.version + 1
        self.store.commit(version)
        self.versions = {n: rows for n, rows in self.versions.items() if n < version}
        self.versions[version] = dict(self.now)

    def abort(self, _):
        self.store.abort()
        self.now = dict(self.versions[self.store.version])

    def load(self, wish):
        version = wish % (max(self.versions) + 1)
        self.store.load(version)
        self.now = dict(self.versions[version])


@pytest.mark.parametrize("provider", sorted(providers.PROVIDERS))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(script=steps)
def test_as_a_dictionary(provider, script):
    with tempfile.TemporaryDirectory() as directory:
        both = Both(provider, Path(directory))
        for name, argument in script:
            getattr(both, name)(argument)
            assert content(both.store) == both.now
            found, values = both.store.get(keys_table(list(both.now)))
            assert found.all()
            assert [tuple(r.values()) for r in values.to_pylist()] == list(both.now.values())
        both.store.close()
