"""The patient's cost share, as remittances state it and the law bounds it. Dollars.

The gateway bills nobody: settlement's figures (`recoup.claim.settled.v1`, `recoup.claim.closed.v1`) are the ones that
count, and what is worked out here only bounds what a patient is told before they exist. Under the No Surprises Act the
share is deductible, coinsurance and copay, coinsurance on no more than the recognized amount (42 USC
300gg-111(a)(1)(C), (a)(3)(H)); nobody may bill more (300gg-131, 300gg-132).
"""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from services.gateway.domain.patient.law import law_of_claim, law_of_remittance, stronger
from services.gateway.domain.view import ClaimView, PatientShare
from shared.events.base import Envelope
from shared.events.claims import (
    Adjustment,
    ClaimReceived,
    ClaimReplaced,
    RemittanceFacts,
    RemittanceLine,
    RemittanceReceived,
    RemittanceReversed,
)
from shared.events.pursuit import IdrInitiated, NegotiationOpened
from shared.money import ZERO, cents, total

_COST_SHARE = frozenset({"1", "2", "3", "66"})  # deductible, coinsurance, copay, blood deductible
_COINSURANCE = "2"
_FIVE_PERCENT = Decimal("0.05")


def apply(view: ClaimView, envelope: Envelope) -> ClaimView:
    """The view with what one event says of the patient's share and protection."""
    event, known = envelope.data, view.patient
    if isinstance(event, ClaimReceived | ClaimReplaced):
        return replace(view, patient=replace(known, law=stronger(known.law, law_of_claim(event.claim))))
    if isinstance(event, NegotiationOpened | IdrInitiated):
        return replace(view, patient=replace(known, law=stronger(known.law, "federal")))
    if isinstance(event, RemittanceReceived | RemittanceReversed):
        return replace(view, patient=_remitted(known, event))
    return view


def _remitted(known: PatientShare, event: RemittanceReceived | RemittanceReversed) -> PatientShare:
    facts = event.remittance
    share = (known.stated or ZERO) + cost_share(facts)
    if isinstance(event, RemittanceReversed):
        return replace(known, stated=share, taken_back=True)
    return replace(
        known,
        stated=share,
        excess=excess(facts),
        beyond=beyond(facts),
        taken_back=False,
        law=stronger(known.law, law_of_remittance(facts)),
    )


def cost_share(facts: RemittanceFacts) -> Decimal:
    """Cost sharing in one claim payment, negative in a reversal; one without PR adjustments is taken at its word."""
    stated = [a for a in _adjustments(facts) if a.group == "PR"]
    if not stated:
        return facts.patient_responsibility
    return total(a.amount for a in stated if a.carc in _COST_SHARE)


def beyond(facts: RemittanceFacts) -> Decimal:
    """What the plan puts on the patient that is no cost sharing: a balance, or care it does not cover."""
    return total(
        a.amount for a in _adjustments(facts) if a.group == "PR" and a.carc not in _COST_SHARE and a.amount > 0
    )


def excess(facts: RemittanceFacts) -> Decimal:
    """Coinsurance at a round rate (a multiple of 5 %) that was taken on more than the recognized amount.

    Known only where the plan disclosed the QPA, which it does for items that the No Surprises Act covers.
    """
    return total(_excess(line) for line in facts.lines)


def _excess(line: RemittanceLine) -> Decimal:
    if line.qpa is None:
        return ZERO
    shared = [a for a in line.adjustments if a.group == "PR" and a.carc in _COST_SHARE]
    allowed = line.paid + total(a.amount for a in shared) if line.allowed is None else line.allowed
    coinsurance = total(a.amount for a in shared if a.carc == _COINSURANCE)
    other = total(a.amount for a in shared if a.carc != _COINSURANCE)
    base = min(line.qpa, line.charge)
    if coinsurance <= 0 or allowed <= other or base >= allowed:
        return ZERO
    rate = (coinsurance / (allowed - other)).quantize(Decimal("0.0001"))
    if rate % _FIVE_PERCENT or cents(rate * (allowed - other)) != coinsurance:
        return ZERO
    return max(coinsurance - cents(rate * max(base - other, ZERO)), ZERO)


def _adjustments(facts: RemittanceFacts) -> list[Adjustment]:
    return [*facts.adjustments, *(a for line in facts.lines for a in line.adjustments)]
