"""The options of ``format("statestore")``, checked as Spark's StateSourceOptions checks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.base.errors import ExecutionError
from workbench.engine.connectors.files.status import absolute, to_uri
from workbench.engine.connectors.options import Options
from workbench.engine.state.store import DEFAULT_STORE

NAMES = frozenset(
    {
        "path", "batchId", "operatorId", "storeName", "joinSide", "snapshotStartBatchId", "snapshotPartitionId",
        "readChangeFeed", "changeStartBatchId", "changeEndBatchId", "stateVarName", "readRegisteredTimers",
        "flattenCollectionTypes",
    }
)  # fmt: skip
_SIDES = ("left", "right", "none")


@dataclass(frozen=True, slots=True)
class StateOptions:
    """What to read of a checkpoint's state.

    Attributes
    ----------
    checkpoint : Path
        The query's checkpoint location.
    batch : int
        The batch whose state is read; in a change feed the last one.
    first : int or None
        The first batch of a change feed; None: no change feed.
    snapshot : int or None
        The batch of the snapshot to start from.
    partition : int or None
        The only partition to read.
    """

    checkpoint: Path
    batch: int
    operator: int
    store: str
    side: str
    first: int | None
    snapshot: int | None
    partition: int | None
    variable: str | None
    timers: bool
    flat: bool = True

    @classmethod
    def of(cls, given: Mapping[str, str]) -> StateOptions:
        """Return the options, checked against the checkpoint's committed batches.

        Raises
        ------
        ExecutionError
            ``STDS_*``, as Spark names them.
        """
        options = Options(given)
        checkpoint = checkpoint_of(options)
        side = options.text("joinSide", default="none").lower()
        if side not in _SIDES:
            raise invalid("joinSide", f"Valid values are {','.join(_SIDES)}")
        store = options.get("storeName", DEFAULT_STORE).strip()
        if not store:
            raise ExecutionError("STDS_INVALID_OPTION_VALUE.IS_EMPTY", optionName="storeName")
        if side != "none" and store != DEFAULT_STORE:
            raise ExecutionError("STDS_CONFLICT_OPTIONS", options="['joinSide', 'storeName']")
        _refuse_together(options, side)
        timers = _boolean(options, "readRegisteredTimers", "false")
        if timers and options.get("stateVarName") is not None:
            raise ExecutionError(
                "STDS_CONFLICT_OPTIONS", options="['readRegisteredTimers', 'stateVarName']"
            )
        operator = _natural(options, "operatorId") or 0
        last = last_batch(checkpoint)
        batch = _natural(options, "batchId")
        if batch is not None and batch > last:
            raise ExecutionError(
                "STDS_COMMITTED_BATCH_UNAVAILABLE", checkpointLocation=to_uri(str(checkpoint))
            )
        batch = last if batch is None else batch
        snapshot, partition = _snapshot(options, batch)
        first, end = _changes(options, last)
        return cls(
            checkpoint, batch if first is None else end, operator, store, side, first, snapshot, partition,
            options.get("stateVarName"), timers, _boolean(options, "flattenCollectionTypes", "true"),
        )  # fmt: skip

    def shown(self) -> str:
        """Return the options as errors write them."""
        return (
            f"StateSourceOptions(checkpointLocation={to_uri(str(self.checkpoint))}, batchId={self.batch}, "
            f"operatorId={self.operator}, storeName={self.store}, joinSide={self.side}, stateVarName={self.variable}, "
            f"flattenCollectionTypes={str(self.flat).lower()})"
        )


def checkpoint_of(options: Options) -> Path:
    """Return the checkpoint that ``path`` names, or raise ``STDS_REQUIRED_OPTION_UNSPECIFIED``."""
    if not options.get("path"):
        raise ExecutionError("STDS_REQUIRED_OPTION_UNSPECIFIED", optionName="path")
    return Path(absolute(options["path"]))


def last_batch(checkpoint: Path) -> int:
    """Return the newest committed batch, or raise ``STDS_COMMITTED_BATCH_UNAVAILABLE``."""
    commits = [int(path.name) for path in (checkpoint / "commits").glob("*") if path.name.isdigit()]
    if not commits:
        raise ExecutionError(
            "STDS_COMMITTED_BATCH_UNAVAILABLE", checkpointLocation=to_uri(str(checkpoint))
        )
    return max(commits)


def _natural(options: Options, name: str) -> int | None:
    number = options.number(name)
    if number is not None and number < 0:
        raise ExecutionError("STDS_INVALID_OPTION_VALUE.IS_NEGATIVE", optionName=name)
    return number


def _refuse_together(options: Options, side: str) -> None:
    """A change feed is of whole batches of one store: it takes no side, no batch and no snapshot."""
    if not options.flag("readChangeFeed"):
        return
    given = [("joinSide", side != "none")]
    given += [
        (name, options.get(name) is not None)
        for name in ("batchId", "snapshotStartBatchId", "snapshotPartitionId")
    ]
    for name, is_given in given:
        if is_given:
            raise ExecutionError("STDS_CONFLICT_OPTIONS", options=f"['{name}', 'readChangeFeed']")


def _boolean(options: Options, name: str, default: str) -> bool:
    text = options.get(name, default).strip().lower()
    if text not in ("true", "false"):
        raise invalid(name, "Boolean value is expected")
    return text == "true"


def _snapshot(options: Options, batch: int) -> tuple[int | None, int | None]:
    start, partition = (
        _natural(options, "snapshotStartBatchId"),
        _natural(options, "snapshotPartitionId"),
    )
    if (start is None) != (partition is None):
        missing = "snapshotStartBatchId" if start is None else "snapshotPartitionId"
        raise ExecutionError("STDS_REQUIRED_OPTION_UNSPECIFIED", optionName=missing)
    if start is not None and start > batch:
        raise invalid("snapshotStartBatchId", f"value should be less than or equal to {batch}")
    return start, partition


def _changes(options: Options, last: int) -> tuple[int | None, int]:
    if not options.flag("readChangeFeed"):
        for name in ("changeStartBatchId", "changeEndBatchId"):
            if options.get(name) is not None:
                raise invalid(name, "Only specify this option when readChangeFeed is set to true.")
        return None, last
    first, end = _natural(options, "changeStartBatchId"), _natural(options, "changeEndBatchId")
    if first is None:
        raise ExecutionError("STDS_REQUIRED_OPTION_UNSPECIFIED", optionName="changeStartBatchId")
    if end is not None and end > last:
        checkpoint = to_uri(str(checkpoint_of(options)))
        raise ExecutionError("STDS_COMMITTED_BATCH_UNAVAILABLE", checkpointLocation=checkpoint)
    end = last if end is None else end
    if end < first:
        raise invalid(
            "changeEndBatchId",
            "changeEndBatchId cannot be smaller than changeStartBatchId. Please check the input to changeEndBatchId, "
            f"or if you are using its default value, make sure that changeStartBatchId is less than {last}.",
        )
    return first, end


def invalid(option: str, message: str) -> ExecutionError:
    """Return the error for an option whose value cannot be taken."""
    return ExecutionError(
        "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE", optionName=option, message=message
    )
