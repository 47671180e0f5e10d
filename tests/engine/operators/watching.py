"""Looking at what stateful operators say of themselves."""

from __future__ import annotations


def operators(*wanted, batch=-1):
    """Check a batch's operators: name, rows in all, updated, removed, late; counted from the last batch."""

    def holds(query):
        progress = query.recent_progress[batch]
        found = [
            (
                one.operator_name,
                one.num_rows_total,
                one.num_rows_updated,
                one.num_rows_removed,
                one.num_rows_dropped_by_watermark,
            )
            for one in progress.state_operators
        ]
        assert found == list(wanted), found
        return True

    return holds


def duplicates(count, batch=-1):
    """Check how many duplicates a batch dropped."""
    return lambda query: (
        query.recent_progress[batch].state_operators[0].custom_metrics["numDroppedDuplicateRows"]
        == count
    )
