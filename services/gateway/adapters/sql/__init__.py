"""The gateway's read model and what it keeps of its own: keys, webhooks, access log."""
