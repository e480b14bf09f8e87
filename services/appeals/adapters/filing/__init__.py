"""Channels by which filings leave, and the dispatch that sends what is due."""
