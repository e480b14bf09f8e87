"""Tokenizer, grammar, checks and envelope: what reading and writing any transaction set has in common."""
