"""Options as Spark takes them: names in any case, values as text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import NoReturn

from workbench.base.errors import IllegalArgument, WorkbenchError


class Options(Mapping[str, str]):
    """A case-insensitive view of a connector's options, with typed getters.

    ``used`` collects every name that was asked for, so :attr:`unknown` can tell which options had no effect; Spark ignores
    those in silence.
    """

    def __init__(self, options: Mapping[str, str]) -> None:
        self._given = dict(options)
        self._values = {name.lower(): value for name, value in options.items()}
        self.used: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.used.add(name.lower())
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._values)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Option names nobody asked for."""
        return tuple(name for name in self._given if name.lower() not in self.used)

    def text(self, *names: str, default: str = "") -> str:
        """Return the first of these options that is given."""
        return next((self[name] for name in names if self.get(name) is not None), default)

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a true/false option."""
        value = self.get(name)
        if value is None:
            return default
        if value.strip().lower() not in {"true", "false"}:
            self.refuse(name, "true or false")
        return value.strip().lower() == "true"

    def number(self, name: str, default: int | None = None) -> int | None:
        """Return a whole-number option."""
        value = self.get(name)
        if value is None:
            return default
        try:
            return int(value)
        except ValueError:
            self.refuse(name, "a whole number")

    def positive(self, name: str) -> int | None:
        """Return a positive whole-number option, None when it is not given."""
        value = self.get(name)
        if value is None:
            return None
        if not value.strip().isdigit() or int(value) <= 0:
            self.refuse(name, "a positive whole number")
        return int(value)

    def refuse(self, name: str, accepted: str) -> NoReturn:
        """Raise the error for an option whose value cannot be taken."""
        raise IllegalArgument(
            "WORKBENCH_INVALID_OPTION", option=name, value=self.get(name), accepted=accepted
        )


def with_paths(options: Mapping[str, str], paths: tuple[str, ...]) -> dict[str, str]:
    """Return the options with the paths of ``load(path…)`` put in."""
    if not paths:
        return dict(options)
    kept = {name: value for name, value in options.items() if name.lower() not in {"path", "paths"}}
    if len(paths) == 1:
        return {**kept, "path": paths[0]}
    return {**kept, "paths": json.dumps(list(paths))}


def paths_of(options: Options) -> tuple[str, ...]:
    """Return the paths among the options: ``path``, and the JSON list ``paths``."""
    listed = json.loads(options["paths"]) if "paths" in options else []
    single = [options["path"]] if "path" in options else []
    return (*single, *listed)


def setting(conf: Callable[[str], str], key: str, default: str) -> str:
    """Return a session setting, ``default`` where the session has none of that name."""
    try:
        return conf(key) or default
    except (WorkbenchError, KeyError):
        return default
