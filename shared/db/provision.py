"""One database, one schema and one login role for each service, and no way from one to another.

Run with an administrator's DSN, before the services start: by `recoup up`, the compose file's `provision` service or
the cluster's provisioning job. Repeating it changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

SERVICES = ("intake", "benchmark", "appeals", "settlement", "gateway")
READ_APART = ("gateway",)
"""Services that serve requests through a second role, `<role>_reader`, to which row-level security applies."""


def role_of(service: str) -> str:
    """The login role that owns the schema of `service`."""
    return f"recoup_{service}"


def dsn_of(admin_dsn: str, service: str, password: str) -> str:
    """The DSN of a service's own role in the database that `admin_dsn` names."""
    parts = urlsplit(admin_dsn)
    location = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role_of(service)}:{quote(password, safe='')}@{location}"))


async def provision(admin_dsn: str, passwords: Mapping[str, str]) -> None:
    """Create each service's role and schema, and close everything else to it; idempotent."""
    connection = await asyncpg.connect(admin_dsn)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(7243001)")
            database = await connection.fetchval("SELECT quote_ident(current_database())")
            await connection.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
            await connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
            for service, password in passwords.items():
                await _provision_service(connection, database, service, password)
    finally:
        await connection.close()


async def _provision_service(connection: asyncpg.Connection, database: str, service: str, password: str) -> None:
    role = role_of(service)
    literal = await connection.fetchval("SELECT quote_literal($1::text)", password)
    if await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
        # Attributes stay as they were made: to touch them again takes a superuser, which managed databases do not give.
        await connection.execute(f"ALTER ROLE {role} PASSWORD {literal}")
    else:
        await connection.execute(
            f"CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {literal}"
        )
    await connection.execute(f"GRANT CONNECT ON DATABASE {database} TO {role}")
    # Membership is needed where the administrator is no superuser, as with managed databases.
    await connection.execute(f"GRANT {role} TO CURRENT_USER")
    await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {service} AUTHORIZATION {role}")
    await connection.execute(f"ALTER ROLE {role} SET search_path = {service}")
    if service in READ_APART:
        await _provision_reader(connection, role)


async def _provision_reader(connection: asyncpg.Connection, role: str) -> None:
    """A role without login that `role` may take on; its grants and policies come with the service's migrations."""
    reader = f"{role}_reader"
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", reader):
        await connection.execute(f"CREATE ROLE {reader} NOLOGIN NOSUPERUSER NOBYPASSRLS")
    await connection.execute(f"GRANT {reader} TO {role}")
