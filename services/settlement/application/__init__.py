"""Settlement's use cases."""
