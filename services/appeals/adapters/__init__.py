"""Appeals' ways in and out: HTTP, PostgreSQL, the log, rule files, documents and channels of filing."""
