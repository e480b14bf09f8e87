"""A payment that a person takes off its claim: what rested on it is pursued no further."""

from __future__ import annotations

from services.appeals.domain import records
from services.appeals.domain.turn import Turn
from shared.events.claims import RemittanceReversed
from shared.events.lifecycle import unanswered


def unmatched(turn: Turn, event: RemittanceReversed) -> None:
    """End the case where the claim's only payment was not its own; a payer's reversal says nothing to appeals.

    What was agreed with the payer is still collected.
    """
    case = turn.case
    if not unanswered(event) or (case.ended.startswith("settled: ") and case.ended != "settled: corrected_remittance"):
        return
    if case.round:
        records.dropped(turn)
        how = "withdrawn: a person took the payment off the claim"
        turn.change(stage="ended", ended=how, deadlines=(), blocked=(), escalated="")
    turn.change(remittance_id="", remittance_evidence="", remittance_groups=(), dispute=None, cause=None)
    turn.change(forum=None, level=0, further_due=None, owed=None)
