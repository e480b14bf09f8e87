"""What a payer knows of a claim: what it was sent and what it has answered, rebuilt from the log of events.

Only what a payer would know is kept: the claim, its own remittances, the lines named in the dispute. Our floors,
targets and expected values travel in the same events and are left alone.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from shared.adjustments import line_allowed, side_of, with_line_adjustments
from shared.events.assessment import ClaimDenied, DisputeWidened, UnderpaymentFlagged
from shared.events.base import Event
from shared.events.claims import (
    ClaimFacts,
    ClaimReceived,
    ClaimRejected,
    ClaimReplaced,
    ClaimVoided,
    RemittanceFacts,
    RemittanceLine,
    RemittanceReceived,
    RemittanceRecouped,
    RemittanceReversed,
)
from shared.events.pursuit import NegotiationOpened
from shared.events.settlement import ClaimClosed, ClaimSettled

ZERO = Decimal(0)


class ClaimFile(msgspec.Struct, frozen=True, kw_only=True):
    """The payer's file on one claim.

    `agreed_paid` is the total payment a settlement asks for, in dollars; `corrections` counts the corrections already
    sent. `recoups`: the payer is about to take money back, or has; `taken_back` is what it holds of it.
    """

    claim_id: str
    claim: ClaimFacts | None = None
    standing: RemittanceFacts | None = None
    disputed: tuple[int, ...] = ()
    denied: bool = False
    case_id: str = ""
    federal: bool = False
    agreed_paid: Decimal | None = None
    basis: str = ""
    corrections: int = 0
    recoups: bool = False
    recouped: Decimal = ZERO

    def disputed_lines(self) -> tuple[RemittanceLine, ...]:
        """The remittance's lines in dispute: those named, else all; empty where the payer adjudicated no lines."""
        lines = self.standing.lines if self.standing else ()
        named = tuple(line for line in lines if line.line in self.disputed)
        return named or lines

    @property
    def disputed_charge(self) -> Decimal:
        """Charge of the lines in dispute, in dollars."""
        if self.standing is None:
            return ZERO
        lines = self.disputed_lines()
        return sum((line.charge for line in lines), ZERO) if lines else self.standing.charge

    @property
    def disputed_allowed(self) -> Decimal:
        """Amount the payer allowed for the lines in dispute, in dollars."""
        if self.standing is None:
            return ZERO
        lines = self.disputed_lines()
        if not lines:
            return self.standing.paid + self.standing.patient_responsibility
        return sum((line_allowed(line) for line in lines), ZERO)

    @property
    def anchor(self) -> Decimal:
        """The QPA of the disputed lines if the payer sent one for each, else what it allowed."""
        qpas = [line.qpa for line in self.disputed_lines()]
        known = [qpa for qpa in qpas if qpa]
        return sum(known, ZERO) if qpas and len(known) == len(qpas) else self.disputed_allowed

    def service_date(self, line: int) -> date | None:
        """The date of a claim line; of the claim where the line is not known."""
        if self.claim is None:
            return None
        return next((one.service_from for one in self.claim.lines if one.line == line), self.claim.service_from)


def remember(file: ClaimFile | None, event: Event) -> ClaimFile | None:
    """The file after `event`; None once the claim needs no memory (closed, voided, rejected)."""
    if isinstance(event, (ClaimClosed, ClaimVoided, ClaimRejected)):
        return None
    file = file or ClaimFile(claim_id=event.claim_id)
    change = msgspec.structs.replace
    if isinstance(event, (ClaimReceived, ClaimReplaced)):
        return change(file, claim=event.claim)
    if isinstance(event, RemittanceReceived | RemittanceReversed) and event.from_other_payer:
        return file
    if isinstance(event, RemittanceReceived):
        return change(file, standing=with_line_adjustments(event.remittance))
    if isinstance(event, RemittanceReversed):
        standing = file.standing
        recouped = standing is not None and standing.payer_claim_number == event.remittance.payer_claim_number
        return change(file, standing=None) if recouped else file
    if isinstance(event, UnderpaymentFlagged):
        lines = tuple(line.line for line in event.lines if line.verdict in ("underpaid", "denied"))
        return change(file, disputed=lines, denied=False)
    if isinstance(event, ClaimDenied):
        named = tuple(line.line for line in event.lines)
        return change(file, disputed=named or _denied_lines(file.standing), denied=True)
    if isinstance(event, DisputeWidened):
        return change(file, disputed=(*file.disputed, *(line.line for line in event.lines)))
    if isinstance(event, RemittanceRecouped):
        return change(file, recouped=file.recouped + event.amount)
    if isinstance(event, NegotiationOpened):
        return change(file, case_id=event.case_id, federal=True)
    if isinstance(event, ClaimSettled) and file.standing is not None:
        return change(file, agreed_paid=file.standing.paid + event.additional_due, basis=event.basis)
    return file


def _denied_lines(standing: RemittanceFacts | None) -> tuple[int, ...]:
    """Lines that were paid nothing for another reason than the patient's cost share."""
    return tuple(
        line.line
        for line in (standing.lines if standing else ())
        if line.paid == 0 and any(side_of(a.carc) != "cost_share" for a in line.adjustments)
    )
