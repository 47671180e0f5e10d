"""Partitions move as little as possible, and then not at all."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from workbench.engine.state.rebalance import apply_moves, rebalance

names = st.sampled_from("abcdefg")
situations = st.tuples(
    st.lists(names, min_size=1, max_size=40),
    st.lists(names, min_size=1, max_size=7, unique=True),
    st.sets(names, max_size=3),
)


def held(assignment, workers):
    counts = Counter(assignment.values())
    return {worker: counts[worker] for worker in workers}


def test_a_new_worker_gets_its_share_from_those_that_have_most():
    before = dict.fromkeys(range(6), "a") | {6: "b"}
    moves = rebalance(before, ["a", "b", "c"])
    assert held(apply_moves(before, moves), "abc") == {"a": 3, "b": 2, "c": 2}
    assert len(moves) == 3


def test_a_lost_worker_moves_only_its_own():
    before = {0: "a", 1: "b", 2: "c", 3: "a", 4: "b", 5: "c"}
    moves = rebalance(before, ["a", "c"])
    assert {(move.partition, move.source) for move in moves} == {(1, None), (4, None)}


def test_a_laggard_gives_half_away_and_gets_it_back_when_it_caught_up():
    before = {p: "ab"[p % 2] for p in range(8)}
    slow = apply_moves(before, rebalance(before, ["a", "b"], {"b"}))
    assert held(slow, "ab") == {"a": 6, "b": 2}
    assert held(apply_moves(slow, rebalance(slow, ["a", "b"])), "ab") == {"a": 4, "b": 4}


@given(situations)
def test_the_outcome_is_a_fixed_point(situation):
    owners, workers, lagging = situation
    before = dict(enumerate(owners))
    after = apply_moves(before, rebalance(before, workers, lagging))
    assert rebalance(after, workers, lagging) == []
    assert after.keys() == before.keys() and set(after.values()) <= set(workers)


@given(situations)
def test_no_worker_has_two_more_than_another_of_its_kind(situation):
    owners, workers, lagging = situation
    before = dict(enumerate(owners))
    counts = held(apply_moves(before, rebalance(before, workers, lagging)), workers)
    for kind in (lagging, set(workers) - lagging):
        of_kind = [count for worker, count in counts.items() if worker in kind]
        assert not of_kind or max(of_kind) - min(of_kind) <= 1


@given(situations)
def test_fewer_moves_would_not_do(situation):
    owners, workers, _ = situation
    before = dict(enumerate(owners))
    even, left = divmod(len(before), len(workers))
    counts = sorted(held(before, workers).values(), reverse=True)
    keeps = sum(min(count, even + (at < left)) for at, count in enumerate(counts))
    assert len(rebalance(before, workers)) == len(before) - keeps
