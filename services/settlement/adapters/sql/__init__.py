"""Settlement's schema: accounts, journal, policies and tasks."""
