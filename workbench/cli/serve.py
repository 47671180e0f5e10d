"""``python -m workbench serve``: the engine as a process of its own, for any Spark Connect client."""

from __future__ import annotations


def run(arguments: list[str]) -> int:
    """Serve until interrupted."""
    from workbench.connect.serve import main

    return main(arguments)
