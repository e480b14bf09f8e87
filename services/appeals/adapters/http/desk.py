"""Where people's commands meet the runtime: one case under its lock, with its events and journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from services.appeals.adapters.sql.disputes import cooling_off, cooling_off_of
from services.appeals.adapters.sql.tables import CASES
from services.appeals.domain.case import AppealCase, BatchPart
from services.appeals.domain.commands import Commands
from services.appeals.domain.together import disputed, one_filing
from services.appeals.domain.turn import House
from shared.db.pool import Connection
from shared.events.base import Envelope, Event, contract_of
from shared.events.codec import new_event_id
from shared.fold import Decision, IllegalTransition
from shared.problem import Problem
from shared.runtime.folding import Folding
from shared.runtime.service import Runtime
from shared.runtime.unit_of_work import UnitOfWork
from shared.staff import Staff

_encoder = msgspec.json.Encoder(decimal_format="string")
Rule = Callable[[Commands, AppealCase], Decision[AppealCase]]


class Desk:
    """Carries commands out, turns refusals into problem details and writes down who did what, and why."""

    def __init__(self, runtime: Runtime, folding: Folding[AppealCase], house: House, staff: Staff) -> None:
        self.runtime = runtime
        self.house = house
        self.staff = staff
        self._folding = folding

    def house_of(self, tenant: str) -> House:
        """The rules with days counted where the tenant is."""
        return msgspec.structs.replace(self.house, zone=self.runtime.zones.of(tenant))

    async def where_it_stands(self, claim_id: UUID) -> tuple[House, date]:
        """The rules as they hold for a claim's tenant, and the day that it is there."""
        async with self.runtime.pool.acquire() as conn:
            house = self.house_of(await _tenant_of(conn, claim_id))
        return house, house.today(self.runtime.clock.now())

    async def carry_out(
        self,
        claim_id: UUID,
        rule: Rule,
        *,
        who: str,
        action: str,
        reason: str,
        details: dict[str, Any] | None = None,
        cooling_on: date | None = None,
    ) -> AppealCase:
        """The case after the command. 404 unknown claim; 409 illegal, blocked or late, with the rule's source.

        A command that initiates IDR knows the cooling-off periods of the day `cooling_on`.
        """
        try:
            async with self.runtime.units.begin() as uow:
                periods = await cooling_off_of(uow.conn, [str(claim_id)], cooling_on) if cooling_on else {}
                house = self.house_of(await _tenant_of(uow.conn, claim_id))
                commands = Commands(msgspec.structs.replace(house, cooling=periods), uow.now)
                after = await self._folding.command(uow, str(claim_id), lambda case: rule(commands, case))
                if after is None:
                    raise unknown()
                await journal(uow, claim_id, who, action, reason, details or {})
        except IllegalTransition as error:
            raise Problem(
                409, "refused", str(error), mend="Read the case again and act on the step it stands at."
            ) from None
        return after

    async def file_together(
        self, claim_ids: Sequence[UUID], tenant: str, on: date, reference: str, *, who: str, despite: str = ""
    ) -> dict[str, BatchPart]:
        """Initiate IDR for these claims as one batch, all or none; returns each claim's part.

        `despite`: why they could be initiated inside a cooling-off period.
        404 where one is not the tenant's; 409 with the rule where one may not be in it.
        """
        ids = sorted({str(claim_id) for claim_id in claim_ids})
        try:
            async with self.runtime.units.begin() as uow:
                rows = await CASES.load(uow.conn, ids)
                if any(i not in rows or rows[i].tenant != tenant for i in ids):
                    raise unknown()
                cases = {i: row.state for i, row in rows.items()}
                house = self.house_of(tenant)
                disputes = [d for case in cases.values() if (d := disputed(case, house.rules)) is not None]
                cooling = {} if despite else await cooling_off(uow.conn, on, disputes)
                parts = one_filing(house, cases, uow.now, on, reference, cooling)
                commands = Commands(msgspec.structs.replace(house, cooling=cooling), uow.now)
                done = await self._folding.command_all(
                    uow, ids, lambda i, case: commands.file_in_batch(case, on, reference, parts[i], despite)
                )
                if done != len(ids):
                    raise IllegalTransition("an event of one of the claims is parked: replay it first")
                for i in ids:
                    details = {"batch_id": parts[i].batch_id, "claims": len(ids), "reference": reference}
                    why = despite or "IDR initiated in a batch"
                    await journal(uow, UUID(i), who, "file_in_batch", why, details)
        except IllegalTransition as error:
            raise Problem(409, "refused", str(error), mend="Read the plan again: GET /v1/idr/plan.") from None
        return parts

    async def hear_payer(self, event: Event, *, who: str) -> AppealCase:
        """A payer's answer that came by letter, telephone or portal: handled as if it had come on `payer.inbound`."""
        claim_id = UUID(event.claim_id)

        async with self.runtime.pool.acquire() as conn:
            fold = self._folding.fold.for_tenant(await _tenant_of(conn, claim_id))
        now = self.runtime.clock.now()
        type_ = contract_of(event).type
        envelope = Envelope(id=new_event_id(), type=type_, source="staff", time=now, data=event)
        details = msgspec.json.decode(_encoder.encode(event))
        return await self.carry_out(
            claim_id,
            lambda _, case: fold.decide(case, envelope, envelope.time),
            who=who,
            action="payer_answer",
            reason=type_,
            details=details,
        )


async def _tenant_of(conn: Connection, claim_id: UUID) -> str:
    """Whose claim it is, which never changes; empty for a claim that is not there."""
    return await conn.fetchval("SELECT tenant FROM cases WHERE claim_id = $1", claim_id) or ""


async def journal(uow: UnitOfWork, claim_id: UUID, who: str, action: str, reason: str, details: dict[str, Any]) -> None:
    """Write down what a person did."""
    await uow.conn.execute(
        "INSERT INTO journal (claim_id, at, who, action, reason, details) VALUES ($1, $2, $3, $4, $5, $6)",
        claim_id,
        uow.now,
        who,
        action,
        reason,
        _encoder.encode(details).decode(),
    )


def unknown() -> Problem:
    """404: no such claim here."""
    return Problem(404, "unknown-claim", "The appeals service knows no claim with this id.")
