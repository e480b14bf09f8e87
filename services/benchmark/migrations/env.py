"""Alembic runs this file; the work is the same in every service."""

from shared.db.alembic_run import run_env

run_env()
