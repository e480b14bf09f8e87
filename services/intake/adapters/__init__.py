"""Intake's ways in and out: HTTP, Kafka, a drop folder, PostgreSQL and the readers of each format."""
