"""An inpatient stay, which is paid as a whole by its MS-DRG: its price, and what each line bears of it.

How a payer shares a stay's payment out over its lines is arbitrary (all on the first, by charge, or on none), and says
nothing of a line. So where the stay has a price, what was paid, cut and allowed of it and what it is worth are borne by
the lines alike, in proportion to their charges; each line then stands as the stay does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from services.benchmark.domain.lines import hospital_of
from services.benchmark.domain.recouped import Recouped, left_of
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import NoPrice, Price, Service
from services.benchmark.domain.schedules import InpatientStay, ms_drg
from services.benchmark.domain.systems import Billing
from shared.adjustments import claim_allowed, of_all_levels
from shared.events.claims import Adjustment, ClaimFacts, RemittanceFacts, RemittanceLine
from shared.money import ZERO, split

_OF_A_PAYER = ("payer_history", "in_network")
_NO_CHARGE = NoPrice("nothing was charged for the line: the stay's price is borne by the others")


class Stay(msgspec.Struct, frozen=True):
    """A stay on its way: the payment and what is left of it as borne by the lines, each line's share with its price.

    `lines` are empty where nothing prices the stay; `billing` says why then.
    """

    billing: Billing
    remittance: RemittanceFacts
    left: RemittanceFacts | None
    lines: tuple[tuple[Service, Price | NoPrice], ...] = ()


def stay_of(
    claim: ClaimFacts, remittance: RemittanceFacts, left: RemittanceFacts | None, billing: Billing, reference: Reference
) -> Stay:
    """A claim's stay as it is judged.

    A payment that names no lines is borne by the claim's: it then says why there is no price, or that all was denied.
    """
    drg = ms_drg(claim.drg) or ms_drg(remittance.drg)
    price = _price(claim, remittance, drg, reference)
    priced = isinstance(price, Price) or (bool(drg) and _has_rates(claim, _service(claim, drg), billing, reference))
    if isinstance(price, NoPrice):
        billing = replace(billing, lacking=f"{billing.lacking}: {price.reason}")
    if not (priced or (drg and not remittance.lines)) or remittance.charge <= 0:
        return Stay(billing, remittance, left)
    borne = _borne(claim, remittance)
    if left is not None:
        cut = remittance.paid - left.paid
        whole = not left.paid and not left.patient_responsibility
        left = left_of(borne, Recouped(cut, left.received_on, "", whole=whole))
    if not priced:
        return Stay(billing, borne, left)
    return Stay(billing, borne, left, _shared(claim, borne.lines, price, drg))


def _price(claim: ClaimFacts, remittance: RemittanceFacts, drg: str, reference: Reference) -> Price | NoPrice:
    """By the group that the claim states, else the payer's; of the day of discharge."""
    if not drg:
        named = " or ".join(filter(None, (claim.drg, remittance.drg)))
        if named:
            return NoPrice(f"DRG {named} is no MS-DRG, and is priced by no table of Medicare's")
        return NoPrice("neither the claim (HI*DR) nor the payment (CLP11) names its MS-DRG")
    days = (claim.service_to - (claim.admitted_on or claim.service_from)).days
    ccn, state = hospital_of(claim, reference), reference.state_of(claim.service_zip, claim.service_to)
    stay = InpatientStay(drg, ccn=ccn, status=claim.patient_status, days=days, state=state)
    found = reference.inpatient(stay, claim.service_to)
    if isinstance(found, NoPrice):
        return found
    notes: list[str] = []
    if remittance.drg and ms_drg(remittance.drg) != drg:
        notes.append(f"the payer paid by DRG {remittance.drg}, the claim states {claim.drg}")
    if remittance.drg_amount:
        notes.append(f"the payer's own amount of the DRG is ${remittance.drg_amount} (MIA04)")
    return replace(found, notes=(*found.notes, *notes))


def _service(claim: ClaimFacts, drg: str, share: Decimal = Decimal(1)) -> Service:
    return Service(f"DRG {drg}", (), claim.service_zip, "21", share, claim.service_to)


def _has_rates(claim: ClaimFacts, service: Service, billing: Billing, reference: Reference) -> bool:
    """Return True if a table of other sources holds rates of the stay."""
    return any(
        reference.distribution(
            kind,
            service,
            billing_class=billing.rows,
            payer=claim.payer_id if kind in _OF_A_PAYER else "",
            tenant=claim.tenant,
        )
        for kind in reference.distributions.kinds
    )


def _borne(claim: ClaimFacts, remittance: RemittanceFacts) -> RemittanceFacts:
    """The payment with all that it says of the stay at its lines, by their charges."""
    lines = remittance.lines or tuple(
        RemittanceLine(line.line, line.code or line.revenue_code, line.charge, ZERO, revenue_code=line.revenue_code)
        for line in claim.lines
    )
    weights = [line.charge for line in lines]
    qpas = [line.qpa for line in lines if line.qpa is not None]
    each = zip(
        lines,
        split(remittance.charge, weights),
        split(remittance.paid, weights),
        split(claim_allowed(remittance), weights),
        _adjustments(of_all_levels(remittance), weights),
        split(sum(qpas, ZERO), weights),
        strict=True,
    )
    borne = tuple(
        replace(line, charge=charge, paid=paid, allowed=allowed, adjustments=cuts, qpa=qpa if qpas else None)
        for line, charge, paid, allowed, cuts, qpa in each
    )
    return replace(remittance, adjustments=(), lines=borne)


def _adjustments(found: Iterable[Adjustment], weights: Sequence[Decimal]) -> list[tuple[Adjustment, ...]]:
    """The adjustments of all levels by group and reason, over the lines."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for one in found:
        sums[one.group, one.carc] += one.amount
    shares = [[Adjustment(*key, part) for part in split(amount, weights)] for key, amount in sums.items()]
    return list(zip(*shares, strict=True)) if shares else [()] * len(weights)


def _shared(
    claim: ClaimFacts, lines: Sequence[RemittanceLine], price: Price | NoPrice, drg: str
) -> tuple[tuple[Service, Price | NoPrice], ...]:
    """Each line's share of the stay's price, to the cent."""
    weights = [line.charge for line in lines]
    whole = sum(weights, ZERO)
    amounts = split(price.amount, weights) if isinstance(price, Price) else weights
    found: list[tuple[Service, Price | NoPrice]] = []
    for weight, amount in zip(weights, amounts, strict=True):
        share = weight / whole
        service = _service(claim, drg, share or Decimal(1))
        if not share:
            found.append((service, _NO_CHARGE))
        elif isinstance(price, NoPrice):
            found.append((service, price))
        else:
            note = f"the line's share, by its charge, of ${price.amount} for the stay"
            found.append((service, replace(price, amount=amount, factor=share, notes=(*price.notes, note))))
    return tuple(found)
