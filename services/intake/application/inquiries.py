"""Inquiries out: a 276 asks the payer where a claim stands; its 277 comes back under the number of the question.

A person asks, or the answer is overdue: settlement says when, by its policy. Each overdue answer is asked after once.
A 270 asks for the patient's coverage in the same way.
"""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Literal

import msgspec

from recoup_x12 import Unwritable, write_eligibility, write_inquiry
from services.intake.application.corrections import payer_claim_number, route_of
from services.intake.application.outgoing_ports import Illegible, OutgoingTransaction, OutgoingTransactions, Sent
from services.intake.application.refused import Refused, Unsendable, key_reused
from services.intake.domain.submission import ClaimRecord
from shared.calendar import TimeZones, legal_day
from shared.events.settlement import RemittanceOverdue
from shared.events.statuses import ClaimInquired

InquiryKind = Literal["270", "276"]


class Inquiry(msgspec.Struct, frozen=True):
    """A question to a claim's payer; `key` names it and is its number, `by` is the person who asks, if any."""

    tenant: str
    claim_id: str
    key: str
    by: str = ""
    kind: InquiryKind = "276"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what is asked, to tell a repetition from another question under the same key."""
        return sha256(f"{self.kind}\0{self.claim_id}".encode()).hexdigest()


class InquirySender:
    """Composes 276s and 270s, keeps them for the carrier, and tells the claim."""

    def __init__(self, transactions: OutgoingTransactions, zones: TimeZones) -> None:
        self._transactions = transactions
        self._zones = zones

    async def ask(self, inquiry: Inquiry) -> Sent:
        """Ask about a claim, once under a key.

        Raises `Refused` for a claim that is unknown, and `Unsendable` where nothing can leave; nothing is kept then.
        """
        async with self._transactions.begin(inquiry.tenant) as transaction:
            record = await _record(transaction, inquiry)
            if record is None:
                raise Refused("unknown_claim")
            known = await transaction.sent(inquiry.key)
            if known is not None:
                if known.asked_sha256 != inquiry.fingerprint:
                    raise key_reused()
                return msgspec.structs.replace(known, repeated=True)
            sent = await self._send(transaction, record, inquiry)
            if inquiry.kind == "276":
                transaction.store.emit(self._inquired(transaction, inquiry, sent))
                await transaction.store.save()
        return sent

    async def ask_after(
        self, transaction: OutgoingTransaction, tenant: str, event: RemittanceOverdue, key: str
    ) -> bool:
        """Ask after an answer that is overdue, by a 276 and once under a key.

        It is not asked where there is nothing to wait for: the claim is void, or its payer rejected it, or it has
        answered meanwhile. Where no 276 can be written, the claim is told so, that a person may ask.

        Args:
            transaction: The transaction in which it leaves.
            tenant: The organization whose claim it is.
            event: What is overdue.
            key: What makes the question the same when it is asked for again.

        Returns:
            True if the payer was asked.
        """
        inquiry, store = Inquiry(tenant, event.claim_id, key), transaction.store
        record = await _record(transaction, inquiry)
        if record is None or record.voided or record.refused_on is not None:
            return False
        if not event.lines and (await store.standing([event.claim_id])).get(event.claim_id):
            return False
        if await transaction.sent(key) is not None:
            return False
        try:
            sent = await self._send(transaction, record, inquiry)
            event_sent = self._inquired(transaction, inquiry, sent, event.inquiry)
        except Unsendable as error:
            event_sent = ClaimInquired(
                claim_id=event.claim_id, key=key, status="impossible",
                on=legal_day(transaction.now, self._zones.of(tenant)), number=event.inquiry, reason=error.reason,
            )  # fmt: skip
        store.emit(event_sent)
        await store.save()
        return event_sent.status == "sent"

    async def _send(self, transaction: OutgoingTransaction, record: ClaimRecord, inquiry: Inquiry) -> Sent:
        """Compose and keep one 276 or 270. Raises `Unsendable`."""
        try:
            claim = await transaction.original(inquiry.claim_id, record.facts.form)
        except Illegible:
            claim = None
        if claim is None:
            raise Unsendable("illegible", "What is kept of the claim cannot be read.", "Ask the payer otherwise.")
        control, route = await transaction.next_control(), route_of(claim)
        at = transaction.now.astimezone(self._zones.of(inquiry.tenant))
        try:
            if inquiry.kind == "270":
                x12 = await asyncio.to_thread(write_eligibility, claim, inquiry.key, route, control, at)
            else:
                number = await payer_claim_number(transaction.store, inquiry.claim_id)
                x12 = await asyncio.to_thread(write_inquiry, claim, inquiry.key, number, route, control, at)
        except Unwritable as error:
            raise Unsendable(
                "unwritable", f"{error.segment}{error.element:02} holds characters that X12 cannot carry.",
                "Ask the payer otherwise.",
            ) from None  # fmt: skip
        sent = Sent(
            inquiry.key, inquiry.claim_id, inquiry.fingerprint, control, route.receiver,
            sha256(x12.encode()).hexdigest(), len(x12.encode()), kind=inquiry.kind,
        )  # fmt: skip
        await transaction.keep_sent(sent, x12, inquiry.by)
        return sent

    def _inquired(
        self, transaction: OutgoingTransaction, inquiry: Inquiry, sent: Sent, number: int = 0
    ) -> ClaimInquired:
        return ClaimInquired(
            claim_id=sent.claim_id, key=sent.key, status="sent",
            on=legal_day(transaction.now, self._zones.of(inquiry.tenant)), number=number,
            control_number=f"{sent.control:09}", receiver=sent.receiver,
        )  # fmt: skip


async def _record(transaction: OutgoingTransaction, inquiry: Inquiry) -> ClaimRecord | None:
    """The claim as it is known, locked and ready to be told; None where it is unknown or another tenant's."""
    record = (await transaction.store.load([inquiry.claim_id])).get(inquiry.claim_id)
    return record if record is not None and record.facts.tenant == inquiry.tenant else None
