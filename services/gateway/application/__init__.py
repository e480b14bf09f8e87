"""The gateway's use cases: who may see what, resources, timelines, live frames."""
