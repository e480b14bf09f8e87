"""The connection pool of one service: asyncpg, in the service's own schema.

Handlers move thousands of rows a second, so the runtime and the repositories speak asyncpg directly (set-based
statements and COPY); SQLAlchemy builds what is composed at run time, migrations and the gateway's searches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool


async def open_pool(dsn: str, *, service: str, size: int) -> Pool:
    """A pool whose sessions see only `service`'s schema and never wait for ever.

    Connections are opened on demand, so that a service starts (and says it is not ready) while its database is away.
    """
    return await asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        command_timeout=60,
        timeout=10,
        server_settings={
            "search_path": service,
            "application_name": f"recoup-{service}",
            "idle_in_transaction_session_timeout": "60000",
            "jit": "off",
        },
    )


TRANSIENT = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # asyncpg's way of meeting a session that was terminated while it was idle
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.UniqueViolationError,
    asyncpg.LockNotAvailableError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.CannotConnectNowError,
    ConnectionError,
    TimeoutError,
    OSError,
)
"""Faults that pass: the same transaction may succeed when tried again.

A unique violation is among them, since two consumers may meet on a new key in the moment of a rebalance; the one
that tries again sees the other's row.
"""
