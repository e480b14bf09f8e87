"""Inquiries out: a 276 asks the payer where a claim stands; its 277 comes back under the number of the question.

A person asks, or the answer is overdue: settlement says when, by its policy. Each overdue answer is asked after once.
"""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from recoup_x12 import Unwritable, write_eligibility, write_inquiry
from services.intake.adapters.source_documents import claim_of
from services.intake.adapters.sql import interchanges, outgoing
from services.intake.adapters.sql.store import SqlStore
from services.intake.application.corrections import payer_claim_number, route_of
from services.intake.application.outgoing_ports import Illegible
from services.intake.domain.submission import ClaimRecord
from shared.calendar import TimeZones, legal_day
from shared.events.settlement import RemittanceOverdue
from shared.events.statuses import ClaimInquired
from shared.problem import Problem
from shared.runtime.unit_of_work import UnitOfWork, UnitsOfWork
from shared.sealing import Vault


class Inquirer:
    """Composes 276s, keeps them for the carrier, and tells the claim."""

    def __init__(self, units: UnitsOfWork, vault: Vault, zones: TimeZones) -> None:
        self._units = units
        self._vault = vault
        self._zones = zones

    async def ask(
        self, tenant: str, claim_id: str, key: str, by: str, kind: Literal["270", "276"] = "276"
    ) -> outgoing.Sent:
        """Ask about a claim (276) or its patient's coverage (270), once under a key, the number of the question.

        Raises problems 404, 409, 422.
        """
        async with self._units.begin() as uow:
            store = SqlStore(uow, self._vault, tenant=tenant)
            record = (await store.load([claim_id])).get(claim_id)
            if record is None or record.facts.tenant != tenant:
                raise _unknown()
            asked = _fingerprint(claim_id, kind)
            known = await outgoing.find(uow.conn, tenant, key)
            if known is not None:
                if known.asked_sha256 != asked:
                    raise Problem(
                        409, "key-reused", "Something else was sent under this key.",
                        how_to_fix="Give each sending a key of its own.",
                    )  # fmt: skip
                return msgspec.structs.replace(known, repeated=True)
            sent = await self._send(uow, store, record, claim_id, key, by, kind)
            if kind == "276":
                store.emit(_told(sent, uow, self._zones.of(tenant)))
                await store.save()
        return sent

    async def ask_after(self, uow: UnitOfWork, tenant: str, event: RemittanceOverdue, key: str) -> bool:
        """Ask after an answer that is overdue, once under a key; return True if the payer was asked.

        It is not asked where there is nothing to wait for: the claim is void, or its payer rejected it, or it has
        answered meanwhile. Where no 276 can be written, the claim is told so, that a person may ask.
        """
        claim_id = event.claim_id
        store = SqlStore(uow, self._vault, tenant=tenant)
        record = (await store.load([claim_id])).get(claim_id)
        if record is None or record.facts.tenant != tenant or record.voided or record.refused_on is not None:
            return False
        if not event.lines and (await store.standing([claim_id])).get(claim_id):
            return False
        if await outgoing.find(uow.conn, tenant, key) is not None:
            return False
        zone = self._zones.of(tenant)
        try:
            sent = await self._send(uow, store, record, claim_id, key, "")
            told = _told(sent, uow, zone, event.inquiry)
        except Problem as error:
            told = ClaimInquired(
                claim_id=claim_id, key=key, status="impossible", on=legal_day(uow.now, zone), number=event.inquiry,
                reason=error.detail,
            )  # fmt: skip
        store.emit(told)
        await store.save()
        return told.status == "sent"

    async def _send(
        self,
        uow: UnitOfWork,
        store: SqlStore,
        record: ClaimRecord,
        claim_id: str,
        key: str,
        by: str,
        kind: Literal["270", "276"] = "276",
    ) -> outgoing.Sent:
        """Compose and keep one 276 or 270. Raises problems 404 and 422."""
        tenant = record.facts.tenant
        text = await interchanges.original(uow.conn, self._vault, claim_id)
        if text is None:
            raise _unknown()
        try:
            claim = await asyncio.to_thread(claim_of, text, record.facts.form)
        except Illegible:
            raise Problem(
                422, "illegible", "What is kept of the claim cannot be read.", how_to_fix="Ask the payer otherwise."
            ) from None
        control = await outgoing.next_control(uow.conn)
        route = route_of(claim)
        there = uow.now.astimezone(self._zones.of(tenant))
        try:
            if kind == "270":
                x12 = await asyncio.to_thread(write_eligibility, claim, key, route, control, there)
            else:
                number = await payer_claim_number(store, claim_id)
                x12 = await asyncio.to_thread(write_inquiry, claim, key, number, route, control, there)
        except Unwritable as error:
            raise Problem(
                422, "unwritable", f"{error.segment}{error.element:02} holds characters that X12 cannot carry.",
                how_to_fix="Ask the payer otherwise.",
            ) from None  # fmt: skip
        digest, size = sha256(x12.encode()).hexdigest(), len(x12.encode())
        asked = _fingerprint(claim_id, kind)
        sent = outgoing.Sent(key, claim_id, asked, control, route.receiver, digest, size, kind=kind)
        await outgoing.keep(uow, self._vault, tenant, sent, x12, by=by)
        return sent


def _fingerprint(claim_id: str, kind: str) -> str:
    return sha256(f"{kind}\0{claim_id}".encode()).hexdigest()


def _told(sent: outgoing.Sent, uow: UnitOfWork, zone: ZoneInfo, number: int = 0) -> ClaimInquired:
    return ClaimInquired(
        claim_id=sent.claim_id, key=sent.key, status="sent", on=legal_day(uow.now, zone), number=number,
        control_number=f"{sent.control:09}", receiver=sent.receiver,
    )  # fmt: skip


def _unknown() -> Problem:
    return Problem(404, "unknown-claim", "No accepted claim of this tenant has this id.")
