"""The gateway's HTTP routes, authentication and the desk."""
