"""Logs, metrics and traces, without patient data."""
