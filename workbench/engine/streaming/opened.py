"""What one run of a query holds open: its sources, its stateful operators, the settings they were opened with."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from workbench.base.errors import UserCodeError
from workbench.engine.connectors.contract import SourceContext
from workbench.engine.operators.contract import OperatorContext, TimedOperator
from workbench.engine.operators.opening import open_operator
from workbench.engine.operators.state_settings import state_options
from workbench.engine.state.maintenance import Maintenance
from workbench.engine.streaming.checkpoint.pinned_conf import pinned_from, with_pinned
from workbench.engine.streaming.sources import OpenSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.engine.operators.contract import StatefulOperator
    from workbench.engine.streaming.checkpoint.checkpoint import Checkpoint, Resume
    from workbench.engine.streaming.checkpoint.offset_log import BatchOffsets
    from workbench.engine.streaming.definition import StreamDefinition
    from workbench.engine.streaming.steps import StreamPlan

PARTITIONS = "spark.sql.shuffle.partitions"
"""How many parts the state of a query has; pinned, and changed by :meth:`StreamingQuery.tune` only."""


class Opened:
    """The ends and the state of a running plan. Used from the query's thread only.

    :meth:`release` may be called whatever :meth:`open` has come to.

    Attributes
    ----------
    sources : list of OpenSource
        In the plan's order.
    operators : dict of int to StatefulOperator
        By their index.
    conf : dict
        The settings pinned for the query's whole life.
    """

    def __init__(
        self, definition: StreamDefinition, plan: StreamPlan, checkpoint: Checkpoint
    ) -> None:
        self.sources: list[OpenSource] = []
        self.operators: dict[int, StatefulOperator] = {}
        self.conf: dict[str, str] = {}
        self._definition, self._plan, self._checkpoint = definition, plan, checkpoint
        self._maintenance: Maintenance | None = None

    def open(self, resume: Resume) -> None:
        """Open everything where the checkpoint says the query stands."""
        self._pin(resume.planned or resume.committed)
        self._open_sources()
        self._open_operators()
        for operator in self.operators.values():
            operator.load(resume.batch_id)
        for index, one in enumerate(self.sources):
            one.committed = resume.committed.offsets[index] if resume.committed else None
            one.available = resume.planned.offsets[index] if resume.planned else None

    def _pin(self, known: BatchOffsets | None) -> None:
        definition = self._definition
        self.conf = dict(known.conf) if known and known.conf else pinned_from(definition.conf)
        if definition.state_partitions is not None:
            self.conf[PARTITIONS] = str(definition.state_partitions)
        self._find = with_pinned(definition.conf, self.conf)

    def setting(self, key: str) -> str:
        """Return a setting: what is pinned, else what the session says, else the default."""
        return self._find(key) or self._definition.setting(key)

    def _open_sources(self) -> None:
        for index, (name, scan) in enumerate(self._plan.sources):
            context = SourceContext(
                self._checkpoint.source_path(index), self.setting, self._definition.clock.now_ms
            )
            self.sources.append(OpenSource(name, self._definition.open_source(scan, context)))

    def _open_operators(self) -> None:
        definition = self._definition
        if self._plan.stateful:
            self._maintenance = Maintenance(state_options(self.setting))
        for step in self._plan.stateful:
            context = OperatorContext(
                step.index,
                self._checkpoint.root,
                definition.kernel,
                definition.output_mode,
                int(self.setting(PARTITIONS)),
                self.setting,
                self._maintenance,
            )
            self.operators[step.index] = open_operator(step.operator, context)

    @property
    def has_new_data(self) -> bool:
        """Whether a source has rows no batch has read."""
        return any(one.has_new_data for one in self.sources)

    def want_batch(self, before: Mapping[int, int], after: Mapping[int, int]) -> bool:
        """Whether an operator has something to let go when its watermark moves from ``before`` to ``after``."""
        return any(one.wants_batch(before[i], after[i]) for i, one in self.operators.items())

    def is_timer_due(self, now_ms: int) -> bool:
        """Whether processing time alone gives an operator work."""
        times = [one.due_ms() for one in self.operators.values() if isinstance(one, TimedOperator)]
        return any(due is not None and due <= now_ms for due in times)

    def tune(self, changes: dict[str, Any]) -> None:
        """Hand changes to every source."""
        for one in self.sources:
            one.tune(changes)

    def rescale(self, partitions: int) -> None:
        """Spread every operator's state over another number of partitions; never within a batch."""
        for operator in self.operators.values():
            operator.rescale(partitions)
        self.conf = {**self.conf, PARTITIONS: str(partitions)}

    def abort(self) -> None:
        """Let every operator forget what the batch under way did."""
        for operator in self.operators.values():
            with suppress(Exception):
                operator.abort()

    def release(self) -> None:
        """Close everything; what a user's own ``close`` raises is raised when all is closed."""
        for one in self.sources:
            with suppress(Exception):
                one.source.stop()
        if self._maintenance is not None:
            self._maintenance.close()
        failures = [error for operator in self.operators.values() if (error := _closed(operator))]
        if failures:
            raise failures[0]


def _closed(operator: StatefulOperator) -> UserCodeError | None:
    """Close an operator; return what the user's code raised meanwhile."""
    with suppress(Exception):
        try:
            operator.close()
        except UserCodeError as error:
            return error
    return None
