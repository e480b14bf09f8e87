"""Benchmark's HTTP routes."""
