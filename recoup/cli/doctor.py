"""`recoup doctor`: whether the stack on this machine can work, and what to do where it cannot."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import httpx
import typer

from recoup.cli.faults import answered, call
from recoup.cli.options import StateDir
from recoup.local import DEFAULT_DIR, LocalStack
from shared.commands import CommandError
from shared.db.provision import SERVICES
from shared.listing import AsJson, field, print_rows

_COLUMNS = (field("check"), field("result"), field("found", breaks=True))
_LEAST_FREE = 2 * 1024**3
"""Bytes of the disk with the state directory: what PostgreSQL and Kafka need to go on while claims come in."""
_PATIENCE = 5.0
"""Seconds that a service has to say that it is ready."""


def add_to(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(doctor)


def doctor(state: StateDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """Check versions, disk and each service of the stack on this machine; ends with 1 where something is wrong.

    A service is well if it is ready and holds no dead letters. Under what is wrong stands how to fix it.
    """
    rows = [
        _row("version", f"recoup {version('recoup')} on Python {platform.python_version()}"),
        _disk(state),
        *_services(state),
    ]
    print_rows(rows, _COLUMNS, as_json=as_json, below=lambda row: str(row["fix"]))
    if any(row["result"] == "wrong" for row in rows):
        raise typer.Exit(1)


def _row(check: str, found: str, fix: str = "") -> dict[str, str]:
    """A check and what came of it; it is wrong where there is something to fix."""
    return {"check": check, "result": "wrong" if fix else "ok", "found": found, "fix": fix}


def _disk(state: Path) -> dict[str, str]:
    there = next(folder for folder in (state.absolute(), *state.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    fix = "" if free >= _LEAST_FREE else "make room, or keep the stack elsewhere with --state"
    return _row("disk", f"{free / 1024**3:.1f} GiB free", fix)


def _services(state: Path) -> Iterator[dict[str, str]]:
    stack = LocalStack(state)
    for service in SERVICES:
        try:
            url = stack.url(service)
        except CommandError as error:  # no stack was started: one row says so
            yield _row("stack", error.message, error.hint)
            return
        yield _service(service, url, stack.admin_token)


def _service(service: str, url: str, token: str) -> dict[str, str]:
    """What a service says of itself, and how many events it could not handle."""
    try:
        ready = httpx.get(f"{url}/healthz/ready", timeout=_PATIENCE)
    except httpx.HTTPError:
        return _row(service, f"does not answer at {url}", "`recoup ps` shows what runs, `recoup up` starts it")
    if not ready.is_success:
        return _row(service, f"not ready: {_not_ready(ready)}", "wait a moment; if it stays so, see its log")
    try:
        letters = answered(call("GET", f"{url}/admin/dead-letters", headers={"Authorization": f"Bearer {token}"}))
    except CommandError as error:
        return _row(service, f"ready, but {error.message}", error.hint or "see its log")
    if letters:
        return _row(
            service, f"ready, with {len(letters)} dead letters", "`recoup dead-letters` lists them with reasons"
        )
    return _row(service, "ready")


def _not_ready(answer: httpx.Response) -> str:
    """The parts that a service says are not well, by their names."""
    try:
        said: Any = answer.json()
    except ValueError:
        return "it says nothing more"
    parts = cast("dict[str, Any]", said) if isinstance(said, dict) else {}
    bad = [name.replace("_", " ") for name, value in parts.items() if value is False]
    return ", ".join(bad) or str(parts.get("status") or "it says nothing more")
