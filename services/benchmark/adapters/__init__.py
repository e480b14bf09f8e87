"""Benchmark's ways in and out: HTTP, PostgreSQL and the loaders of reference data."""
