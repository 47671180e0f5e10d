"""Which worker has which partition, changed as little as possible."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Move:
    """One partition changes its worker; ``source`` is None when it had none that is still there."""

    partition: int
    source: str | None
    target: str


def rebalance(
    assignment: Mapping[int, str], workers: Sequence[str], lagging: Collection[str] = ()
) -> list[Move]:
    """Return the moves that spread partitions evenly over workers.

    Every worker that keeps up gets the same number of partitions, one more or less; one that lags gets half of that, so
    that it can catch up. Only partitions whose worker is gone or has too many are moved, which is the fewest there can
    be. The outcome is a fixed point: with the same workers and the same laggards nothing moves again.

    Parameters
    ----------
    assignment : mapping of int to str
        The worker of each partition.
    workers : sequence of str
        The workers there are now; the order breaks ties.
    lagging : collection of str
        Those of them that fall behind.

    Examples
    --------
    >>> rebalance({0: "a", 1: "a", 2: "a", 3: "a"}, ["a", "b"])
    [Move(partition=2, source='a', target='b'), Move(partition=3, source='a', target='b')]
    """
    if not workers:
        return []
    held = {
        worker: sorted(p for p, owner in assignment.items() if owner == worker)
        for worker in workers
    }
    wanted = _shares(held, len(assignment), workers, lagging)
    homeless = sorted(p for p, owner in assignment.items() if owner not in held)
    surplus = [p for worker in workers for p in held[worker][wanted[worker] :]]
    gaps = [worker for worker in workers for _ in range(wanted[worker] - len(held[worker]))]
    moving = sorted([*homeless, *surplus])
    return [
        Move(partition, assignment[partition] if assignment[partition] in held else None, target)
        for partition, target in zip(moving, gaps, strict=True)
    ]


def apply_moves(assignment: Mapping[int, str], moves: Sequence[Move]) -> dict[int, str]:
    """Return the assignment after the moves."""
    return {**assignment, **{move.partition: move.target for move in moves}}


def _shares(
    held: Mapping[str, list[int]], count: int, workers: Sequence[str], lagging: Collection[str]
) -> dict[str, int]:
    """Return how many partitions each worker is to have.

    What an even share leaves over goes to those that hold most already: each of them saves a move.
    """
    weights = {worker: 1 if worker in lagging else 2 for worker in workers}
    total = sum(weights.values())
    shares = {worker: count * weight // total for worker, weight in weights.items()}
    left = count - sum(shares.values())
    by_need = sorted(workers, key=lambda w: (w in lagging, shares[w] >= len(held[w])))
    for worker in by_need[:left]:
        shares[worker] += 1
    return shares
