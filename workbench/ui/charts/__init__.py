"""Charts of a query's history: one file a chart."""
