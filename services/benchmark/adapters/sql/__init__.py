"""Benchmark's schema: claim files and loaded releases."""
