"""Months of payers' 835s with the deposits that pay them, and the truth of which explains which."""
