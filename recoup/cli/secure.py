"""`recoup secure`: certificates of an authority of one's own, and what each principal may do on the log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from recoup import kafka_rights
from recoup.certificates import make_certificates
from shared.commands import CommandError

_Form = Annotated[
    Literal["commands", "strimzi"],
    typer.Option("--form", help="kafka-acls.sh commands, or Strimzi's resources"),
]
_Users = Annotated[list[str] | None, typer.Option(help="a user of such a system; once for each")]


def add_to(app: typer.Typer) -> None:
    """Mount the commands."""
    secure = typer.Typer(help="Certificates, and rights on Kafka.", no_args_is_help=True)
    secure.command("certificates")(certificates)
    secure.command("kafka-rights")(rights)
    app.add_typer(secure, name="secure")


def certificates(
    folder: Annotated[Path, typer.Argument(help="where the authority and what it signs is kept")],
    names: Annotated[list[str], typer.Argument(help="what to make a certificate for: kafka, postgres, recoup-intake")],
    host: Annotated[list[str] | None, typer.Option(help="a further host name or address; once for each")] = None,
) -> None:
    """Make certificates signed by an authority of this folder's, for a laptop or compose."""
    try:
        written = make_certificates(folder, names, host or ())
    except ValueError as error:
        raise CommandError(str(error), "", 2) from None
    for file in written:
        typer.echo(str(file))


def rights(form: _Form = "commands", sender: _Users = None, payer: _Users = None, listener: _Users = None) -> None:
    """Print what each user of the brokers may do: the services, the provisioning job, and those named.

    A sender writes inputs and reads answers, a payer writes what payers say, a listener reads the claims' events.
    """
    users = kafka_rights.principals(senders=sender or (), payers=payer or (), listeners=listener or ())
    if form == "strimzi":
        for resource in kafka_rights.as_strimzi(users):
            typer.echo(f"---\n{json.dumps(resource, indent=1)}")
        return
    for line in kafka_rights.as_commands(users):
        typer.echo(line)
