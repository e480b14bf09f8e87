"""Writes the 275, Additional Information to Support a Health Care Claim or Encounter (005010X210)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import date, datetime

from recoup_x12.core.delimiters import STANDARD, Delimiters
from recoup_x12.core.party import Party
from recoup_x12.core.writing import Route, Writer, days, one_set
from recoup_x12.sets.attachment275.model import AdditionalInformation

VERSION = "005010X210"
_GROUP = "PI"


def write_attachment(out: AdditionalInformation, control: int, now: datetime) -> str:
    """Write one interchange of one 275. A name that holds a delimiter makes others be taken.

    Args:
        out: The documents, the question that they answer, and the claim.
        control: The interchange control number.
        now: The date and time that it bears.

    Returns:
        The interchange, ISA to IEA.

    Raises:
        Unwritable: No delimiters can write it.
    """
    sender_qualifier, sender, receiver_qualifier, receiver, group_sender, group_receiver, usage = out.route
    route = Route(sender, receiver, sender_qualifier, receiver_qualifier, usage, group_sender, group_receiver)
    return one_set(route, control, now, _GROUP, VERSION, "275", lambda d: attachment_segments(out, now, d))


def attachment_segments(out: AdditionalInformation, now: datetime, delimiters: Delimiters = STANDARD) -> list[str]:
    """The segments between ST and SE.

    Heading: BGN (11 response, 02 of our own accord), 1000A payer, 1000B submitter, 1000C provider with its address in
    1100C, 1000D patient with the numbers of the claim. Detail: one loop 2000A for each document and question, with TRN
    (2 the payer's trace, 1 our attachment control number), the question in STC, 2100A the line, 2100B the day of
    sending, CAT (attachment, electronic image) and in 2110B the document as base64, BIN01 being its length.
    """
    w = Writer(delimiters)
    w.add("BGN", "11" if out.solicited else "02", out.reference[:50], now.strftime("%Y%m%d"), now.strftime("%H%M"))
    _name(w, "PR", out.payer, "PI")
    _name(w, "41", out.submitter, "46")
    _name(w, "1P", out.provider, "XX")
    if out.address is not None and out.address.line1 and out.address.city:
        w.add("NX1", "1P")
        w.add("N3", out.address.line1, out.address.line2)
        w.add("N4", out.address.city, out.address.state, out.address.postal_code)
    _name(w, "QC", out.patient, "MI")
    for qualifier, number in (
        ("EJ", out.control_number),
        ("BLT", out.bill_type),
        ("EA", out.medical_record),
        ("D9", out.clearinghouse_number),
    ):
        if number:
            w.add("REF", qualifier, number[:50])
    _days(w, out.served_from, out.served_to)
    for number, answer in enumerate(out.answers, 1):
        w.add("LX", number)
        w.add("TRN", "2" if out.solicited else "1", out.trace[:50])
        asked = answer.question
        if asked is not None:
            w.add("STC", (asked.category, asked.code, "", asked.code_list))
            if asked.line_number:
                w.add("REF", "FJ", asked.line_number[:50])
            _days(w, asked.served_from, asked.served_to)
        w.add("DTP", "368", "D8", now.strftime("%Y%m%d"))
        w.add("CAT", "AE", "IA")
        w.add("EFI", "05")
        text = base64.b64encode(answer.document.content).decode()
        w.add("BIN", len(text), text)
    return w.lines


def _name(w: Writer, role: str, party: Party, qualifier: str) -> None:
    kind = party.kind or ("1" if role == "QC" else "2")
    person: Sequence[str] = ("", "", "", "")
    if kind == "1":
        person = (party.first_name[:35], party.middle_name[:25], "", party.suffix[:10])
    w.add("NM1", role, kind, party.name[:60], *person, (party.id_qualifier or qualifier) if party.id else "",
          party.id[:80])  # fmt: skip


def _days(w: Writer, start: date | None, end: date | None) -> None:
    if start is not None:
        w.add("DTP", "472", *days(start, end or start))
