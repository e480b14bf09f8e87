"""Receipts of documents: all are kept, also those that a summary has no room for."""

from __future__ import annotations

from services.intake.application.batch_outcome import BatchOutcome
from services.intake.application.input_ports import InputTransaction
from services.intake.application.pending_input import InputCounts


async def add_and_keep(counts: InputCounts, received: BatchOutcome, transaction: InputTransaction) -> None:
    """Count a batch; what the summary has no room for is kept apart, since no 277CA tells of documents.

    Args:
        counts: What is counted so far.
        received: What the batch came to.
        transaction: The one that the batch was applied in.
    """
    counts.add(received)
    if counts.beyond:
        await transaction.inputs.keep_receipts(counts.summary.interchange_id, counts.beyond)
        counts.beyond = []
