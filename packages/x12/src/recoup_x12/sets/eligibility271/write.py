"""Writes the 270, Health Care Eligibility Benefit Inquiry (005010X279A1), which a 271 of the same guide answers."""

from __future__ import annotations

from datetime import datetime

from recoup_x12.core.delimiters import STANDARD, Delimiters
from recoup_x12.core.party import Party
from recoup_x12.core.writing import Route, Writer, add_birth, days, one_set
from recoup_x12.sets.claim837.model import Claim

VERSION = "005010X279A1"
_GROUP = "HS"
_RELATIONS = frozenset({"01", "19"})
"""INS02 of a dependent as the guide knows it: spouse, child; anything else is 34, another adult."""


def write_eligibility(claim: Claim, trace: str, route: Route, control: int, now: datetime) -> str:
    """One interchange of one 270 that asks for the coverage of a claim's patient on its days of service.

    Args:
        claim: The claim as it was sent.
        trace: Our number of the question (TRN02, BHT03), which the 271 returns.
        route: From whom to whom it goes.
        control: Its ISA13 and GS06.
        now: When it is written.

    Returns:
        The X12. A name that holds a delimiter makes others be taken.

    Raises:
        Unwritable: A value holds a delimiter of every kind.
    """
    return one_set(route, control, now, _GROUP, VERSION, "270", lambda d: eligibility_segments(claim, trace, now, d))


def eligibility_segments(claim: Claim, trace: str, now: datetime, delimiters: Delimiters = STANDARD) -> list[str]:
    """The segments between ST and SE: payer, provider, subscriber and, where another is the patient, the dependent.

    The health benefit plan as a whole is asked for (EQ*30).
    """
    w = Writer(delimiters)
    w.add("BHT", "0022", "13", trace[:50], now.strftime("%Y%m%d"), now.strftime("%H%M"))
    w.add("HL", 1, "", "20", "1")
    _name(w, "PR", claim.payer, "PI")
    w.add("HL", 2, 1, "21", "1")
    _name(w, "1P", claim.billing, "XX")
    w.add("HL", 3, 2, "22", "0" if claim.patient is None else "1")
    if claim.patient is None:
        _trace(w, trace, claim.billing)
    _name(w, "IL", claim.subscriber, "MI")
    if claim.patient is None:
        _asked(w, claim, claim.subscriber)
    else:
        w.add("HL", 4, 3, "23", "0")
        _trace(w, trace, claim.billing)
        _name(w, "03", claim.patient, "")
        _asked(w, claim, claim.patient)
    return w.lines


def _trace(w: Writer, trace: str, billing: Party) -> None:
    """TRN03 names who asks in ten characters: 1 and the EIN, else 9 and what tells the provider."""
    tax_id = billing.reference("EI").replace("-", "")
    company_id = f"1{tax_id}" if len(tax_id) == 9 and tax_id.isdecimal() else f"9{billing.id[:9]:0>9}"
    w.add("TRN", "1", trace[:50], company_id)


def _asked(w: Writer, claim: Claim, patient: Party) -> None:
    add_birth(w, patient)
    if claim.patient is not None:
        relation = claim.patient_info.relationship if claim.patient_info is not None else ""
        w.add("INS", "N", relation if relation in _RELATIONS else "34")
    start, end = claim.service_from, claim.service_to
    if start is not None:
        w.add("DTP", "291", *days(start, end or start))
    w.add("EQ", "30")


def _name(w: Writer, role: str, party: Party, qualifier: str) -> None:
    kind = "1" if role in ("IL", "03") else party.kind or "2"
    person = (party.first_name[:35], party.middle_name[:25], "", party.suffix[:10]) if kind == "1" else ("", "", "", "")
    is_identified = bool(party.id and qualifier)  # a dependent has no number of its own in this guide
    w.add(
        "NM1",
        role,
        kind,
        party.name[:60],
        *person,
        qualifier if is_identified else "",
        party.id[:80] if is_identified else "",
    )
