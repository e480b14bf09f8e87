"""The gateway's HTTP routes, authentication and dashboard."""
