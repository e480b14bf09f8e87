"""Faults of every kind against two replicas of each service, and the proof that nothing came of them."""
