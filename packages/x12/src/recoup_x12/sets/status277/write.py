"""Writes the 276, Health Care Claim Status Request (005010X212), which a 277 of the same guide answers."""

from __future__ import annotations

from datetime import datetime

from recoup_x12.core.delimiters import STANDARD, Delimiters
from recoup_x12.core.party import Party
from recoup_x12.core.writing import Route, Writer, add_birth, days, one_set
from recoup_x12.sets.claim837.model import Claim

VERSION = "005010X212"
_GROUP = "HR"


def write_inquiry(
    claim: Claim, trace: str, payer_claim_number: str, route: Route, control: int, now: datetime
) -> str:  # fmt: skip
    """One interchange of one 276 that asks where a claim stands.

    Args:
        claim: The claim as it was sent.
        trace: Our number of the question (TRN02), which the 277 returns.
        payer_claim_number: The payer's number of the claim (REF*1K), or "" where none is known.
        route: From whom to whom it goes.
        control: Its ISA13 and GS06.
        now: When it is written.

    Returns:
        The X12. A name that holds a delimiter makes others be taken.

    Raises:
        Unwritable: A value holds a delimiter of every kind.
    """
    return one_set(
        route,
        control,
        now,
        _GROUP,
        VERSION,
        "276",
        lambda d: inquiry_segments(claim, trace, payer_claim_number, now, d),
    )


def inquiry_segments(
    claim: Claim, trace: str, payer_claim_number: str, now: datetime, delimiters: Delimiters = STANDARD
) -> list[str]:
    """The segments between ST and SE.

    Payer, receiver, provider, subscriber and, where another is the patient, the dependent, under whom the claim is
    asked about.
    """
    w = Writer(delimiters)
    w.add("BHT", "0010", "13", trace[:50], now.strftime("%Y%m%d"), now.strftime("%H%M"))
    w.add("HL", 1, "", "20", "1")
    _name(w, "PR", claim.payer, "PI")
    w.add("HL", 2, 1, "21", "1")
    _name(w, "41", claim.submitter if claim.submitter.id else claim.billing, "46")
    w.add("HL", 3, 2, "19", "1")
    _name(w, "1P", claim.billing, "XX")
    dependent = claim.patient
    w.add("HL", 4, 3, "22", "0" if dependent is None else "1")
    if dependent is None:
        add_birth(w, claim.subscriber)
    _name(w, "IL", claim.subscriber, "MI")
    if dependent is not None:
        w.add("HL", 5, 4, "23")
        add_birth(w, dependent)
        _name(w, "QC", dependent, "MI")
    w.add("TRN", "1", trace[:50])
    for qualifier, number in (("1K", payer_claim_number), ("BLT", claim.bill_type), ("EJ", claim.control_number)):
        if number:
            w.add("REF", qualifier, number[:50])
    w.add("AMT", "T3", claim.charge)
    start, end = claim.service_from, claim.service_to
    if start is not None:
        w.add("DTP", "472", *days(start, end or start))
    return w.lines


def _name(w: Writer, role: str, party: Party, qualifier: str) -> None:
    kind = party.kind or ("1" if role in ("IL", "QC") else "2")
    person = (party.first_name[:35], party.middle_name[:25], "", party.suffix[:10]) if kind == "1" else ("", "", "", "")
    is_identified = bool(party.id) and role != "QC"  # a dependent has no number of its own in this guide
    w.add(
        "NM1",
        role,
        kind,
        party.name[:60],
        *person,
        qualifier if is_identified else "",
        party.id[:80] if is_identified else "",
    )
