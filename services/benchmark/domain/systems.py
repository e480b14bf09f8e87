"""Which payment system a claim belongs to: the physician's, the hospital outpatient's, or the surgery center's.

A surgery center bills type of bill 83x, or on the professional form, as Medicare has it (Claims Processing Manual,
ch. 14, 10): then its taxonomy, modifier SG (of the lines that bear it), or the place of service together with who
bills says so. The surgeon's own
fee is billed from place 24 too and is the physician's. A hospital's inpatient stay is type of bill 11x.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from services.benchmark.domain.distributions import SURGERY_CENTER
from services.benchmark.domain.hospitals import HospitalIndex
from shared.events.claims import ClaimFacts

SURGERY_CENTER_TAXONOMY = "261QA1903"
_CLINICS = "261Q"
_PLACE = "24"
_OPPS_BILLS = ("12", "13")
_SURGERY_CENTER_BILLS = ("83",)
_INPATIENT_BILL = "11"
_OF_CENTERS = frozenset({"SG", "Sg", "sG", "sg"})


class Billing(msgspec.Struct, frozen=True):
    """The payment system that prices a claim's lines, or why there is none.

    It names the class of the table rows that may be used for them too (empty: none). `hospital` is its wage index,
    where that is known.
    """

    system: Literal["physician", "outpatient", "surgery_center", "inpatient", ""]
    rows: str
    lacking: str = ""
    hospital: HospitalIndex | None = None


_PHYSICIAN = Billing("physician", "professional")
_OUTPATIENT = Billing("outpatient", "institutional")
_CENTER = Billing("surgery_center", SURGERY_CENTER)
_DENTAL = Billing("", "professional", "Medicare has no schedule for dental codes")
_UNCLEAR = Billing(
    "",
    "",
    "place of service 24 without taxonomy and rendering provider: it cannot be told whether the surgery center or the "
    "surgeon bills, and neither's rate is the other's; name either",
)


def billing_of(claim: ClaimFacts) -> Billing:
    """The system of a claim by its form, bill type, place, modifiers and who bills."""
    if claim.form == "dental":
        return _DENTAL
    bill = claim.bill_type.lstrip("0")[:2]
    if is_surgery_center(claim):
        return _CENTER
    if claim.form == "institutional":
        if bill in _OPPS_BILLS:
            return _OUTPATIENT
        if bill == _INPATIENT_BILL:
            return Billing("inpatient", "institutional", f"type of bill {claim.bill_type} is a stay, paid as a whole")
        reason = f"type of bill {claim.bill_type or 'unknown'} is paid by other systems than OPPS"
        return Billing("", "institutional", reason)
    return professional_billing(_parties_of(claim), True) if _in_center(claim) else _PHYSICIAN


class Parties(msgspec.Struct, frozen=True):
    """Who a professional claim says asks for its fee.

    The taxonomies of who bills and who rendered it (empty: not told), whether somebody else than who bills is named as
    rendering it, and whether the place of service itself bills.
    """

    billing: str = ""
    rendering: str = ""
    named: bool = False
    itself: bool = False


def professional_billing(who: Parties, in_center: bool) -> Billing:
    """The system of a claim on the professional form, or of what is asked in its words.

    Args:
        who: Who asks for the fee.
        in_center: Whether any of it was rendered at place of service 24.

    Returns:
        The surgery center's, the physician's, or neither where nobody can tell whose fee it is.
    """
    if _is_center_s(who, in_center):
        return _CENTER
    told = who.billing or who.rendering or who.named
    return _UNCLEAR if in_center and not told else _PHYSICIAN


def billing_asked(who: Parties, places: Iterable[str], modifiers: Iterable[Sequence[str]], outpatient: bool) -> Billing:
    """The system that a quote's lines are priced by, as those of a claim of the same words are.

    Args:
        who: Who asks for the fee, as far as it is told.
        places: The lines' places of service.
        modifiers: Each line's modifiers.
        outpatient: Whether the facility's own payment is asked for: the surgery center's at place 24 or where every
            line bears SG, else the hospital's.

    Returns:
        The system.
    """
    in_center = _PLACE in places
    if outpatient:
        of_center = in_center or is_center(who.rendering) or all(not _OF_CENTERS.isdisjoint(one) for one in modifiers)
        return _CENTER if of_center else _OUTPATIENT
    return professional_billing(who, in_center)


def billing_of_line(billing: Billing, modifiers: Sequence[str]) -> Billing:
    """The system of a line, by that of its claim: SG makes this line the center's, and no other of the claim."""
    if (billing is _PHYSICIAN or billing is _UNCLEAR) and not _OF_CENTERS.isdisjoint(modifiers):
        return _CENTER
    return billing


def is_surgery_center(claim: ClaimFacts) -> bool:
    """Return True if a surgery center bills its facility fee with all lines of a claim, on either form."""
    if claim.form == "institutional":
        by_bill = claim.bill_type.lstrip("0")[:2] in _SURGERY_CENTER_BILLS
        return by_bill or is_center(claim.billing_taxonomy) or is_center(claim.rendering_taxonomy)
    if claim.lines and all(not _OF_CENTERS.isdisjoint(line.modifiers) for line in claim.lines):
        return True
    if not (claim.billing_taxonomy or claim.rendering_taxonomy or _in_center(claim)):  # as most are
        return False
    return _is_center_s(_parties_of(claim), _in_center(claim))


def is_center(taxonomy: str) -> bool:
    """Return True if a taxonomy is a surgery center's."""
    return taxonomy[:9].upper() == SURGERY_CENTER_TAXONOMY


def _is_center_s(who: Parties, in_center: bool) -> bool:
    """By its taxonomy; or at place 24 where the place itself bills, or a clinic that names no clinician.

    With a surgeon or anesthesiologist named, the fee is his work's.
    """
    if is_center(who.billing) or is_center(who.rendering):
        return True
    bills, renders = who.billing or who.rendering, who.rendering
    clinic = bills.startswith(_CLINICS) and (not renders or renders.startswith(_CLINICS))
    return in_center and (who.itself or clinic)


def _in_center(claim: ClaimFacts) -> bool:
    return claim.place_of_service == _PLACE or _PLACE in [line.place_of_service for line in claim.lines]


def _parties_of(claim: ClaimFacts) -> Parties:
    named = claim.rendering_npi not in ("", claim.billing_npi)
    itself = claim.billing_npi == (claim.facility_npi or None)
    return Parties(claim.billing_taxonomy, claim.rendering_taxonomy, named, itself)
