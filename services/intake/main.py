"""Intake as a process: `python -m services.intake.main`.

Hears `edi.inbound`, HTTP, a drop folder, and of the claims' log which answers are overdue; emits claim received /
replaced / voided / rejected / inquired, remittance received / reversed, records requested, and on `edi.outbound` its
X12 answers.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI
from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from services.intake.adapters import codes
from services.intake.adapters.bank import read_bank_file
from services.intake.adapters.bank_folder import BankFolder
from services.intake.adapters.drop_folder import DropFolder
from services.intake.adapters.held_corrections import corrected
from services.intake.adapters.http import (
    attachments,
    corrections,
    deposits,
    held,
    paper,
    recoupments,
    requests,
    routes,
    statuses,
    submissions,
    worklist,
)
from services.intake.adapters.http.desk import Desk
from services.intake.adapters.http.senders import SETTING, Senders, known_to, parse_senders
from services.intake.adapters.kafka.inbound import EdiInbox
from services.intake.adapters.kafka.log_recovery import LogRecovery
from services.intake.adapters.kafka.overdue import OverdueInbox
from services.intake.adapters.kafka.readers import Readers
from services.intake.adapters.outgoing import OutgoingFolder
from services.intake.adapters.sealing import vault_of
from services.intake.adapters.sql.inputs import SqlInputTransactions
from services.intake.adapters.sql.locks import Locks
from services.intake.adapters.sql.outgoing import id_of
from services.intake.adapters.sql.reader import Reader
from services.intake.adapters.sql.transactions import SqlTransactions
from services.intake.application.attachments import AttachmentSender
from services.intake.application.corrections import Corrector
from services.intake.application.deposit_decisions import DepositDecisions
from services.intake.application.idempotent_inputs import IdempotentInputs
from services.intake.application.inputs import InputReceiver
from services.intake.application.inquiries import InquirySender
from services.intake.application.paper import PaperRemittances
from services.intake.application.reassociation import Reassociation
from services.intake.application.resolutions import Resolutions
from services.intake.application.retry_matching import RetryMatching
from services.intake.application.turns import Turns
from shared.api.refusals import SEALED
from shared.api.submitted_words import SUBMITTED
from shared.runtime.looking import look_for_ever
from shared.runtime.service import Runtime, create_app, load_settings, run
from shared.sealing import Vault
from shared.settings import Settings, by_tenant
from shared.staff import Staff, StaffError, parse_staff
from shared.telemetry.logging import Log

TAGS = {
    "intake": "What comes in, and what became of it.",
    "worklist": "What waits for a person.",
    "deposits": "What the bank says came in.",
    "paper": "Remittances that came on paper.",
}


MEMBERS = {
    "Ended.name": "the list's name",
    "Ended.version": "its newest release here",
    "Ended.valid_to": "the last day that this release speaks for",
    "Ended.days": "days since then",
}
"""What members of answers mean that are intake's alone."""


class IntakeSettings(Settings):
    """Intake's own settings."""

    phi_keys: Annotated[
        SecretStr,
        Field(description="keys that seal patient data: base64 of 4 bytes id + 32 bytes key, newest first, by comma"),
    ]
    intake_idempotency_hours: Annotated[
        int, Field(ge=1, description="how long the answer to an Idempotency-Key is kept, in hours")
    ] = 24
    intake_senders: Annotated[
        SecretStr,
        Field(
            description="who may submit: name:token (for any tenant) or name@tenant:token by comma, "
            "tokens of 16 characters or more; the gateway is one of them"
        ),
    ] = SecretStr("")
    intake_staff: Annotated[
        SecretStr,
        Field(
            description="who decides on the worklist: name:token entries by comma, tokens of 16 characters or more; "
            "gateway:desk:<its desk token> lets people decide at the gateway"
        ),
    ] = SecretStr("")
    intake_codes_dir: Annotated[
        Path | None,
        Field(description="folder of code lists and NCCI tables kept by `recoup codes update`; changes are picked up"),
    ] = None
    intake_drop_folder: Annotated[
        Path | None,
        Field(description="directory with a folder for each tenant, whose `in` and `bank` are watched; empty: none"),
    ] = None
    intake_drop_settle_seconds: Annotated[
        float, Field(ge=0, description="how long a delivered file must stay unchanged before it is taken, in seconds")
    ] = 5.0
    intake_deposit_days: Annotated[
        int, Field(ge=0, le=250, description="business days after which an 835 without its deposit is on the worklist")
    ] = 5
    intake_cutovers: Annotated[
        dict[str, date],
        NoDecode,
        BeforeValidator(by_tenant),
        Field(
            description="tenants' first days with this system: tenant=2026-12-01, by comma; claims made out, "
            "and payments dated or stated as received, before it are history",
        ),
    ] = {}  # noqa: RUF012 - pydantic copies it
    intake_inquiries: Annotated[
        bool,
        Field(description="whether the payer is asked by itself (276) where its answer is overdue by the policy"),
    ] = True
    port: int = 8081


def open_desk(runtime: Runtime, vault: Vault, inputs: IdempotentInputs, settings: IntakeSettings) -> Desk:
    """The use cases over this process's database."""
    units, zones = runtime.units, runtime.zones
    transactions, received = SqlTransactions(units, vault), SqlInputTransactions(units, vault)
    reassociation = Reassociation(transactions, units.clock, zones, settings.intake_deposit_days)
    return Desk(
        reader=Reader(runtime.pool, vault),
        resolutions=Resolutions(transactions, corrected),
        deposits=DepositDecisions(transactions, reassociation, read_bank_file),
        reassociation=reassociation,
        papers=PaperRemittances(received, InputReceiver(received, zones, settings.intake_cutovers), inputs),
        attachments=AttachmentSender(transactions, zones),
        corrector=Corrector(transactions, zones, id_of),
        inquiries=InquirySender(transactions, zones),
    )


def prepare(app: FastAPI, runtime: Runtime, settings: IntakeSettings) -> EdiInbox:
    """Give the routes what they need, and the runtime what it consumes and runs."""
    vault = vault_of(settings.phi_keys.get_secret_value())
    locks = Locks(runtime.pool, holder=runtime.replica)
    runtime.at_stop.append(locks.close)
    app.state.vault = vault
    app.state.staff = _staff(settings)
    app.state.senders = _senders(settings)
    inputs = SqlInputTransactions(runtime.units, vault)
    readers = Readers(settings.kafka_bootstrap_servers)
    runtime.at_stop.append(readers.close)
    turns = Turns(readers.behind)
    app.state.receiver = InputReceiver(inputs, runtime.zones, settings.intake_cutovers, turns=turns)
    app.state.locks = locks
    app.state.deliveries = IdempotentInputs(inputs, locks, timedelta(hours=settings.intake_idempotency_hours))
    desk = open_desk(runtime, vault, app.state.deliveries, settings)
    app.state.desk = desk
    runtime.background.append(
        partial(
            look_for_ever, desk.reassociation.once, every=2.0, log=Log("deposits"),
            interrupted="reassociation interrupted",
        )
    )  # fmt: skip
    if settings.intake_drop_folder is not None:
        runtime.background.append(OutgoingFolder(settings.intake_drop_folder, runtime.units, vault).run)
        runtime.background.append(
            DropFolder(
                settings.intake_drop_folder,
                settings.intake_drop_settle_seconds,
                app.state.receiver,
                app.state.deliveries,
                vault,
                runtime.pool,
            ).run
        )
        runtime.background.append(
            BankFolder(settings.intake_drop_folder, settings.intake_drop_settle_seconds, desk.deposits, locks).run
        )
    inbox = EdiInbox(vault, runtime.zones, settings.intake_cutovers, turns=turns)
    runtime.consume(inbox)
    past = EdiInbox(vault, runtime.zones, settings.intake_cutovers, turns=turns, history=True)
    runtime.consume(past, group="recoup-intake-history", at_once=1)
    if settings.intake_inquiries:
        runtime.consume(OverdueInbox(desk.inquiries, vault, runtime.trust), group="recoup-intake-overdue")
    runtime.replay, runtime.open_sealed = inbox.replay, inbox.open_sealed
    matching = RetryMatching(SqlTransactions(runtime.units, vault))
    runtime.background.append(
        partial(
            look_for_ever, matching.once, every=1.0, log=Log("retry_matching"), interrupted="retry interrupted"
        )
    )  # fmt: skip
    if settings.intake_codes_dir is not None:
        runtime.background.append(codes.Watch(settings.intake_codes_dir).run)
    return inbox


def _senders(settings: IntakeSettings) -> Senders:
    return Senders(settings.intake_senders.get_secret_value(), settings.admin_token.get_secret_value())


def _staff(settings: IntakeSettings) -> Staff:
    return Staff(
        settings.intake_staff.get_secret_value(),
        settings.admin_token.get_secret_value(),
        setting="RECOUP_INTAKE_STAFF",
        service="intake",
    )


def build(settings: IntakeSettings) -> FastAPI:
    """The application with everything it consumes."""

    async def assemble(runtime: Runtime) -> None:
        runtime.relay.look = LogRecovery(runtime.pool, settings.kafka_bootstrap_servers, runtime.trust).look
        await runtime.relay.look()  # before anything is decided
        prepare(app, runtime, settings)

    app = create_app(
        "intake",
        settings,
        title="Recoup intake",
        description="Claims, remittances and payers' other answers in; what is wrong with them, and our answers out.",
        tags=TAGS,
        members={**SUBMITTED, **MEMBERS},
        routers=[
            submissions.router,
            routes.router,
            worklist.router,
            held.router,
            recoupments.router,
            requests.router,
            statuses.router,
            attachments.router,
            corrections.router,
            deposits.router,
            paper.router,
        ],
        assemble=assemble,
        refused=(SEALED,),  # most that is kept here is sealed
        known=known_to(_senders(settings), _staff(settings)),
    )
    return app


def main() -> None:
    """Run until told to stop."""
    settings = load_settings(IntakeSettings)
    people: tuple[tuple[str, Callable[[str], object], SecretStr], ...] = (
        ("RECOUP_INTAKE_STAFF", parse_staff, settings.intake_staff),
        (SETTING, parse_senders, settings.intake_senders),
    )
    for name, parse, value in people:
        try:
            parse(value.get_secret_value())
        except StaffError as error:
            sys.stderr.write(f"setting {name}: {error} (see docs/settings.md)\n")
            raise SystemExit(2) from None
    if settings.intake_codes_dir is not None:
        try:
            codes.put_in_force(settings.intake_codes_dir)
        except (codes.CodesError, OSError) as error:
            sys.stderr.write(f"setting RECOUP_INTAKE_CODES_DIR: {error}\n")
            raise SystemExit(2) from None
    run("intake", build(settings), settings)


if __name__ == "__main__":
    main()
