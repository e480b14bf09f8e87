"""Migrations: Alembic, one history a service, run by the service's own role in its own schema."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection as SyncConnection
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

_SERVICES = Path(__file__).resolve().parents[2] / "services"


def engine_for(dsn: str, *, service: str, size: int = 4) -> AsyncEngine:
    """A SQLAlchemy engine over asyncpg whose sessions see `service`'s schema."""
    url = make_url(dsn).set(drivername="postgresql+asyncpg")
    return create_async_engine(
        url, pool_size=size, connect_args={"server_settings": {"search_path": service}}, pool_pre_ping=True
    )


def _config(service: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SERVICES / service / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def head_of(service: str) -> str | None:
    """The newest revision of a service's history."""
    return ScriptDirectory.from_config(_config(service)).get_current_head()


async def upgrade(dsn: str, service: str) -> None:
    """Bring `service`'s schema to its newest revision; several replicas may start at once."""
    url = make_url(dsn).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, poolclass=NullPool, connect_args={"server_settings": {"search_path": service}})

    def run(connection: SyncConnection) -> None:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('migrate'), hashtext(:s))"), {"s": service})
        config = _config(service)
        config.attributes["connection"] = connection
        config.attributes["schema"] = service
        command.upgrade(config, "head")

    try:
        async with engine.begin() as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()


def run_env() -> None:
    """What each service's `migrations/env.py` does: run on the connection that `upgrade` opened."""
    from alembic import context  # Alembic fills this module in while it runs env.py

    context.configure(
        connection=context.config.attributes["connection"],
        version_table_schema=context.config.attributes["schema"],
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


def upgrade_sync(dsn: str, service: str) -> None:
    """`upgrade` for callers outside an event loop."""
    asyncio.run(upgrade(dsn, service))
