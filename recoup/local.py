"""What the commands know of a stack on this machine: its addresses and secrets, read from its state directory.

The tools (`recoup-tools`) start and stop such a stack; nothing here does.
"""

from __future__ import annotations

import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from pathlib import Path

import msgspec

from shared.commands import CommandError
from shared.db.provision import SERVICES, dsn_of

DEFAULT_DIR = Path(os.environ.get("RECOUP_STATE_DIR", ".recoup"))


def known_services(names: Sequence[str] | None) -> tuple[str, ...]:
    """The services that were named, none where none was; `CommandError` (2) where one of them is not ours."""
    unknown = set(names or ()) - set(SERVICES)
    if unknown:
        raise CommandError(f"no service {', '.join(sorted(unknown))}", f"one of {', '.join(SERVICES)}", 2)
    return tuple(names or ())


class StackError(CommandError):
    """The stack on this machine cannot do as asked."""


class State(msgspec.Struct):
    """What a stack must remember: ports, and secrets made at its first start."""

    ports: dict[str, int]
    admin_password: str
    passwords: dict[str, str]
    phi_keys: str
    admin_token: str
    broker: str = ""
    rehearsal: bool = False

    @classmethod
    def new(cls) -> State:
        """The state of a stack that was never started, with secrets of its own."""
        key = urlsafe_b64encode(secrets.token_bytes(36)).decode()
        passwords = {service: secrets.token_urlsafe(18) for service in SERVICES}
        return cls({}, secrets.token_urlsafe(18), passwords, key, secrets.token_urlsafe(24))


class LocalStack:
    """Addresses and secrets of the stack in one state directory.

    Args:
        state_dir: the directory that `recoup up --state` was given.

    Raises:
        StackError: its state file cannot be read.
    """

    def __init__(self, state_dir: Path = DEFAULT_DIR) -> None:
        self.dir = state_dir.resolve()
        self._file = self.dir / "stack.json"
        self._state = self._read() or State.new()

    @property
    def admin_dsn(self) -> str:
        """The administrator's DSN of the database in use: the one the environment names, else the embedded one."""
        given = os.environ.get("DATABASE_URL")
        port = self._state.ports.get("postgres", 0)
        return given or f"postgresql://postgres:{self._state.admin_password}@127.0.0.1:{port}/recoup"

    @property
    def bootstrap(self) -> str:
        """The brokers in use."""
        return os.environ.get("KAFKA_BOOTSTRAP_SERVERS") or f"127.0.0.1:{self._state.ports.get('broker', 0)}"

    @property
    def admin_token(self) -> str:
        """The operators' bearer token."""
        return self._state.admin_token

    @property
    def tenant(self) -> str:
        """The provider organisation of a stack on one's own machine; services assume none."""
        return "demo"

    def url(self, service: str) -> str:
        """Where a service answers HTTP; never a usual port that may be another stack's."""
        port = self._state.ports.get(service)
        if port is None:
            raise StackError(f"the stack in {self.dir} has never been started", "`recoup up` starts it")
        return f"http://127.0.0.1:{port}"

    def database_url(self, service: str) -> str:
        """The DSN of a service's own role; `StackError` where the stack has never been started."""
        if service not in self._state.ports:
            raise StackError(f"the stack in {self.dir} has never been started", "`recoup up` starts it")
        return dsn_of(self.admin_dsn, service, self._state.passwords[service])

    def _read(self) -> State | None:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=State)
        except FileNotFoundError:
            return None
        except OSError as error:
            problem = f"{self._file} cannot be read: {error.strerror}"
            raise StackError(problem, "name another directory by --state") from None
        except msgspec.DecodeError:
            raise StackError(f"{self._file} cannot be read", "remove the state directory to start afresh") from None
