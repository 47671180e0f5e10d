"""``%%stateful``: plain functions become a stateful processor."""
