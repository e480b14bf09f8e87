"""Events that intake emits about records that a payer asks for (277) and what became of those sent (275)."""

from __future__ import annotations

from datetime import date

from shared.events.base import Event, Part, contract
from shared.events.life import ANYWHERE, DisputeScope, Transition


class RecordsQuestion(Part, frozen=True):
    """One thing a payer asks (STC01 of a 277).

    `category` is an R code of the claim status categories, `code` of the list `code_list` (LOI: LOINC). `line` is the
    claim's line it is asked of, 0 where of the claim or where no line is known under `line_number` (REF*FJ).
    """

    category: str
    code: str
    code_list: str = ""
    line: int = 0
    line_number: str = ""
    procedure: str = ""


@contract("recoup.claim.records-requested.v1", source="intake", life=Transition(ANYWHERE), scope=DisputeScope.FIRST)
class RecordsRequested(Event, frozen=True):
    """The payer asks for additional information about the claim (277, 005010X213) before it decides.

    `trace_number` is TRN02, which the answer must return. `due_on` is DTP*106, the day by which the payer wants the
    answer; None where it names none. `match_reason` says how the claim was found.
    """

    request_id: str
    received_on: date
    trace_number: str
    questions: tuple[RecordsQuestion, ...]
    payer_claim_number: str = ""
    payer_id: str = ""
    requested_on: date | None = None
    due_on: date | None = None
    match_reason: str = ""


@contract("recoup.records.acknowledged.v1", source="intake", life=Transition(ANYWHERE), scope=DisputeScope.FIRST)
class RecordsAcknowledged(Event, frozen=True):
    """The other side's TA1 or 999 about a 275 of ours: taken, or rejected with the codes that say why.

    `key` names the sending, as its sender named it; `control_number` is ISA13 of the 275.
    """

    key: str
    control_number: str
    accepted: bool
    received_on: date
    codes: tuple[str, ...] = ()
