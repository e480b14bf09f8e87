"""Answers to what was received: TA1, 999 and 277CA."""
