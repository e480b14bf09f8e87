"""Inquiries out: a 276 asks the payer where a claim stands; its 277 comes back under the number of the question."""

from __future__ import annotations

import asyncio
from hashlib import sha256

import msgspec

from recoup_x12 import Route, Unwritable, write_inquiry
from services.intake.adapters.source_documents import claim_of
from services.intake.adapters.sql import interchanges, outgoing
from services.intake.adapters.sql.store import SqlStore
from services.intake.adapters.sql.tables import CLAIMS
from services.intake.application.outgoing_ports import Illegible
from shared.calendar import TimeZones
from shared.problem import Problem
from shared.runtime.unit_of_work import UnitsOfWork
from shared.sealing import Vault


class Inquirer:
    """Composes 276s and keeps them for the carrier."""

    def __init__(self, units: UnitsOfWork, vault: Vault, zones: TimeZones) -> None:
        self._units = units
        self._vault = vault
        self._zones = zones

    async def ask(self, tenant: str, claim_id: str, key: str, by: str) -> outgoing.Sent:
        """Ask about a claim, once under a key, which is the number of the question. Raises problems 404, 409, 422."""
        async with self._units.begin() as uow:
            if not await CLAIMS.load(uow.conn, [claim_id]):
                raise _unknown()
            record = await CLAIMS.read(uow.conn, claim_id, tenant)
            text = await interchanges.original(uow.conn, self._vault, claim_id) if record is not None else None
            if record is None or text is None:
                raise _unknown()
            asked = sha256(f"276\0{claim_id}".encode()).hexdigest()
            known = await outgoing.find(uow.conn, tenant, key)
            if known is not None:
                if known.asked_sha256 != asked:
                    raise Problem(
                        409, "key-reused", "Something else was sent under this key.",
                        how_to_fix="Give each sending a key of its own.",
                    )  # fmt: skip
                return msgspec.structs.replace(known, repeated=True)
            try:
                claim = await asyncio.to_thread(claim_of, text, record.facts.form)
            except Illegible:
                raise Problem(
                    422, "illegible", "What is kept of the claim cannot be read.", how_to_fix="Ask the payer otherwise."
                ) from None
            store = SqlStore(uow, self._vault, tenant=tenant)
            paid = (await store.standing([claim_id])).get(claim_id, [])
            number = next((p.payer_claim_number for p in reversed(paid) if p.payer_claim_number), "")
            control = await outgoing.next_control(uow.conn)
            route = Route(claim.submitter.id or claim.billing.id, claim.receiver.id or claim.payer.id)
            there = uow.now.astimezone(self._zones.of(tenant))
            try:
                x12 = await asyncio.to_thread(write_inquiry, claim, key, number, route, control, there)
            except Unwritable as error:
                raise Problem(
                    422, "unwritable", f"{error.segment}{error.element:02} holds characters that X12 cannot carry.",
                    how_to_fix="Ask the payer otherwise.",
                ) from None  # fmt: skip
            digest, size = sha256(x12.encode()).hexdigest(), len(x12.encode())
            sent = outgoing.Sent(key, claim_id, asked, control, route.receiver, digest, size, kind="276")
            await outgoing.keep(uow, self._vault, tenant, sent, x12, by=by)
        return sent


def _unknown() -> Problem:
    return Problem(404, "unknown-claim", "No accepted claim of this tenant has this id.")
