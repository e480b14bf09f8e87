"""The gateway's ways in and out: HTTP, PostgreSQL, Kafka, webhooks and the other services."""
