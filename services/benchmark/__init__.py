"""Benchmark: what each remitted line is worth, and the judgement of each remittance."""
