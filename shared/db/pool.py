"""The connection pool of one service: asyncpg, in the service's own schema.

Handlers move thousands of rows a second, so the runtime and the repositories speak asyncpg directly (set-based
statements and COPY); SQLAlchemy builds what is composed at run time, migrations and the gateway's searches.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, TypeAlias

import asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    _Plain: TypeAlias = asyncpg.Connection[asyncpg.Record]
else:
    Connection = _Plain = asyncpg.Connection
    Pool = asyncpg.Pool


_IDLE, _BETWEEN, _PROBES = 5, 3, 3
"""Seconds before a quiet connection is probed, between probes, and how many may stay unanswered."""
_GIVEN_UP_MS = (_IDLE + _BETWEEN * _PROBES) * 1000
"""Milliseconds after which what was sent and is not acknowledged ends the connection."""
_KEEPALIVE = (
    ("TCP_KEEPIDLE", _IDLE),
    ("TCP_KEEPINTVL", _BETWEEN),
    ("TCP_KEEPCNT", _PROBES),
    ("TCP_USER_TIMEOUT", _GIVEN_UP_MS),
)


class _Watched(_Plain):
    """A connection whose loss is noticed while nothing is said on it."""

    __slots__ = ()

    def watch(self) -> None:
        """Let the host probe it; a host that lacks an option (other systems than Linux) goes without."""
        sock = self._transport.get_extra_info("socket")
        if sock is None or sock.family not in (socket.AF_INET, socket.AF_INET6):
            return
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE:
            if hasattr(socket, name):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


async def _watch(connection: _Plain) -> None:
    if isinstance(connection, _Watched):
        connection.watch()


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
        connection_class=_Watched,
        init=_watch,
        server_settings={
            "search_path": service,
            "application_name": f"recoup-{service}",
            "idle_in_transaction_session_timeout": "60000",
            # A session whose client's host is gone, or cut off, ends with its row locks.
            "tcp_keepalives_idle": str(_IDLE),
            "tcp_keepalives_interval": str(_BETWEEN),
            "tcp_keepalives_count": str(_PROBES),
            "tcp_user_timeout": str(_GIVEN_UP_MS),
            "jit": "off",
        },
    )


class NewerState(Exception):
    """A row holds a choice of the next release: it is for a replica of that one, and to be tried again until then."""


TRANSIENT = (
    NewerState,
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
