"""Which provider of state a recorded query runs with."""

from __future__ import annotations

import os
from collections.abc import Iterable

PROVIDERS = ("columnar", "rocksdb")
BOTH = os.environ.get("WORKBENCH_ALL_STREAMS") == "1"


def on_providers(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return each name with a provider, in turn; with both where everything is asked for."""
    return [
        (name, provider)
        for at, name in enumerate(names)
        for provider in (PROVIDERS if BOTH else [PROVIDERS[at % 2]])
    ]
