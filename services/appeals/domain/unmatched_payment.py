"""A payment that a person takes off its claim: what rested on it is pursued no further."""

from __future__ import annotations

import msgspec

from services.appeals.domain import misdirected, records
from services.appeals.domain.decision import DecisionBuilder
from shared.events.claims import RemittanceReversed
from shared.lifecycle import unanswered


def unmatched(builder: DecisionBuilder, event: RemittanceReversed) -> None:
    """End the case where the claim's only payment was not its own; a payer's reversal says nothing to appeals.

    What was agreed with the payer is still collected.
    """
    misdirected.on_payment(builder, event.remittance)
    case = builder.case
    if not unanswered(event) or (case.ended.startswith("settled: ") and case.ended != "settled: corrected_remittance"):
        return
    if case.round:
        records.dropped(builder)
        how = "withdrawn: a person took the payment off the claim"
        builder.change(stage="ended", ended=how, deadlines=(), blocked=(), escalated="")
    # what was filed about that payment waits for no answer, and its papers are not written again
    filings = tuple(
        msgspec.structs.replace(filing, outcome="withdrawn") if filing.outcome is None else filing
        for filing in case.filings
    )
    builder.change(filings=filings)
    builder.change(remittance_id="", remittance_evidence="", remittance_groups=(), dispute=None, cause=None)
    builder.change(forum=None, level=0, further_due=None, further_from=None, owed=None, lapsed=None, proof=None)
