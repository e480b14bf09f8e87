"""Settlement's HTTP routes."""
