"""Commands about the gateway: rebuild its read model, seal it with a new key, photograph the desk.

What a service is made of is loaded by the command that runs, not by the help page that lists it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from recoup.cli.options import StateDir
from recoup_tools.stack import DEFAULT_DIR, Stack, StackError
from shared.commands import Yes, confirm

if TYPE_CHECKING:
    from services.gateway.settings import GatewaySettings

_console, _err = Console(), Console(stderr=True)
OwnSettings = Annotated[
    bool, typer.Option("--from-environment", help="use the environment's settings, as the service does")
]
_gateway = typer.Typer(no_args_is_help=True, help="Rebuild the gateway's read model, or seal it with a new key.")


def add_to(app: typer.Typer) -> None:
    """Mount the commands."""
    app.add_typer(_gateway, name="gateway")
    app.command()(screenshots)


@_gateway.command()
def rebuild(state: StateDir = DEFAULT_DIR, from_environment: OwnSettings = False, yes: Yes = False) -> None:
    """Forget the read model and read the claims' log again from its beginning.

    The gateway must be stopped; `recoup up` starts it and it reads. Keys, access log and webhooks stay, and nobody is
    told old news.
    """
    from services.gateway.adapters.kafka.rebuild import StillRunning
    from services.gateway.adapters.kafka.rebuild import rebuild as rebuild_model

    confirm("forget the read model, and read the log again?", yes=yes)
    stack = None if from_environment else Stack(state, say=_err.print)
    if stack is not None:
        asyncio.run(stack.up_servers())
        stack.process("gateway").stop()
    try:
        done = asyncio.run(rebuild_model(_settings(stack)))
    except StillRunning as error:
        raise StackError(str(error), exit_code=1) from None
    _console.print(f"{done.claims_forgotten:,} claims forgotten; {done.records_to_read:,} records to read again")
    if stack is not None:
        asyncio.run(stack.up(services=("gateway",)))
        _console.print("the gateway is reading them now; /v1/lag counts down")


@_gateway.command()
def reseal(state: StateDir = DEFAULT_DIR, from_environment: OwnSettings = False) -> None:
    """Seal account numbers and webhook secrets with the newest key of RECOUP_PHI_KEYS; the gateway may run.

    To rotate: put the new key first, restart the gateway, run this, then take the old key out and restart. Ends with 1
    while something is under an older key still, or its key is missing.
    """
    from services.gateway.adapters.reseal import NewestUnknown
    from services.gateway.adapters.reseal import reseal as reseal_all
    from shared.sealing import rotation_report

    stack = None if from_environment else Stack(state, say=_err.print)
    try:
        done = asyncio.run(reseal_all(_settings(stack)))
    except NewestUnknown as error:
        raise StackError(str(error), exit_code=1) from None
    _console.print(f"{done.claims:,} claims and {done.endpoints:,} webhook endpoints sealed with the newest key")
    message, code = rotation_report(done.claims + done.endpoints, 0, done.left)
    _console.print(f"gateway: {message}")
    if code:
        raise typer.Exit(code)


def screenshots(
    out: Annotated[Path, typer.Option(help="where the pictures go")] = Path("docs/images"),
    claims: Annotated[int, typer.Option(min=50, help="claims of the run")] = 300,
    state: StateDir = DEFAULT_DIR / "screenshots",
) -> None:
    """Play a small run on a stack of its own and take pictures of the desk."""
    from recoup_tools.demo.screenshots import take

    out.mkdir(parents=True, exist_ok=True)
    for path in asyncio.run(take(state, out, _err, claims=claims)):
        _console.print(str(path), highlight=False)


def _settings(stack: Stack | None) -> GatewaySettings:
    from pydantic import SecretStr

    from services.gateway.settings import GatewaySettings
    from shared.runtime.service import load_settings

    if stack is None:
        return load_settings(GatewaySettings)
    environment = stack.environment("gateway")
    values: dict[str, Any] = {name: environment[name] for name in ("DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS")}
    return GatewaySettings(**values, phi_keys=SecretStr(environment["RECOUP_PHI_KEYS"]))
