"""Runs a service: consumer, inbox, outbox, timers, transactions and the HTTP application."""
