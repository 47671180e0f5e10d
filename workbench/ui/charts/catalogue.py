"""Every chart of the dashboard, in the order in which they are shown."""

from __future__ import annotations

from workbench.ui.charts import (
    duration,
    lag,
    late,
    latency,
    rates,
    sink,
    state_bytes,
    state_rows,
    watermark,
)

CHARTS = {
    module.CHART.name: module.CHART
    for module in (
        rates,
        duration,
        lag,
        watermark,
        state_rows,
        late,
        sink,
        state_bytes,
        latency,
    )
}
"""Name → chart."""
