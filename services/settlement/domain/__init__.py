"""Settlement's rules: accounts, offers, negotiation policy and the ledger."""
