"""What the gateway reads of Kafka beside the claims' log."""
