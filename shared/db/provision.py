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
    # Membership is needed where the administrator is not a superuser, as with managed databases.
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
    await _provision_keeper(connection, role, reader)


async def _provision_keeper(connection: asyncpg.Connection, role: str, reader: str) -> None:
    """A schema for tables that the service may append to and nothing else, and a function that takes one over.

    They belong to a role nobody logs in as, and of which the service is no member: what the service could give back to
    itself would be no guarantee against it. The service's migrations make a table and call `keep` on it, once.
    """
    schema = role.removeprefix("recoup_")
    keeper, kept = f"{role}_keeper", f"{schema}_kept"
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", keeper):
        await connection.execute(f"CREATE ROLE {keeper} NOLOGIN NOSUPERUSER NOBYPASSRLS")
        await connection.execute(f"GRANT {keeper} TO CURRENT_USER")
        await connection.execute(f"GRANT {role} TO {keeper}")  # to take tables over from it
    await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {kept} AUTHORIZATION {keeper}")
    await connection.execute(f"GRANT USAGE ON SCHEMA {kept} TO {role}, {reader}")
    if await connection.fetchval("SELECT to_regprocedure($1) IS NOT NULL", f"{kept}.keep(name)"):
        return
    await connection.execute(
        f"""
        CREATE FUNCTION {kept}.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'this table is append-only'; END $$;
        CREATE FUNCTION {kept}.keep(kept name) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            EXECUTE format('ALTER TABLE {schema}.%I SET SCHEMA {kept}', kept);
            EXECUTE format('ALTER TABLE {kept}.%I OWNER TO {keeper}', kept);
            EXECUTE format('REVOKE ALL ON {kept}.%I FROM {role}, {reader}', kept);
            EXECUTE format('GRANT INSERT ON {kept}.%I TO {role}', kept);
            EXECUTE format('GRANT SELECT ON {kept}.%I TO {reader}', kept);
            EXECUTE format('CREATE TRIGGER refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON {kept}.%I '
                'FOR EACH STATEMENT EXECUTE FUNCTION {kept}.refuse()', kept);
        END $$;
        ALTER FUNCTION {kept}.refuse() OWNER TO {keeper};
        ALTER FUNCTION {kept}.keep(name) OWNER TO {keeper};
        REVOKE ALL ON FUNCTION {kept}.keep(name) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION {kept}.keep(name) TO {role};
        """  # noqa: S608 - names of our own
    )
