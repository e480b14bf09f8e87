"""Settlement's ways in and out: HTTP, PostgreSQL, policies and documents."""
