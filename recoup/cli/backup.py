"""`recoup backup`, `restore` and `repartition`: the services' schemas and the log, out of the servers and back.

Kafka's client is loaded by the command that runs, not by the help page that lists it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from recoup.cli.options import StateDir
from recoup.local import DEFAULT_DIR, LocalStack, known_services
from shared.commands import Yes, confirm
from shared.db.provision import SERVICES

_Folder = Annotated[Path, typer.Argument(help="the folder of the backup")]
_Services = Annotated[list[str] | None, typer.Option("--service", help="one service only; once for each")]
_Log = Annotated[bool, typer.Option("--log", help="the topics too; for brokers without a copy elsewhere")]


def add_to(app: typer.Typer) -> None:
    """Mount the commands."""
    app.command()(backup)
    app.command()(restore)
    app.command()(repartition)


def backup(folder: _Folder, service: _Services = None, log: _Log = False, state: StateDir = DEFAULT_DIR) -> None:
    """Back up the services' schemas, and with --log the topics after them; the services may run.

    Of the servers in DATABASE_URL (an administrator's DSN) and KAFKA_BOOTSTRAP_SERVERS, or of the stack on this
    machine. The folder is as private as the data: the inputs on `edi.inbound` carry patients' names.
    """
    from recoup import backup as copies

    stack = LocalStack(state)
    made = copies.back_up(
        folder, stack.admin_dsn, stack.bootstrap, services=known_services(service) or SERVICES, log=log, say=typer.echo
    )
    index = asyncio.run(made)
    typer.echo(f"whole: {folder}, as of {index.made_at:%Y-%m-%d %H:%M:%S} UTC")


def restore(
    folder: _Folder, service: _Services = None, log: _Log = False, yes: Yes = False, state: StateDir = DEFAULT_DIR
) -> None:
    """Put schemas back as they were backed up, and with --log the topics, which must be empty.

    The services must be stopped. When they start they read up what the log holds beyond the backup; what only people
    or senders know comes again from them, as the operator's guide says.
    """
    from recoup import backup as copies

    stack = LocalStack(state)
    known = known_services(service)
    confirm(f"replace what {', '.join(known) if known else 'every service'} has by what was backed up?", yes=yes)
    put_back = copies.restore(folder, stack.admin_dsn, stack.bootstrap, services=known, log=log, say=typer.echo)
    services = [one.service for one in asyncio.run(put_back).services]
    typer.echo("done: start the services; they read up what the log holds beyond it")
    if "intake" in services:
        typer.echo("intake: send again what came in after the backup, with the day on which it was received")


def repartition(
    folder: _Folder,
    partitions: Annotated[int, typer.Option(min=1, max=1024, help="how many the log is to have")],
    state: StateDir = DEFAULT_DIR,
) -> None:
    """Give the claims' log another number of partitions: copies it into FOLDER, makes it anew, and lays it out.

    The services must be stopped. When they start, with RECOUP_PARTITIONS as many, they read the log from its beginning,
    and what they took in before has no effect. Broken off, it is called again with the same folder.
    """
    from recoup.repartition import repartition as lay_out

    stack = LocalStack(state)
    asyncio.run(lay_out(folder, stack.admin_dsn, stack.bootstrap, partitions=partitions, say=typer.echo))
    typer.echo(f"done: start the services with RECOUP_PARTITIONS={partitions}; {folder} is a copy of the log as it was")
