"""275s out: composed where the names are, kept sealed, laid out for the carrier, and judged by the answers that come.

The caller hands papers and numbers; the patient's name comes from the request or the claim that intake keeps, and goes
into the X12 alone. One key makes one interchange, however often it is asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from recoup_x12 import Unwritable, write_attachment
from recoup_x12.model import AdditionalInformation, Document
from services.intake.adapters.drop_folder import FOLDERS, write_whole
from services.intake.adapters.source_documents import claim_of
from services.intake.adapters.sql import interchanges, outgoing
from services.intake.adapters.sql.requests import SqlRequests
from services.intake.adapters.sql.tables import CLAIMS
from services.intake.domain.attachment import MAX_BYTES, Unfit, in_answer, unasked
from shared.calendar import TimeZones
from shared.db.pool import TRANSIENT
from shared.events.answers import AttachmentComposed
from shared.problem import Problem
from shared.runtime.unit_of_work import UnitOfWork, UnitsOfWork
from shared.sealing import Vault
from shared.telemetry.logging import Log

_log = Log("outgoing")
_EVERY_SECONDS = 1.0
_BATCH = 20


class Order(msgspec.Struct, frozen=True):
    """Documents to be sent about a claim, in answer to a request or not; `key` names the sending."""

    tenant: str
    claim_id: str
    key: str
    documents: tuple[Document, ...]
    request_id: str = ""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what is asked for, to tell a repetition from another sending under the same key."""
        parts = (
            self.claim_id,
            self.request_id,
            *(f"{d.asked}:{sha256(d.content).hexdigest()}" for d in self.documents),
        )
        return sha256("\0".join(parts).encode()).hexdigest()


class Sender:
    """Composes 275s and keeps them."""

    def __init__(self, units: UnitsOfWork, vault: Vault, zones: TimeZones) -> None:
        self._units = units
        self._vault = vault
        self._zones = zones

    async def compose(self, order: Order) -> outgoing.Sent:
        """The interchange under the order's key, made once. Raises problems 404, 409, 413 and 422."""
        if sum(len(d.content) for d in order.documents) > MAX_BYTES:
            raise Problem(
                413, "too-large", f"The documents hold more than {MAX_BYTES} bytes.",
                how_to_fix="Send fewer at a time, or smaller scans.",
            )  # fmt: skip
        async with self._units.begin() as uow:
            # one at a time for a key, and the claim's lock, as everywhere, before what hangs on it
            if not await CLAIMS.load(uow.conn, [order.claim_id]):
                raise _unknown()
            known = await outgoing.find(uow.conn, order.tenant, order.key)
            if known is not None:
                if known.asked_sha256 != order.fingerprint:
                    raise Problem(
                        409, "key-reused", "Other documents were sent under this key.",
                        how_to_fix="Give each sending a key of its own.",
                    )  # fmt: skip
                return msgspec.structs.replace(known, repeated=True)
            out = await self._outgoing(uow, order)
            control = await outgoing.next_control(uow.conn)
            there = uow.now.astimezone(self._zones.of(order.tenant))
            try:
                text = await asyncio.to_thread(write_attachment, out, control, there)
            except Unwritable as error:
                raise Problem(
                    422, "unwritable", f"{error.segment}{error.element:02} holds characters that X12 cannot carry.",
                    how_to_fix="Correct the claim, or send the papers by another channel.",
                ) from None  # fmt: skip
            sent = outgoing.Sent(
                order.key, order.claim_id, order.fingerprint, control, out.route[3],
                sha256(text.encode()).hexdigest(), len(text.encode()),
            )  # fmt: skip
            await outgoing.keep(uow, self._vault, order.tenant, sent, text)
            event = AttachmentComposed(
                claim_id=order.claim_id,
                key=order.key,
                control_number=f"{control:09}",
                receiver=sent.receiver,
                sha256=sent.sha256,
                solicited=out.solicited,
                documents=len(order.documents),
            )
            named = outgoing.id_of(order.tenant, order.key)
            uow.emit(event, sequence=1, tenant=order.tenant, aggregate="attachment", key=named)
        return sent

    async def _outgoing(self, uow: UnitOfWork, order: Order) -> AdditionalInformation:
        record = await CLAIMS.read(uow.conn, order.claim_id, order.tenant)
        if record is None:
            raise _unknown()
        try:
            if order.request_id:
                kept = await SqlRequests(uow, self._vault, tenant=order.tenant).request(order.request_id)
                if kept is None or kept.claim_id != order.claim_id:
                    raise Problem(404, "unknown-request", "No request for records about this claim has this id.")
                return in_answer(kept.request, order.key, order.documents)
            text = await interchanges.original(uow.conn, self._vault, order.claim_id)
            if text is None:
                raise _unknown()
            claim = await asyncio.to_thread(claim_of, text, record.facts.form)
            return unasked(claim, order.key, order.documents)
        except Unfit as error:
            raise Problem(422, "unfit", f"{str(error).capitalize()}.", how_to_fix=error.how_to_fix) from None


class OutgoingFolder:
    """Lays what is composed into the `out` of the tenants' folders, whole and at least once; replicas may share it."""

    def __init__(self, root: Path, units: UnitsOfWork, vault: Vault) -> None:
        self._root = root
        self._units = units
        self._vault = vault

    async def run(self) -> None:
        """Look for ever."""
        while True:
            try:
                worked = await self.once()
            except (*TRANSIENT, OSError) as error:
                _log.warning("outgoing folder not reachable", error_type=type(error).__name__)
                worked = 0
            await asyncio.sleep(0 if worked == _BATCH else _EVERY_SECONDS)

    async def once(self) -> int:
        """One batch; returns how many files were laid out. Tenants without a folder fetch theirs over HTTP."""
        tenants = await asyncio.to_thread(self._tenants)
        if not tenants:
            return 0
        async with self._units.begin() as uow:
            ready: Sequence[outgoing.Ready] = await outgoing.to_lay_out(uow.conn, self._vault, tenants, _BATCH)
            for one in ready:
                place = self._root / one.tenant / "out" / f"{one.control:09}.{one.kind}.edi"
                await asyncio.to_thread(write_whole, place, one.text)
            await outgoing.laid_out(uow.conn, ready)
        return len(ready)

    def _tenants(self) -> list[str]:
        return [
            path.name
            for path in self._root.iterdir()
            if not path.name.startswith(".") and (path / FOLDERS[-1]).is_dir()
        ]


def _unknown() -> Problem:
    return Problem(404, "unknown-claim", "No accepted claim of this tenant has this id.")
