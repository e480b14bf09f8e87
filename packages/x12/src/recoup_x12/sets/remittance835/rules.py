"""Balancing rules of the 835 (005010X221A1 section 1.10.2): line, claim, transaction."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from recoup_x12.codes import CodeTable, find
from recoup_x12.core.problem import Problem, claim_problem
from recoup_x12.sets.remittance835.model import Remittance

ZERO = Decimal(0)


_LINE = claim_problem(
    3, "SVC", "the line's payment is not its charge less its adjustments",
    "SVC03 must equal SVC02 less the CAS amounts of loop 2110", element=3, code="I12",
)  # fmt: skip
_CLAIM = claim_problem(
    3, "CLP", "the claim's payment is not its charge less all adjustments",
    "CLP04 must equal CLP03 less the CAS amounts of loops 2100 and 2110", element=4, code="I12",
)  # fmt: skip
_CHARGE = claim_problem(
    3, "CLP", "the lines' charges do not add up to the claim's charge", "CLP03 must equal the sum of SVC02",
    element=3, code="I12",
)  # fmt: skip
_RESPONSIBILITY = claim_problem(
    3, "CLP", "the patient's responsibility is not the sum of the PR adjustments",
    "CLP05 should equal the PR amounts of all CAS", element=5, code="I12", severity="warning",
)  # fmt: skip
_STOPPED = claim_problem(
    5, "CAS", "a reason code that had been stopped before the payment", "use the code that took its place",
    element=2, code="7", severity="warning",
)  # fmt: skip


def validate_remittance(remittance: Remittance) -> list[Problem]:
    """Lines: SVC02 less CAS is SVC03. Claim: CLP03 less all CAS is CLP04, and SVC02 add up to CLP03.

    A reason code serves an original judgement until its stop date, and a reversal for ever (CARC list).
    """
    found: list[Problem] = []
    stopped = _stopped_for(remittance)
    adjusted = responsibility = charged = ZERO
    for adjustment in remittance.adjustments:
        adjusted += adjustment.amount
        if adjustment.group == "PR":
            responsibility += adjustment.amount
        if adjustment.reason in stopped:
            found.append(_STOPPED)
    for index, line in enumerate(remittance.lines, 1):
        withheld = ZERO
        for adjustment in line.adjustments:
            withheld += adjustment.amount
            if adjustment.group == "PR":
                responsibility += adjustment.amount
            if adjustment.reason in stopped:
                found.append(replace(_STOPPED, line=index))
        if line.charge - withheld != line.paid:
            found.append(replace(_LINE, line=index))
        adjusted += withheld
        charged += line.charge
    if remittance.charge - adjusted != remittance.paid:
        found.append(_CLAIM)
    if remittance.lines and charged != remittance.charge:
        found.append(_CHARGE)
    if not remittance.is_reversal and responsibility != remittance.patient_responsibility:
        found.append(_RESPONSIBILITY)
    return found


_asked_last: list[tuple[CodeTable, date, frozenset[str]]] = []
"""The list and the day that were asked for last: an 835 asks for one day over and over."""


def _stopped_for(remittance: Remittance) -> frozenset[str]:
    """The reason codes that the list had stopped by the day of the payment; none where they still serve, or no day."""
    codes, paid_on = find("carc"), remittance.payment.paid_on
    if codes is None or paid_on is None or remittance.is_reversal:
        return frozenset()
    for known, then, stopped in _asked_last:
        if known is codes and then == paid_on:
            return stopped
    stopped = frozenset(code for code, stop in codes.stops.items() if paid_on >= stop)
    _asked_last[:] = [(codes, paid_on, stopped)]
    return stopped


def payment_balances(amount: Decimal, paid: Decimal, provider_adjustments: Decimal) -> bool:
    """BPR02 is the sum of CLP04 less the sum of the PLB amounts."""
    return amount == paid - provider_adjustments
