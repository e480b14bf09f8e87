"""One batch of what was read, claims and claim payments of one tenant, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from services.intake.application.claims import Read, receive_claims
from services.intake.application.claims import Receipt as ClaimReceipt
from services.intake.application.coverage import CoverageOutcome
from services.intake.application.held import HeldResult
from services.intake.application.outbound_acks import OutboundAckOutcome
from services.intake.application.ports import RecoupmentOutcome, RequestOutcome, StatusOutcome, Store
from services.intake.application.remittances import PaymentRead, Placed, receive_remittances
from services.intake.domain.code_lists import ended_list_notes
from services.intake.domain.receipt import Receipt


class BatchOutcome(msgspec.Struct, frozen=True):
    """What became of a batch."""

    claims: list[ClaimReceipt]
    remittances: list[Placed]
    recoupments: tuple[RecoupmentOutcome, ...] = ()
    requests: tuple[RequestOutcome, ...] = ()
    outbound_acks: tuple[OutboundAckOutcome, ...] = ()
    held: tuple[HeldResult, ...] = ()
    statuses: tuple[StatusOutcome, ...] = ()
    coverage: tuple[CoverageOutcome, ...] = ()
    notices: tuple[str, ...] = ()
    """What is to be said of the whole: code lists that had ended before its services."""


async def receive(
    store: Store, claims: Sequence[Read], payments: Sequence[PaymentRead], *, tenant: str, receipt: Receipt
) -> BatchOutcome:
    """Receive the claims and payments of one batch; claims first, so that a payment in the same batch finds its claim.

    Args:
        store: The open transaction.
        claims: The claims as they were read.
        payments: The payments as they were read.
        tenant: The organization whose claims these are.
        receipt: The day of receipt, and whether they are history.

    Returns:
        What became of each, in their order.
    """
    receipts: list[ClaimReceipt] = []
    if claims:
        receipts = await receive_claims(store, claims, tenant=tenant, received_on=receipt.on, past=receipt.is_history)
    placed = await receive_remittances(store, payments, tenant=tenant, receipt=receipt) if payments else []
    return BatchOutcome(receipts, placed, notices=ended_list_notes(read.claim.service_from for read in claims))
