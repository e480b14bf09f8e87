"""Settlement as a process: `python -m services.settlement.main`.

Handles the claims' log and `payer.inbound`; emits offer received / countered, negotiation failed, claim settled,
settlement paid / short, claim reopened, claim closed.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import asyncpg
from fastapi import FastAPI
from pydantic import Field, SecretStr

from services.settlement.adapters.http import figures, routes
from services.settlement.adapters.http.desk import Desk
from services.settlement.adapters.http.members import MEMBERS
from services.settlement.adapters.http.staff import Staff, StaffError
from services.settlement.adapters.policies import load_simulated
from services.settlement.adapters.sql.journal import write_journal
from services.settlement.adapters.sql.payer_histories import SqlPayerHistories
from services.settlement.adapters.sql.reader import Reader
from services.settlement.adapters.sql.tables import ACCOUNTS
from services.settlement.application.decider import SettlementDecider
from services.settlement.application.learning import Learning
from services.settlement.application.negotiation import Negotiation
from services.settlement.domain.account import Account
from services.settlement.domain.fees import FeeError
from services.settlement.domain.policy import PolicyError
from services.settlement.domain.public_record import RecordUnreadable
from services.settlement.domain.task_events import tasks_changed
from shared.db.pool import TRANSIENT
from shared.events.base import CLAIMS_TOPIC, PAYER_INBOUND_TOPIC
from shared.runtime.batch_processor import BatchProcessor
from shared.runtime.service import Runtime, create_app, load_settings, run
from shared.runtime.transactions import DecisionTransactions
from shared.settings import Settings

_FOLLOW_SECONDS = 30


class SettlementSettings(Settings):
    """Settlement's own settings."""

    port: int = 8084
    settlement_policy: Annotated[
        str, Field(description="negotiation policy: the name of a shipped one (standard) or the path of a TOML file")
    ] = "standard"
    settlement_public_record: Annotated[
        Path | None,
        Field(
            description="the public record of federal IDR, as `recoup idr publish` writes it; unset: the shipped one"
        ),
    ] = None
    settlement_fees: Annotated[Path | None, Field(description="fee table in TOML; unset: the shipped one")] = None
    settlement_staff: Annotated[
        SecretStr,
        Field(
            description="who may negotiate: name:role:token or name@tenant:role:token, or gateway:desk:token, by comma"
        ),
    ] = SecretStr("")


def build(settings: SettlementSettings) -> FastAPI:
    """The application with everything it consumes; errors of its files and settings are raised here, at once."""
    decider = SettlementDecider(
        load_simulated(settings.settlement_policy, settings.settlement_fees, settings.settlement_public_record),
        settings.time_zones(),
    )
    staff = Staff(settings.settlement_staff.get_secret_value(), settings.admin_token.get_secret_value())

    async def assemble(runtime: Runtime) -> None:
        processor = BatchProcessor(
            "settlement", decider, ACCOUNTS, projections=(write_journal,), announces=tasks_changed
        )
        desk = app.state.desk = open_desk(runtime, processor, decider, staff)
        await desk.learning.follow()
        runtime.process(processor, topics=(CLAIMS_TOPIC, PAYER_INBOUND_TOPIC))
        runtime.background.append(lambda: _follow(desk.learning))

    app = create_app(
        "settlement",
        settings,
        title="Recoup settlement",
        routers=[routes.router, figures.router],
        assemble=assemble,
        description="Offers and how they are answered, what was agreed, and where the money of each claim is.",
        tags={
            "settlement": "A claim's account, books and decisions; offers and what people do about them.",
            "figures": "What decisions are made by: the policy, the payers' record and its snapshots.",
        },
        members=MEMBERS,
        known=staff.known,
    )
    return app


def open_desk(runtime: Runtime, processor: BatchProcessor[Account], decider: SettlementDecider, staff: Staff) -> Desk:
    """The use cases bound to a runtime."""
    return Desk(
        staff=staff,
        negotiation=Negotiation(DecisionTransactions(runtime.units, processor), decider),
        learning=Learning(SqlPayerHistories(runtime.units), decider),
        reader=Reader(runtime.pool),
        decider=decider,
        clock=runtime.units.clock,
    )


async def _follow(learning: Learning) -> None:
    """Another replica may have activated a version of the payers' record."""
    while True:
        await asyncio.sleep(_FOLLOW_SECONDS)
        try:
            await learning.follow()
        except (*TRANSIENT, asyncpg.PostgresError):
            continue


def main() -> None:
    """Run until told to stop; exit code 2 where a policy or setting is wrong."""
    settings = load_settings(SettlementSettings)
    assert isinstance(settings, SettlementSettings)
    try:
        app = build(settings)
    except (PolicyError, FeeError, RecordUnreadable, StaffError, OSError) as error:
        sys.stderr.write(f"settlement cannot start: {error}\n")
        raise SystemExit(2) from None
    run("settlement", app, settings)


if __name__ == "__main__":
    main()
