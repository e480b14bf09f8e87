"""Gateway: one API, the desk and a live stream over what all services emit."""
