"""Colours by role, for light and dark pages; charts name roles and never colours."""

from __future__ import annotations

ROLES: dict[str, tuple[str, str]] = {
    "text": ("#565e6b", "#b3bac5"),
    "rule": ("#dfe3e8", "#3a3f47"),
    "faint": ("#eceff2", "#2c3036"),
    "input": ("#2563c9", "#7aaeff"),
    "processed": ("#0b8a6a", "#4fd6ae"),
    "watermark": ("#c2410c", "#ff9b57"),
    "event": ("#6d4fc2", "#b49cff"),
    "band": ("#6d4fc2", "#b49cff"),
    "now": ("#6b7280", "#9aa3b2"),
    "late": ("#c81e4a", "#ff7a97"),
    "lag": ("#b4530a", "#ffa45e"),
    "change": ("#a3195b", "#ff86bd"),
    "trigger": ("#6b7280", "#b4bccb"),
    "bytes": ("#8a5a00", "#e6b450"),
    "sink": ("#0e7490", "#56cfe8"),
    "phase.latestOffset": ("#8b93a1", "#79818f"),
    "phase.getBatch": ("#5b8fd9", "#5a8cd6"),
    "phase.queryPlanning": ("#8f7ae0", "#9d8bf0"),
    "phase.walCommit": ("#d99a2b", "#e0a93f"),
    "phase.addBatch": ("#1f9e7d", "#37b892"),
    "phase.commitOffsets": ("#cf6a3a", "#e58457"),
    "phase.other": ("#c3c8d1", "#565d69"),
    "operator.0": ("#6d4fc2", "#b49cff"),
    "operator.1": ("#0e7490", "#56cfe8"),
    "operator.2": ("#b4530a", "#ffa45e"),
    "operator.3": ("#2563c9", "#7aaeff"),
    "operator.4": ("#a3195b", "#ff86bd"),
    "operator.5": ("#4d7c0f", "#a6d957"),
    "p50": ("#0b8a6a", "#4fd6ae"),
    "p95": ("#b4820a", "#f0c04c"),
    "p99": ("#c81e4a", "#ff7a97"),
}
"""Role → (colour on light, colour on dark)."""

OPERATOR_ROLES = 6


def palette() -> dict[str, dict[str, str]]:
    """Return the roles for the page: `{"light": {role: colour}, "dark": {role: colour}}`."""
    return {
        side: {role: colours[index] for role, colours in ROLES.items()}
        for index, side in enumerate(("light", "dark"))
    }


def operator_role(index: int) -> str:
    """Return the colour role of a stateful operator."""
    return f"operator.{index % OPERATOR_ROLES}"
