"""Benchmark's rules: pricing by each source, and the verdict on a claim."""
