"""What all services share: event contracts, the vocabulary of the trade and the runtime."""
