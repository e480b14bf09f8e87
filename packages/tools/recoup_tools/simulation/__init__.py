"""Disputes played in memory under several policies, against the payer model."""
