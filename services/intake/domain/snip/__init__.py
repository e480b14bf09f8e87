"""Validation of claims and remittances, by the levels the field calls SNIP types 1 to 5."""
