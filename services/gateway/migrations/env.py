"""Alembic runs this file; the work is the same in every service."""

from shared.db.migrate import run_env

run_env()
