"""Corrected claims out: the stored claim and a person's changes become an 837, and what is known of the claim follows.

Composing, keeping the X12 for the carrier and replacing the claim here are one transaction. What is sent is read back
first, so that nothing leaves that would not come in here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

import msgspec
from msgspec.structs import replace

from recoup_x12 import ClaimRead, Delimiters, Problem, Route, Unwritable, first_writable, read, write_claims
from recoup_x12.model import Claim
from services.intake.application.claims import Read, receive_claims
from services.intake.application.outgoing_ports import Illegible, OutgoingTransaction, OutgoingTransactions, Sent
from services.intake.application.ports import Store
from services.intake.application.refused import Refused, Unsendable, key_reused
from services.intake.domain.correction import Change, Difference, Kind, Uncorrectable, as_sent, correct, difference
from services.intake.domain.submission import ClaimRecord
from shared.calendar import TimeZones, legal_day
from shared.events.answers import ClaimComposed

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
    """Composes corrected claims, shows them and sends them.

    Each raises `Refused` for a claim that is unknown, and `Unsendable` where it cannot leave; nothing is kept then.
    """

    def __init__(self, transactions: OutgoingTransactions, zones: TimeZones, name: Callable[[str, str], str]) -> None:
        """`name` gives the id of the input that a tenant's key names."""
        self._transactions = transactions
        self._zones = zones
        self._name = name

    async def preview(self, asked: Correction) -> Preview:
        """What would be sent, without sending it."""
        async with self._transactions.begin(asked.tenant) as transaction:
            record = await _record(transaction, asked)
            before = await _original(transaction, asked, record)
            _, text, item = await self._compose(transaction, asked, record, before, control=1)
        assert item.claim is not None
        after = item.claim
        return Preview(after.frequency, after.payer_claim_number, difference(before, after), item.problems, text)

    async def send(self, asked: Correction) -> Corrected:
        """Send it, once under its key."""
        async with self._transactions.begin(asked.tenant) as transaction:
            record = await _record(transaction, asked)
            known = await transaction.sent(asked.key)
            if known is not None:
                if known.asked_sha256 != asked.fingerprint:
                    raise key_reused()
                return _corrected(known, "", "", repeated=True)
            before = await _original(transaction, asked, record)
            control = await transaction.next_control()
            route, text, item = await self._compose(transaction, asked, record, before, control)
            claim = item.claim
            if claim is None or not item.accepted:
                errors = tuple(p for p in item.problems if p.severity == "error")
                raise Unsendable(
                    "unsound", "The corrected claim would be refused.", "Mend what `problems` names.", errors
                )
            today = legal_day(transaction.now, self._zones.of(asked.tenant))
            one = Read(
                claim, item.problems, item.source.text, self._name(asked.tenant, asked.key), 1, sending=asked.key
            )
            (receipt,) = await receive_claims(transaction.store, [one], tenant=asked.tenant, received_on=today)
            if receipt.claim_id != asked.claim_id or receipt.outcome not in ("replaced", "voided"):
                raise Unsendable("not-taken", f"The correction is not taken: {receipt.reason}.", receipt.how_to_fix)
            sent = Sent(
                asked.key, asked.claim_id, asked.fingerprint, control, route.receiver,
                sha256(text.encode()).hexdigest(), len(text.encode()), kind="837",
            )  # fmt: skip
            await transaction.keep_sent(sent, text, asked.by)
            event = ClaimComposed(
                claim_id=asked.claim_id, key=asked.key, control_number=f"{control:09}", receiver=route.receiver,
                sha256=sent.sha256, frequency=claim.frequency,
            )  # fmt: skip
            transaction.announce(event, "outgoing", asked.key)
        return _corrected(sent, claim.frequency, receipt.outcome)

    async def _compose(
        self, transaction: OutgoingTransaction, asked: Correction, record: ClaimRecord, before: Claim, control: int
    ) -> tuple[Route, str, ClaimRead]:
        """The interchange, and what reading it gives."""
        there = transaction.now.astimezone(self._zones.of(asked.tenant))
        number = asked.payer_claim_number or await payer_claim_number(transaction.store, asked.claim_id)
        try:
            if asked.kind == "void" and asked.changes:
                raise Uncorrectable("a void changes nothing of the claim", "Void it, or replace it with changes.")
            changed = correct(before, asked.changes) if asked.kind == "replacement" else before
            refused = record.refused_on is not None
            claim = as_sent(changed, asked.kind, number, refused=refused, reference=asked.key[:50], at=there)
        except Uncorrectable as error:
            raise Unsendable("uncorrectable", f"{error.reason.capitalize()}.", error.how_to_fix) from None
        route = route_of(claim)
        text = await asyncio.to_thread(_written, claim, route, control, there)
        items = await asyncio.to_thread(lambda: list(read([text.encode()])))
        item = next((one for one in items if isinstance(one, ClaimRead)), None)
        if item is None or item.claim is None or replace(item.claim, source=None) != replace(claim, source=None):
            raise Unsendable(
                "unwritable", "The claim holds what an 837 written here would lose.",
                "Send the corrected claim from the system that it came from.",
            )  # fmt: skip
        return route, text, item


async def payer_claim_number(store: Store, claim_id: str) -> str:
    """The payer's number of the claim by its newest payment that bears one; empty where none does."""
    paid = (await store.standing([claim_id])).get(claim_id, [])
    return next((p.payer_claim_number for p in reversed(paid) if p.payer_claim_number), "")


def route_of(claim: Claim) -> Route:
    """From whom and to whom what is about a claim goes: as the claim went."""
    return Route(claim.submitter.id or claim.billing.id, claim.receiver.id or claim.payer.id)


async def _record(transaction: OutgoingTransaction, asked: Correction) -> ClaimRecord:
    """The claim as it is known, locked."""
    record = await transaction.claim(asked.claim_id)
    if record is None:
        raise Refused("unknown_claim")
    return record


async def _original(transaction: OutgoingTransaction, asked: Correction, record: ClaimRecord) -> Claim:
    if record.voided:
        raise Unsendable("voided", "The claim is void.", "Send a new claim under a number of its own.")
    try:
        claim = await transaction.original(asked.claim_id, record.facts.form)
    except Illegible:
        raise Unsendable(
            "illegible", "What is kept of the claim cannot be read any more.", "Send the claim itself."
        ) from None
    if claim is None:
        raise Refused("unknown_claim")
    return claim


def _written(claim: Claim, route: Route, control: int, at: datetime) -> str:
    try:
        return first_writable(lambda marks: write_claims([claim], route, control, at, marks), _MARKS)
    except Unwritable as error:
        reason = f"{error.segment}{error.element:02} holds characters that X12 cannot carry."
        raise Unsendable("unwritable", reason, "Correct the claim.") from None


def _corrected(sent: Sent, frequency: str, outcome: str, *, repeated: bool = False) -> Corrected:
    return Corrected(
        sent.key, f"{sent.control:09}", sent.receiver, sent.sha256, frequency, outcome, sent.status, sent.codes,
        repeated,
    )  # fmt: skip
