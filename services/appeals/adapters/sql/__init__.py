"""Appeals' schema: transactions, projections, the filing queue and its reads."""
