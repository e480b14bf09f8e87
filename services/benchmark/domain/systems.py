"""Which payment system a claim belongs to: the physician's, the hospital outpatient's, or the surgery center's.

A surgery center bills type of bill 83x, or on the professional form, as Medicare has it (Claims Processing Manual,
ch. 14, 10): then its taxonomy, modifier SG (of the lines that bear it), or the place of service together with who
bills says so. The surgeon's own
fee is billed from place 24 too and is the physician's. A hospital's inpatient stay is type of bill 11x.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    "surgeon bills, and neither's rate is the other's",
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
    return _UNCLEAR if _may_be_center(claim) else _PHYSICIAN


def billing_of_line(billing: Billing, modifiers: Sequence[str]) -> Billing:
    """The system of a line, by that of its claim: SG makes this line the center's, and no other of the claim."""
    if (billing is _PHYSICIAN or billing is _UNCLEAR) and not _OF_CENTERS.isdisjoint(modifiers):
        return _CENTER
    return billing


def is_surgery_center(claim: ClaimFacts) -> bool:
    """Return True if a surgery center bills its facility fee with all lines of a claim, on either form."""
    if is_center(claim.billing_taxonomy) or is_center(claim.rendering_taxonomy):
        return True
    if claim.form == "institutional":
        return claim.bill_type.lstrip("0")[:2] in _SURGERY_CENTER_BILLS
    if claim.lines and all(not _OF_CENTERS.isdisjoint(line.modifiers) for line in claim.lines):
        return True
    own = claim.billing_npi == (claim.facility_npi or None) or is_clinic_itself(
        claim.billing_taxonomy, claim.rendering_taxonomy
    )
    return own and _in_center(claim)


def is_center(taxonomy: str) -> bool:
    """Return True if a taxonomy is a surgery center's."""
    return taxonomy[:9].upper() == SURGERY_CENTER_TAXONOMY


def is_clinic_itself(billing: str, rendering: str) -> bool:
    """A clinic bills and names no clinician: with a surgeon or anesthesiologist named, the fee is his work's."""
    return billing.startswith(_CLINICS) and (not rendering or rendering.startswith(_CLINICS))


def is_center_s_fee(taxonomy: str, place: str) -> bool:
    """Return True if who is named alone, by taxonomy and place, is a surgery center that asks for its own fee."""
    return is_center(taxonomy) or (place == _PLACE and is_clinic_itself(taxonomy, taxonomy))


def _in_center(claim: ClaimFacts) -> bool:
    return claim.place_of_service == _PLACE or any(line.place_of_service == _PLACE for line in claim.lines)


def _may_be_center(claim: ClaimFacts) -> bool:
    """Nobody is named but who bills, and nothing says what he is."""
    named = claim.billing_taxonomy or claim.rendering_taxonomy or claim.rendering_npi not in ("", claim.billing_npi)
    return not named and _in_center(claim)
