"""What the environment says to the local stack: settings that go on to the services, and what its faults mean."""

from __future__ import annotations

import os
from pathlib import Path

from recoup.local import StackError
from shared.settings import Settings

_OF_THE_STACK = frozenset({"RECOUP_DATABASE_URL", "RECOUP_KAFKA_BOOTSTRAP_SERVERS", "RECOUP_PORT", "RECOUP_PARTITIONS"})
"""What the stack itself decides for each service."""
OF_EVERY_SERVICE = frozenset(f"RECOUP_{name.upper()}" for name in Settings.model_fields) - _OF_THE_STACK


def given_to(service: str) -> dict[str, str]:
    """The settings of the environment that are for a service: those of every service, and its own."""
    own = f"RECOUP_{service.upper()}_"
    return {name: value for name, value in os.environ.items() if name in OF_EVERY_SERVICE or name.startswith(own)}


def keys_with(own: str) -> str:
    """The keys given by the environment, newest first, and last the stack's own, which may have sealed something."""
    given = [key.strip() for key in os.environ.get("RECOUP_PHI_KEYS", "").split(",") if key.strip()]
    return ",".join([*(key for key in given if key != own), own])


def in_one_line(error: Exception, state_dir: Path) -> StackError:
    """What a person is told of a fault at the start: its cause in one line."""
    if isinstance(error, StackError):
        return error
    if isinstance(error, OSError):
        what = f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)
        return StackError(
            what, f"see that {state_dir} can be written and its disk has room, or name another by --state"
        )
    first = (str(error).strip().splitlines() or ["no message"])[0][:300]
    return StackError(f"the stack cannot be started: {first} ({type(error).__name__})", f"logs: {state_dir / 'logs'}")
