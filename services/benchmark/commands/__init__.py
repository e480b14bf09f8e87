"""Benchmark's own commands, run with its settings: `python -m services.benchmark`; `recoup` has the same."""
