"""Measures Recoup in one run on one machine: end to end, each service alone, the raw limits and the obvious peer."""
