"""PostgreSQL: pool, migrations and types."""
