"""Migrations: Alembic, one history a service, run by the service's own role in its own schema.

Alembic and SQLAlchemy's engine take longer to load than the rest of a service together, so they are loaded where
something is to be migrated and not at every start.
"""

from __future__ import annotations

import re
from pathlib import Path

import asyncpg

from shared.telemetry.logging import Log

_log = Log("migrate")
_SERVICES = Path(__file__).resolve().parents[2] / "services"
_NAMED = re.compile(r"""^(revision|down_revision) = ["'](\w+)["']$""", re.MULTILINE)


def head_of(service: str) -> str | None:
    """The newest revision of a service's history: the one that no other follows."""
    revisions, followed = _history(service)
    return next(iter(sorted(revisions - followed)), None)


def revisions_of(service: str) -> set[str]:
    """All revisions of a service's history that this release knows."""
    return _history(service)[0]


def _history(service: str) -> tuple[set[str], set[str]]:
    """The revisions, and those that another follows."""
    revisions: set[str] = set()
    followed: set[str] = set()
    for path in (_SERVICES / service / "migrations" / "versions").glob("*.py"):
        for name, value in _NAMED.findall(path.read_text()):
            (revisions if name == "revision" else followed).add(value)
    return revisions, followed


async def upgrade(dsn: str, service: str) -> None:
    """Bring `service`'s schema to its newest revision; several replicas may start at once.

    Raises one of `shared.db.pool.TRANSIENT` where the server is away.
    """
    revision = await _revision(dsn, service)
    if revision == head_of(service):
        return
    if revision is not None and revision not in revisions_of(service):
        # A replica of the release before that starts beside the next one. What that one added is nothing to this one.
        _log.warning("the tables are of a later release, and are left as they are", service=service)
        return
    from shared.db.alembic_run import run

    await run(dsn, service, _SERVICES / service / "migrations")


async def _revision(dsn: str, service: str) -> str | None:
    connection = await asyncpg.connect(dsn, timeout=10, server_settings={"search_path": service})
    try:
        return await connection.fetchval("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()
