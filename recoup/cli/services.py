"""The services' own commands as commands of `recoup`, with the settings of the stack on this machine.

`recoup reference load` is `python -m services.benchmark reference load` with address and token of the stack in
`--state` where neither option nor variable names others.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from copy import copy
from functools import partial, wraps
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from typer.models import CommandInfo

from recoup.cli.options import StateDir
from shared.commands import CommandError, settings_from

SERVICES: dict[str, dict[str, tuple[str, ...]]] = {
    "intake": {"parse": ("parse",), "codes": ("codes",)},
    "benchmark": {
        "quote": ("quote", "reference", "reprice"),
        "transparency": ("tic",),
        "analysis": ("qpa", "ratios", "prices"),
    },
    "appeals": {"deadlines": ("deadlines",), "plans": ("plans",)},
    "gateway": {"estimate": ("estimate",)},
}
"""The modules of each service's `commands`, and the commands that each adds."""
_SETTINGS = {"benchmark_url", "folder"}
"""Options that stand for a setting of the service."""


def add_commands(app: typer.Typer, service: str, module: str) -> None:
    """Mount one module of a service's commands."""
    theirs = typer.Typer()
    import_module(f"services.{service}.commands.{module}").add_to(theirs)
    ours = _on_this_machine(theirs, service)
    app.registered_commands += ours.registered_commands
    app.registered_groups += ours.registered_groups


def _on_this_machine(theirs: typer.Typer, service: str) -> typer.Typer:
    """A copy of the application whose commands know the stack on this machine."""
    ours = copy(theirs)
    ours.registered_commands = [_with_state(command, service) for command in theirs.registered_commands]
    ours.registered_groups = [copy(group) for group in theirs.registered_groups]
    for group in ours.registered_groups:
        if group.typer_instance is not None:
            group.typer_instance = _on_this_machine(group.typer_instance, service)
    return ours


def _with_state(command: CommandInfo, service: str) -> CommandInfo:
    """The command with the option `--state`, where it has an option for a setting of its service."""
    function = command.callback
    if function is None or not _SETTINGS & inspect.signature(function).parameters.keys():
        return command
    ours = copy(command)
    ours.callback = _asking_the_stack(function, service)
    return ours


def _asking_the_stack(function: Callable[..., Any], service: str) -> Callable[..., Any]:
    from recoup.local import DEFAULT_DIR  # only now: commands that need no server need no database driver either

    @wraps(function)
    def run(*, state: Path, **options: Any) -> Any:
        with settings_from(partial(_setting, service, state)):
            return function(**options)

    option = inspect.Parameter("state", inspect.Parameter.KEYWORD_ONLY, default=DEFAULT_DIR, annotation=StateDir)
    signature = inspect.signature(function, eval_str=True)  # typer evaluates no annotations of a made signature
    run.__signature__ = signature.replace(parameters=[*signature.parameters.values(), option])  # type: ignore[attr-defined]
    return run


def _setting(service: str, state: Path, variable: str) -> str:
    """A setting of a service of the stack in `state`."""
    from recoup.local import LocalStack, StackError

    if variable == "RECOUP_INTAKE_CODES_DIR":
        return str(state / "codes")
    stack = LocalStack(state)
    try:
        if variable == "RECOUP_ADMIN_TOKEN":
            return stack.admin_token
        return stack.url(service)
    except StackError:
        raise CommandError("no stack is known here", "start it with `recoup up`, or give --url and --token") from None
