"""Runs Alembic on one service's schema."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool


async def run(dsn: str, service: str, scripts: Path) -> None:
    """Apply what is missing of the history in `scripts`, under a lock that other replicas wait for.

    Raises `ConnectionError` where the server goes away meanwhile.
    """
    # asyncpg reads the DSN itself: SQLAlchemy's way to it does not know libpq's parameters (sslmode, sslrootcert).
    connect = partial(asyncpg.connect, dsn, timeout=10, server_settings={"search_path": service})
    engine = create_async_engine("postgresql+asyncpg://", poolclass=NullPool, async_creator=connect)

    def apply(connection: Connection) -> None:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('migrate'), hashtext(:s))"), {"s": service})
        config = Config()
        config.set_main_option("script_location", str(scripts))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        config.attributes["schema"] = service
        command.upgrade(config, "head")

    try:
        async with engine.begin() as connection:
            await connection.run_sync(apply)
    except DBAPIError as error:
        if _passing(error):
            raise ConnectionError(f"the server went away: {type(error.orig).__name__}") from error
        raise
    finally:
        await engine.dispose()


def _passing(error: DBAPIError) -> bool:
    """True if SQLAlchemy wrapped a fault of the connection (SQLSTATE class 08, 53 or 57) and not one of the SQL."""
    state = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or state is None or state[:2] in ("08", "53", "57")


def run_env() -> None:
    """What each service's `migrations/env.py` does: run on the connection that `run` opened."""
    from alembic import context  # Alembic fills this module in while it runs env.py

    context.configure(
        connection=context.config.attributes["connection"],
        version_table_schema=context.config.attributes["schema"],
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()
