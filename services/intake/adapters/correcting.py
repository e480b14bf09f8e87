"""Corrected claims out: the stored claim and a person's changes become an 837, and what is known of the claim follows.

Composing, keeping the X12 for the carrier and replacing the claim here are one transaction. What is sent is read back
first, so that nothing leaves that would not come in here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import msgspec
from msgspec.structs import replace

from recoup_x12 import ClaimRead, Delimiters, Problem, Route, Unwritable, read, write_claims
from recoup_x12.model import Claim
from services.intake.adapters.source_documents import Illegible, claim_of
from services.intake.adapters.sql import interchanges, outgoing
from services.intake.adapters.sql.store import SqlStore
from services.intake.adapters.sql.tables import CLAIMS
from services.intake.application.claims import Read, receive_claims
from services.intake.domain.correction import Change, Difference, Kind, Uncorrectable, as_sent, correct, difference
from services.intake.domain.submission import ClaimRecord
from shared.calendar import TimeZones, legal_day
from shared.events.answers import ClaimComposed
from shared.problem import Problem as Refusal
from shared.runtime.unit_of_work import UnitOfWork, UnitsOfWork
from shared.sealing import Vault

_MARKS = (Delimiters("*", "^", ":", "~"), Delimiters("|", "^", "<", "~"), Delimiters("\x1d", "\x1f", "\x1e", "\x1c"))
"""Delimiters that are tried in turn where a value holds one."""


class Correction(msgspec.Struct, frozen=True):
    """What a person wants of a claim. `key` names the sending, `by` whose it is."""

    tenant: str
    claim_id: str
    key: str
    kind: Kind
    changes: tuple[Change, ...] = ()
    payer_claim_number: str = ""
    by: str = ""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what is asked for, to tell a repetition from another sending under the same key."""
        changes = (f"{c.field}:{c.line}:{c.value}" for c in self.changes)
        parts = (self.claim_id, self.kind, self.payer_claim_number, *changes)
        return sha256("\0".join(parts).encode()).hexdigest()


class Preview(msgspec.Struct, frozen=True):
    """How the claim would leave: what it changes, what is wrong with it, and the X12. Patient data."""

    frequency: str
    payer_claim_number: str
    differences: list[Difference]
    problems: tuple[Problem, ...]
    x12: str


class Corrected(msgspec.Struct, frozen=True):
    """A correction that was sent: the interchange, and what became of the claim here."""

    key: str
    control_number: str
    receiver: str
    sha256: str
    frequency: str
    outcome: str
    status: str
    codes: tuple[str, ...] = ()
    repeated: bool = False


class Corrector:
    """Composes corrected claims, shows them and sends them."""

    def __init__(self, units: UnitsOfWork, vault: Vault, zones: TimeZones) -> None:
        self._units = units
        self._vault = vault
        self._zones = zones

    async def preview(self, asked: Correction) -> Preview:
        """What would be sent, without sending it. Raises problems 404 and 422."""
        async with self._units.begin() as uow:
            record = await self._record(uow, asked)
            before = await self._claim(uow, asked, record)
            _, text, item = await self._compose(uow, asked, record, before, control=1)
        assert item.claim is not None
        after = item.claim
        return Preview(after.frequency, after.payer_claim_number, difference(before, after), item.problems, text)

    async def send(self, asked: Correction) -> Corrected:
        """Send it, once under its key. Raises problems 404, 409 and 422."""
        async with self._units.begin() as uow:
            record = await self._record(uow, asked)
            known = await outgoing.find(uow.conn, asked.tenant, asked.key)
            if known is not None:
                if known.asked_sha256 != asked.fingerprint:
                    raise Refusal(
                        409, "key-reused", "Something else was sent under this key.",
                        how_to_fix="Give each sending a key of its own.",
                    )  # fmt: skip
                return _told(known, "", "", repeated=True)
            before = await self._claim(uow, asked, record)
            control = await outgoing.next_control(uow.conn)
            route, text, item = await self._compose(uow, asked, record, before, control)
            claim = item.claim
            if claim is None or not item.accepted:
                raise _unsound(item.problems)
            interchange_id = outgoing.id_of(asked.tenant, asked.key)
            store = SqlStore(uow, self._vault, tenant=asked.tenant)
            today = legal_day(uow.now, self._zones.of(asked.tenant))
            one = Read(claim, item.problems, item.source.text, interchange_id, 1)
            (receipt,) = await receive_claims(store, [one], tenant=asked.tenant, received_on=today)
            if receipt.claim_id != asked.claim_id or receipt.outcome not in ("replaced", "voided"):
                raise Refusal(
                    409, "not-taken", f"The correction is not taken: {receipt.reason}.", how_to_fix=receipt.how_to_fix
                )
            sent = outgoing.Sent(
                asked.key, asked.claim_id, asked.fingerprint, control, route.receiver,
                sha256(text.encode()).hexdigest(), len(text.encode()), kind="837",
            )  # fmt: skip
            await outgoing.keep(uow, self._vault, asked.tenant, sent, text, by=asked.by)
            event = ClaimComposed(
                claim_id=asked.claim_id, key=asked.key, control_number=f"{control:09}", receiver=route.receiver,
                sha256=sent.sha256, frequency=claim.frequency,
            )  # fmt: skip
            uow.emit(event, sequence=1, tenant=asked.tenant, aggregate="outgoing", key=interchange_id)
        return _told(sent, claim.frequency, receipt.outcome)

    async def _record(self, uow: UnitOfWork, asked: Correction) -> ClaimRecord:
        """The claim as it is known, locked."""
        if not await CLAIMS.load(uow.conn, [asked.claim_id]):
            raise _unknown()
        record = await CLAIMS.read(uow.conn, asked.claim_id, asked.tenant)
        if record is None:
            raise _unknown()
        return record

    async def _claim(self, uow: UnitOfWork, asked: Correction, record: ClaimRecord) -> Claim:
        if record.voided:
            raise Refusal(422, "voided", "The claim is void.", how_to_fix="Send a new claim under a number of its own.")
        text = await interchanges.original(uow.conn, self._vault, asked.claim_id)
        if text is None:
            raise _unknown()
        try:
            return await asyncio.to_thread(claim_of, text, record.facts.form)
        except Illegible:
            raise Refusal(
                422,
                "illegible",
                "What is kept of the claim cannot be read any more.",
                how_to_fix="Send the claim itself.",
            ) from None

    async def _compose(
        self, uow: UnitOfWork, asked: Correction, record: ClaimRecord, before: Claim, control: int
    ) -> tuple[Route, str, ClaimRead]:
        """The interchange, and what reading it gives."""
        there = uow.now.astimezone(self._zones.of(asked.tenant))
        number = asked.payer_claim_number or await self._payer_number(uow, asked)
        try:
            if asked.kind == "void" and asked.changes:
                raise Uncorrectable("a void changes nothing of the claim", "Void it, or replace it with changes.")
            changed = correct(before, asked.changes) if asked.kind == "replacement" else before
            refused = record.refused_on is not None
            claim = as_sent(changed, asked.kind, number, refused=refused, reference=asked.key[:50], at=there)
        except Uncorrectable as error:
            raise Refusal(422, "uncorrectable", f"{error.reason.capitalize()}.", how_to_fix=error.how_to_fix) from None
        sender, receiver = claim.submitter.id or claim.billing.id, claim.receiver.id or claim.payer.id
        route = Route(sender, receiver)
        text = await asyncio.to_thread(_written, claim, route, control, there)
        items = await asyncio.to_thread(lambda: list(read([text.encode()])))
        item = next((one for one in items if isinstance(one, ClaimRead)), None)
        if item is None or item.claim is None or replace(item.claim, source=None) != replace(claim, source=None):
            raise Refusal(
                422, "unwritable", "The claim holds what an 837 written here would lose.",
                how_to_fix="Send the corrected claim from the system that it came from.",
            )  # fmt: skip
        return route, text, item

    async def _payer_number(self, uow: UnitOfWork, asked: Correction) -> str:
        """The payer's number of the claim by its newest payment that bears one."""
        store = SqlStore(uow, self._vault, tenant=asked.tenant)
        paid = (await store.standing([asked.claim_id])).get(asked.claim_id, [])
        return next((p.payer_claim_number for p in reversed(paid) if p.payer_claim_number), "")


def _written(claim: Claim, route: Route, control: int, at: datetime) -> str:
    fault: Unwritable | None = None
    for marks in _MARKS:
        try:
            return write_claims([claim], route, control, at, marks)
        except Unwritable as error:
            fault = error
    assert fault is not None
    raise Refusal(
        422, "unwritable", f"{fault.segment}{fault.element:02} holds characters that X12 cannot carry.",
        how_to_fix="Correct the claim.",
    )  # fmt: skip


def _told(sent: outgoing.Sent, frequency: str, outcome: str, *, repeated: bool = False) -> Corrected:
    return Corrected(
        sent.key, f"{sent.control:09}", sent.receiver, sent.sha256, frequency, outcome, sent.status, sent.codes,
        repeated,
    )  # fmt: skip


def _unsound(problems: Sequence[Problem]) -> Refusal:
    found = [
        {"segment": p.segment, "element": p.element, "line": p.line, "message": p.message, "how_to_fix": p.how_to_fix}
        for p in problems
        if p.severity == "error"
    ]
    return Refusal(
        422,
        "unsound",
        "The corrected claim would be refused.",
        how_to_fix="Mend what `problems` names.",
        problems=found,
    )


def _unknown() -> Refusal:
    return Refusal(404, "unknown-claim", "No accepted claim of this tenant has this id.")
