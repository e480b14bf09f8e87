"""Benchmark's use cases: judging events, quotes, loading of releases."""
