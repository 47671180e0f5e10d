"""What a query that starts again makes of the stores it had: which go on, which begin, which end.

A query may declare other stores than the run before it (a processor's state variables come and go). A store lives from the version
after ``since`` up to ``until``; at a version it does not live in, it is empty. Nothing is removed: a store that was left out and is
declared again before a version was committed without it goes on as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from workbench.base.errors import AnalysisError
from workbench.engine.state.store import StoreSpec
from workbench.engine.state.variable_names import variable_of

VARIABLE = "variable."
"""Prefix of the properties that name the kind of a state variable; a kind, once stored, stays."""


@dataclass(frozen=True, slots=True)
class Life:
    """The versions a store has rows in: after ``since``, and up to ``until`` where it has ended."""

    since: int = 0
    until: int | None = None

    def covers(self, version: int) -> bool:
        """Whether the store has files of a version."""
        return self.since < version and (self.until is None or version <= self.until)


@dataclass(frozen=True, slots=True)
class StoredSchema:
    """What is known of an operator's stores.

    Attributes
    ----------
    provider : str
        Who wrote them.
    specs : tuple of StoreSpec
        All stores there ever were.
    lives : mapping of str to Life
        When each lives.
    properties : mapping of str to str
        What may not change between runs.
    """

    provider: str
    specs: tuple[StoreSpec, ...]
    lives: Mapping[str, Life] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)

    def life(self, name: str) -> Life:
        """Return when a store lives."""
        return self.lives.get(name, Life())

    def living(self, version: int) -> list[StoreSpec]:
        """Return the stores that have files of a version."""
        return [spec for spec in self.specs if self.life(spec.name).covers(version)]

    def followed_by(
        self, asked: Sequence[StoreSpec], version: int, properties: Mapping[str, str]
    ) -> StoredSchema:
        """Return the schema of a run that starts at a version with other stores."""
        going = {spec.name for spec in self.living(version)}
        lives = {
            spec.name: Life(self.life(spec.name).since) if spec.name in going else Life(version)
            for spec in asked
        }
        ended = [spec for spec in self.specs if spec.name not in lives]
        lives |= {spec.name: self._ended(spec.name, version) for spec in ended}
        return replace(self, specs=(*asked, *ended), lives=lives, properties=dict(properties))

    def _ended(self, name: str, version: int) -> Life:
        life = self.life(name)
        return replace(life, until=version) if life.until is None else life


def check_properties(stored: Mapping[str, str], asked: Mapping[str, str]) -> None:
    """Refuse what may not change between two runs.

    Raises
    ------
    AnalysisError
        ``STATE_STORE_INVALID_CONFIG_AFTER_RESTART``, ``STATE_STORE_INVALID_VARIABLE_TYPE_CHANGE``.
    """
    for name in stored.keys() & asked.keys():
        before, now = stored[name], asked[name]
        if before.lower() == now.lower():
            continue
        if name.startswith(VARIABLE):
            variable = variable_of(name.removeprefix(VARIABLE))
            raise AnalysisError(
                "STATE_STORE_INVALID_VARIABLE_TYPE_CHANGE",
                stateVarName=variable,
                newType=now,
                oldType=before,
            )
        raise AnalysisError(
            "STATE_STORE_INVALID_CONFIG_AFTER_RESTART",
            configName=name,
            oldConfig=before,
            newConfig=now,
        )
