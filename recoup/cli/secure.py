"""`recoup secure`: certificates of an authority of one's own, rights on Kafka, keys that sign records."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Literal

import typer
from aiokafka import AIOKafkaConsumer, TopicPartition

from recoup import kafka_rights
from recoup.certificates import make_certificates
from recoup.cli.options import StateDir
from recoup.local import DEFAULT_DIR, LocalStack
from shared.commands import CommandError
from shared.db.provision import SERVICES
from shared.environment import variable_of
from shared.events.base import CLAIMS_TOPIC, DEAD_LETTER_TOPIC
from shared.kafka import client_options
from shared.runtime.topics import administering, partitions_of
from shared.settings import Settings
from shared.signing import Signer, new_key

_SIGNING, _TRUSTED = variable_of(Settings, "signing_key"), variable_of(Settings, "trusted_keys")

_Form = Annotated[
    Literal["commands", "strimzi"],
    typer.Option("--form", help="kafka-acls.sh commands, or Strimzi's resources"),
]
_Users = Annotated[list[str] | None, typer.Option(help="a user of such a system; once for each")]


def add_to(app: typer.Typer) -> None:
    """Mount the commands."""
    secure = typer.Typer(help="Certificates, rights on Kafka, and signatures of records.", no_args_is_help=True)
    secure.command("certificates")(certificates)
    secure.command("kafka-rights")(rights)
    secure.command("signing-keys")(signing_keys)
    secure.command("signed-since")(signed_since)
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


def signing_keys(
    folder: Annotated[Path, typer.Argument(help="where a folder for each service is made")],
    key_id: Annotated[str, typer.Option("--id", help="id of the new keys, such as the month they begin in")],
) -> None:
    """Make a signing key for each service, and say to each whom to trust.

    The folder of a service is its RECOUP_SECRETS_DIR, or the content of its secret. Where the folder has keys, readers
    trust the older ones too; old keys leave by hand once no replica signs with them.
    """
    try:
        made = {service: new_key(key_id) for service in SERVICES}
    except ValueError as error:
        raise CommandError(str(error), "", 2) from None
    before = folder / SERVICES[0] / _TRUSTED
    trusted = before.read_text().strip().split(",") if before.exists() else []
    if any(entry.split(":")[1] == key_id for entry in trusted):
        raise CommandError(f"there are keys of the id {key_id} already", "choose another --id", 2)
    trusted += [f"{service}:{Signer(key).public}" for service, key in made.items()]
    for service, key in made.items():
        (folder / service).mkdir(parents=True, exist_ok=True)
        private = folder / service / _SIGNING
        private.unlink(missing_ok=True)
        private.touch(mode=0o600)
        private.write_text(key)
        (folder / service / _TRUSTED).write_text(",".join(trusted))
        typer.echo(str(folder / service))


def signed_since(state: StateDir = DEFAULT_DIR) -> None:
    """Print where the log ends now, as RECOUP_SIGNED_SINCE takes it: what stands before need not be signed.

    Run it when every service signs and none asks for signatures yet.
    """
    typer.echo(",".join(asyncio.run(_ends(LocalStack(state).bootstrap))))


async def _ends(bootstrap: str) -> list[str]:
    consumer = AIOKafkaConsumer(**client_options(bootstrap), enable_auto_commit=False)
    await consumer.start()
    try:
        async with administering(bootstrap) as admin:
            places = [
                TopicPartition(topic, number)
                for topic in (CLAIMS_TOPIC, DEAD_LETTER_TOPIC)
                for number in await partitions_of(admin, topic)
            ]
        ends = await consumer.end_offsets(places)
        return [f"{place.topic}/{place.partition}/{ends[place]}" for place in places]
    finally:
        await consumer.stop()
