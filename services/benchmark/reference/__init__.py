"""Reference data that ships with the service, packed."""
