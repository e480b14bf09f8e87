"""275s out: composed where the names are, kept for the carrier, and judged by the answers that come.

The caller hands papers and numbers; the patient's name comes from the request or the claim that intake keeps, and goes
into the X12 alone. One key makes one interchange, however often it is asked for.
"""

from __future__ import annotations

import asyncio
from hashlib import sha256

import msgspec

from recoup_x12 import Unwritable, write_attachment
from recoup_x12.model import AdditionalInformation, Document
from services.intake.application.outgoing_ports import Illegible, OutgoingTransaction, OutgoingTransactions, Sent
from services.intake.application.refused import Refused, Unsendable, key_reused
from services.intake.domain.attachment import MAX_BYTES, Unfit, in_answer, unasked
from shared.calendar import TimeZones
from shared.events.answers import AttachmentComposed


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


class AttachmentSender:
    """Composes 275s and keeps them for the carrier."""

    def __init__(self, transactions: OutgoingTransactions, zones: TimeZones) -> None:
        self._transactions = transactions
        self._zones = zones

    async def compose(self, order: Order) -> Sent:
        """The interchange under the order's key, made once.

        Raises `Refused` for a claim that is unknown, and `Unsendable` where it cannot leave; nothing is kept then.
        """
        if sum(len(d.content) for d in order.documents) > MAX_BYTES:
            raise Unsendable(
                "too-large", f"The documents hold more than {MAX_BYTES} bytes.",
                "Send fewer at a time, or smaller scans.",
            )  # fmt: skip
        async with self._transactions.begin(order.tenant) as transaction:
            # one at a time for a key, and the claim's lock, as everywhere, before what hangs on it
            if await transaction.claim(order.claim_id) is None:
                raise Refused("unknown_claim")
            known = await transaction.sent(order.key)
            if known is not None:
                if known.asked_sha256 != order.fingerprint:
                    raise key_reused()
                return msgspec.structs.replace(known, repeated=True)
            out = await _composed(transaction, order)
            control = await transaction.next_control()
            there = transaction.now.astimezone(self._zones.of(order.tenant))
            try:
                text = await asyncio.to_thread(write_attachment, out, control, there)
            except Unwritable as error:
                raise Unsendable(
                    "unwritable", f"{error.segment}{error.element:02} holds characters that X12 cannot carry.",
                    "Correct the claim, or send the papers by another channel.",
                ) from None  # fmt: skip
            sent = Sent(
                order.key, order.claim_id, order.fingerprint, control, out.route[3],
                sha256(text.encode()).hexdigest(), len(text.encode()),
            )  # fmt: skip
            await transaction.keep_sent(sent, text)
            event = AttachmentComposed(
                claim_id=order.claim_id,
                key=order.key,
                control_number=f"{control:09}",
                receiver=sent.receiver,
                sha256=sent.sha256,
                solicited=out.solicited,
                documents=len(order.documents),
            )
            transaction.announce(event, "attachment", order.key)
        return sent


async def _composed(transaction: OutgoingTransaction, order: Order) -> AdditionalInformation:
    """The 275's content: in answer to the request, or of our own accord by the claim."""
    record = await transaction.claim(order.claim_id)
    if record is None:
        raise Refused("unknown_claim")
    try:
        if order.request_id:
            kept = await transaction.requests.request(order.request_id)
            if kept is None or kept.claim_id != order.claim_id:
                raise Unsendable(
                    "unknown-request", "No request for records about this claim has this id.",
                    "Take ids from the claim's requests, or leave it out.",
                )  # fmt: skip
            return in_answer(kept.request, order.key, order.documents)
        claim = await transaction.original(order.claim_id, record.facts.form)
        if claim is None:
            raise Refused("unknown_claim")
        return unasked(claim, order.key, order.documents)
    except Unfit as error:
        raise Unsendable("unfit", f"{str(error).capitalize()}.", error.how_to_fix) from None
    except Illegible:
        raise Unsendable(
            "illegible", "What is kept of the claim cannot be read any more.", "Send the papers by another channel."
        ) from None
