"""Deposits as a bank tells of them, and the 835s that explain them."""
