"""Settlement as a process: `python -m services.settlement.main`.

Hears the claims' log and `payer.inbound`; emits offer received / countered, negotiation failed, claim settled,
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
from services.settlement.adapters.http.staff import Staff, StaffError
from services.settlement.adapters.policies import load_tried
from services.settlement.adapters.sql import records
from services.settlement.adapters.sql.journal import write_journal
from services.settlement.adapters.sql.tables import ACCOUNTS
from services.settlement.application.fold import SettlementFold
from services.settlement.domain.fees import FeeError
from services.settlement.domain.policy import PolicyError
from shared.db.pool import TRANSIENT
from shared.events.base import CLAIMS_TOPIC, PAYER_INBOUND_TOPIC
from shared.runtime.folding import Folding
from shared.runtime.service import Runtime, create_app, load_settings, run
from shared.settings import Settings


class SettlementSettings(Settings):
    """Settlement's own settings."""

    port: int = 8084
    settlement_policy: Annotated[
        str, Field(description="negotiation policy: the name of a shipped one (standard) or the path of a TOML file")
    ] = "standard"
    settlement_fees: Annotated[Path | None, Field(description="fee table in TOML; unset: the shipped one")] = None
    settlement_staff: Annotated[
        SecretStr,
        Field(
            description="who may negotiate: name:role:token or name@tenant:role:token, or gateway:desk:token, by comma"
        ),
    ] = SecretStr("")


def build(settings: SettlementSettings) -> FastAPI:
    """The application with everything it consumes; errors of its files and settings are raised here, at once."""
    fold = SettlementFold(load_tried(settings.settlement_policy, settings.settlement_fees), settings.time_zones())
    staff = Staff(settings.settlement_staff.get_secret_value(), settings.admin_token.get_secret_value())

    async def assemble(runtime: Runtime) -> None:
        folding = Folding("settlement", fold, ACCOUNTS, projections=(write_journal,))
        app.state.desk = Desk(runtime, folding, fold, staff)
        await _follow_once(runtime, fold)
        runtime.fold(folding, topics=(CLAIMS_TOPIC, PAYER_INBOUND_TOPIC))
        runtime.background.append(lambda: _follow(runtime, fold))

    app = create_app(
        "settlement", settings, title="Recoup settlement", routers=[routes.router, figures.router], assemble=assemble
    )
    return app


async def _follow_once(runtime: Runtime, fold: SettlementFold) -> None:
    async with runtime.pool.acquire() as conn:
        record = await records.active(conn)
    if record is not None:
        fold.learn(record)


async def _follow(runtime: Runtime, fold: SettlementFold) -> None:
    """Another replica may have activated a version of the payers' record."""
    while True:
        await asyncio.sleep(30)
        try:
            await _follow_once(runtime, fold)
        except (*TRANSIENT, asyncpg.PostgresError):
            continue


def main() -> None:
    """Run until told to stop; exit code 2 where a policy or setting is wrong."""
    settings = load_settings(SettlementSettings)
    assert isinstance(settings, SettlementSettings)
    try:
        app = build(settings)
    except (PolicyError, FeeError, StaffError, OSError) as error:
        sys.stderr.write(f"settlement cannot start: {error}\n")
        raise SystemExit(2) from None
    run("settlement", app, settings)


if __name__ == "__main__":
    main()
