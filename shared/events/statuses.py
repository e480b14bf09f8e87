"""Events of intake about what payers say of claims beside their payments: 277CA, 277, 999 and TA1.

Codes and days only: the free text of an STC (STC12) may name a patient and stays in intake.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from shared.events.base import Event, Part, contract
from shared.events.life import ANYWHERE, DisputeScope, State, Transition

StatusKind = Literal["277CA", "277", "999", "TA1"]
InquiryStatus = Literal["sent", "rejected", "impossible"]
"""It is laid out for the carrier; the receiver rejected it (TA1, 999); no 276 can be written of the claim."""


CoverageOutcome = Literal["told", "refused", "doubtful", "rejected"]
"""The former words of `CoverageStatus`."""
CoverageStatus = Literal["answered", "refused", "doubtful", "rejected", ""]
CoverageFunding = Literal["self_funded", "insured", ""]


class ClaimStatus(Part, frozen=True):
    """One status (STC01): `category` (code source 507), `code` (508) and the entity it is about, where it names one.

    `line` is the claim's line, 0 where it is of the whole claim. For a 999 or TA1 `category` is the segment and `code`
    what it says. `line_number` (REF*FJ) is within intake only.
    """

    category: str
    code: str = ""
    entity: str = ""
    line: int = 0
    line_number: str = ""


class _Report(Event, frozen=True):
    """What both events tell. `reported_on` is the payer's own day, `received_on` ours."""

    report_id: str
    kind: StatusKind
    statuses: tuple[ClaimStatus, ...]
    received_on: date
    reported_on: date | None = None
    payer_claim_number: str = ""
    inquiry: str = ""
    by_clearinghouse: bool = False
    match_reason: str = ""


@contract(
    "recoup.claim.payer-rejected.v1",
    source="intake",
    life=Transition(ANYWHERE, moves={State.RECEIVED: State.PAYER_REJECTED}),
    scope=DisputeScope.CLAIM,
)
class PayerRejectedClaim(_Report, frozen=True):
    """The payer, or the clearinghouse before it, did not take the claim: it never reached adjudication.

    It leaves again as an original (frequency 1, no REF*F8), by `file_by` where the payer's limit is known: the time
    for filing runs on.
    """

    file_by: date | None = None


@contract("recoup.claim.status-reported.v1", source="intake", life=Transition(ANYWHERE), scope=DisputeScope.FIRST)
class PayerReportedStatus(_Report, frozen=True):
    """The payer says where the claim stands: taken, pending, or finalized.

    `inquiry` names the question (276) that it answers, if any.
    """


@contract("recoup.claim.inquired.v1", source="intake", life=Transition(ANYWHERE), scope=DisputeScope.FIRST)
class ClaimInquired(Event, frozen=True):
    """The payer is asked where the claim stands (276), or could not be.

    `key` names the question (TRN02), which the 277 returns, and under which intake gives the X12 out. `control_number`
    is its ISA13 and GS06. `number` is that of the overdue answer that it asks after, 0 where a person asked. `codes`
    are those of a rejection, `reason` says why none can be written.
    """

    key: str
    status: InquiryStatus
    on: date
    number: int = 0
    control_number: str = ""
    receiver: str = ""
    codes: tuple[str, ...] = ()
    reason: str = ""


class PlanGroup(Part, frozen=True):
    """An employer's or other group under a plan, as the payer names it."""

    number: str
    name: str = ""


@contract("recoup.claim.coverage-reported.v1", source="intake", life=Transition(ANYWHERE), scope=DisputeScope.CLAIM)
class CoverageReported(Event, frozen=True):
    """A payer's answer (271) to a question about the patient's coverage on the days of service (270).

    `key` names the question. `status`: answered; refused, with the payer's reasons (AAA03) in `codes`; doubtful, since
    it names another person, so that nothing of it is reported; rejected, the question itself (TA1, 999). `outcome` is
    its former name, with `told` for answered; `status` follows from it. `active` says if the plan was in force, None
    where the answer does not say. `plan_names` and `groups` are those that the answer has: several where it names
    several plans. `funding` is given where the payer says it in plain words, and not both.
    """

    key: str
    outcome: CoverageOutcome
    received_on: date
    active: bool | None = None
    plan_names: tuple[str, ...] = ()
    groups: tuple[PlanGroup, ...] = ()
    insurance_types: tuple[str, ...] = ()
    funding: CoverageFunding = ""
    begins: date | None = None
    ends: date | None = None
    codes: tuple[str, ...] = ()
    status: CoverageStatus = ""

    def __post_init__(self) -> None:
        if not self.status:
            msgspec.structs.force_setattr(self, "status", "answered" if self.outcome == "told" else self.outcome)
