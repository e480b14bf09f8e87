"""HTTP of the appeals service."""
