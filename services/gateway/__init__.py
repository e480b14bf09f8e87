"""Gateway: one API, dashboard and live stream over what all services emit."""
