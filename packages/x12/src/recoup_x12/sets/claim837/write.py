"""Writes claims back out as 837 (005010X222A1, X223A3, X224A2): for corrected claims, resubmission, forwarding.

What `read` makes of the text is the same claim, `source` apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

import msgspec

from recoup_x12.core.delimiters import STANDARD, Delimiters
from recoup_x12.core.party import Party
from recoup_x12.core.segments import Adjustment, HealthCode, Procedure, Value
from recoup_x12.core.writing import Route, Writer, interchange
from recoup_x12.sets.claim837.model import (
    DIAGNOSIS_QUALIFIERS,
    Claim,
    Drug,
    Line,
    LineAdjudication,
    OtherPayer,
    SupportingForm,
)
from recoup_x12.sets.claim837.values import PLAIN

_HI_COMPOSITES = 12
_CAS_TRIPLETS = 6


def write_claims(
    claims: Iterable[Claim], route: Route, control: int, now: datetime, delimiters: Delimiters = STANDARD
) -> str:
    """Write one interchange with claims, which must be of one implementation guide.

    Claims that follow each other and share batch header, billing provider or subscriber share those levels.

    Args:
        claims: The claims, in the order in which they are written.
        route: The sender and the receiver.
        control: The interchange control number.
        now: The date and time that it bears.
        delimiters: The delimiters.

    Returns:
        The interchange, ISA to IEA.

    Raises:
        Unwritable: A value holds a delimiter.
        ValueError: There are no claims, or they are of several guides.
    """
    batch = list(claims)
    guides = {claim.implementation for claim in batch}
    if len(guides) != 1:
        raise ValueError("claims of exactly one implementation guide go into one interchange")
    sets = [("837", segments(list(group), delimiters)) for _, group in groupby(batch, key=_header_key)]
    return interchange(route, control, now, "HC", guides.pop(), sets, delimiters)


def _header_key(claim: Claim) -> tuple[object, ...]:
    return (claim.submitter, claim.receiver, claim.batch_purpose, claim.batch_reference, claim.batch_created,
            claim.batch_type)  # fmt: skip


def segments(claims: Sequence[Claim], delimiters: Delimiters = STANDARD) -> list[str]:
    """The segments between ST and SE of one 837 with these claims."""
    w = Writer(delimiters)
    first = claims[0]
    created = first.batch_created
    w.add("BHT", "0019", first.batch_purpose, first.batch_reference, created[:8], created[8:], first.batch_type)
    _party(w, first.submitter)
    _party(w, first.receiver)
    levels = 0
    billing_key: tuple[object, ...] | None = None
    subscriber_key: tuple[object, ...] | None = None
    billing_level = 0
    for claim in claims:
        key = (claim.billing, claim.pay_to, claim.pay_to_plan, claim.currency)
        if key != billing_key:
            billing_key, subscriber_key = key, None
            levels += 1
            billing_level = levels
            _billing(w, claim, levels)
        below = (claim.coverage, claim.subscriber, claim.subscriber_info, claim.payer, claim.patient,
                 claim.patient_info, claim.context_extra)  # fmt: skip
        if below != subscriber_key:
            subscriber_key = below
            levels += 1
            _subscriber(w, claim, levels, billing_level)
            if claim.patient is not None or claim.patient_info is not None:
                levels += 1
                _patient(w, claim, levels)
            _extra(w, claim, claim.context_extra)
        _claim(w, claim)
    return w.lines


def _billing(w: Writer, claim: Claim, level: int) -> None:
    w.add("HL", level, "", "20", "1")
    _plain(w, "PRV", claim.billing.specialty)
    if claim.currency:
        w.add("CUR", "85", claim.currency)
    _party(w, msgspec.structs.replace(claim.billing, specialty=None))
    _party(w, claim.pay_to)
    _party(w, claim.pay_to_plan)


def _subscriber(w: Writer, claim: Claim, level: int, parent: int) -> None:
    w.add("HL", level, parent, "22", "1" if claim.patient is not None else "0")
    _plain(w, "SBR", claim.coverage)
    _plain(w, "PAT", claim.subscriber_info)
    _party(w, claim.subscriber)
    _party(w, claim.payer)


def _patient(w: Writer, claim: Claim, level: int) -> None:
    w.add("HL", level, level - 1, "23", "0")
    _plain(w, "PAT", claim.patient_info)
    _party(w, claim.patient)


def _claim(w: Writer, c: Claim) -> None:
    accident = c.accident
    causes = [*[*accident.causes, "", "", ""][:3], accident.state, accident.country] if accident else ()
    w.add("CLM", c.control_number, c.charge, "", "", (c.place, c.place_qualifier, c.frequency), c.provider_signature,
          c.assignment, c.benefits_assignment, c.release, c.patient_signature, causes, c.special_program, "", "", "",
          "", "", "", c.predetermination, c.delay_reason)  # fmt: skip
    for found in c.dates:
        w.add("DTP", found.qualifier, found.format, found.text)
    _plain(w, "CL1", c.admission)
    _plain(w, "DN1", c.orthodontics)
    _plain(w, "DN2", *c.tooth_statuses)
    _plain(w, "PWK", *c.attachments)
    _plain(w, "CN1", c.contract)
    _plain(w, "AMT", *c.amounts)
    _plain(w, "REF", *c.references)
    _plain(w, "K3", *c.file_information)
    _plain(w, "NTE", *c.notes)
    _plain(w, "CR1", c.transport)
    _plain(w, "CR2", c.spinal)
    for condition in c.conditions:
        w.add("CRC", condition.category, condition.applies, *condition.codes)
    _health_codes(w, c)
    _plain(w, "HCP", c.pricing)
    _extra(w, c, c.extra)
    for provider in c.providers:
        _party(w, provider)
    for payer in c.other_payers:
        _other_payer(w, c, payer)
    for line in c.lines:
        _line(w, c, line)


def _health_codes(w: Writer, claim: Claim) -> None:
    """HI segments: professional and dental diagnoses together, others by qualifier, twelve to a segment."""

    def family(code: HealthCode) -> str:
        in_one_segment = claim.form != "institutional" and code.qualifier in DIAGNOSIS_QUALIFIERS
        return "diagnoses" if in_one_segment else code.qualifier

    for _, group in groupby(claim.health_codes, key=family):
        codes = list(group)
        for at in range(0, len(codes), _HI_COMPOSITES):
            w.add("HI", *[msgspec.structs.astuple(code) for code in codes[at : at + _HI_COMPOSITES]])


def _other_payer(w: Writer, claim: Claim, payer: OtherPayer) -> None:
    _plain(w, "SBR", payer.coverage)
    _adjustments(w, payer.adjustments)
    _plain(w, "AMT", *payer.amounts)
    _plain(w, "OI", payer.insurance)
    _plain(w, "MIA", payer.inpatient)
    _plain(w, "MOA", payer.outpatient)
    _extra(w, claim, payer.extra)
    _party(w, payer.subscriber)
    _party(w, payer.payer)
    for provider in payer.providers:
        _party(w, provider)


def _line(w: Writer, claim: Claim, line: Line) -> None:
    w.add("LX", line.number)
    code = _procedure(line.procedure)
    if claim.form == "professional":
        w.add("SV1", code, line.charge, line.unit, line.quantity, line.place_of_service, "", line.pointers, "",
              line.emergency, "", line.epsdt, line.family_planning, "", "", line.copay_exempt)  # fmt: skip
    elif claim.form == "institutional":
        w.add("SV2", line.revenue_code, code, line.charge, line.unit, line.quantity, line.rate, line.noncovered)
    else:
        w.add("SV3", code, line.charge, line.place_of_service, line.oral_cavities, line.prosthesis, line.quantity,
              "", "", "", "", line.pointers)  # fmt: skip
    equipment = line.equipment
    if equipment is not None:
        w.add("SV5", _procedure(equipment.procedure), equipment.unit, equipment.days, equipment.rental_price,
              equipment.purchase_price, equipment.frequency)  # fmt: skip
    for tooth in line.teeth:
        w.add("TOO", tooth.code_list, tooth.code, tooth.surfaces)
    _plain(w, "PWK", *line.attachments)
    _plain(w, "CR1", line.transport)
    _plain(w, "CR3", line.certification)
    for condition in line.conditions:
        w.add("CRC", condition.category, condition.applies, *condition.codes)
    for found in line.dates:
        w.add("DTP", found.qualifier, found.format, found.text)
    _plain(w, "QTY", *line.quantities)
    _plain(w, "MEA", *line.measurements)
    _plain(w, "CN1", line.contract)
    _plain(w, "REF", *line.references)
    _plain(w, "AMT", *line.amounts)
    _plain(w, "K3", *line.file_information)
    _plain(w, "NTE", *line.notes)
    _plain(w, "PS1", line.purchased)
    _plain(w, "HCP", line.pricing)
    _extra(w, claim, line.extra)
    for drug in line.drugs:
        _drug(w, drug)
    for provider in line.providers:
        _party(w, provider)
    for adjudication in line.adjudications:
        _adjudication(w, adjudication)
    for form in line.forms:
        _form(w, form)


def _drug(w: Writer, drug: Drug) -> None:
    w.add("LIN", "", drug.qualifier, drug.code)
    if drug.quantity is not None or drug.unit:
        w.add("CTP", "", "", "", drug.quantity, drug.unit.split(":"))
    _plain(w, "REF", *drug.references)


def _adjudication(w: Writer, a: LineAdjudication) -> None:
    w.add("SVD", a.payer_id, a.paid, _procedure(a.procedure), a.revenue_code, a.units, a.bundled_line)
    _adjustments(w, a.adjustments)
    for found in a.dates:
        w.add("DTP", found.qualifier, found.format, found.text)
    _plain(w, "AMT", *a.amounts)


def _form(w: Writer, form: SupportingForm) -> None:
    w.add("LQ", form.code_list, form.form)
    _plain(w, "FRM", *form.answers)


def _adjustments(w: Writer, adjustments: Sequence[Adjustment]) -> None:
    for group, members in groupby(adjustments, key=lambda a: a.group):
        triplets = list(members)
        for at in range(0, len(triplets), _CAS_TRIPLETS):
            fields = [f for a in triplets[at : at + _CAS_TRIPLETS] for f in (a.reason, a.amount, a.quantity)]
            w.add("CAS", group, *fields)


def _procedure(procedure: Procedure | None) -> tuple[str, ...]:
    if procedure is None:
        return ()
    modifiers = (*procedure.modifiers, "", "", "", "")[:4]
    return (procedure.qualifier, procedure.code, *modifiers, procedure.description, procedure.code_end)


def _party(w: Writer, party: Party | None) -> None:
    if party is None or not party.role:
        return
    w.add("NM1", party.role, party.kind, party.name, party.first_name, party.middle_name, party.prefix, party.suffix,
          party.id_qualifier, party.id)  # fmt: skip
    _plain(w, "PRV", party.specialty)
    address = party.address
    if address is not None:
        if address.line1 or address.line2:
            w.add("N3", address.line1, address.line2)
        if address.city or address.state or address.postal_code or address.country:
            w.add("N4", address.city, address.state, address.postal_code, address.country, "", "",
                  address.country_subdivision)  # fmt: skip
    born = party.demographics
    if born is not None:
        w.add("DMG", born.format, born.birth_text, born.gender)
    for found in party.dates:
        w.add("DTP", found.qualifier, found.format, found.text)
    _plain(w, "REF", *party.references)
    for contact in party.contacts:
        w.add("PER", contact.function, contact.name, *[f for pair in contact.numbers for f in pair])


def _plain(w: Writer, segment: str, *values: Value | None) -> None:
    """Segments whose elements map one to one onto the fields of their value."""
    shape = PLAIN[segment][1]
    for value in values:
        if value is not None:
            fields = iter(msgspec.structs.astuple(value))
            elements = ["" if code == "-" else next(fields) for code in shape]
            if segment == "REF" and elements[3]:
                elements[3] = elements[3].split(":")
            w.add(segment, *elements)


def _extra(w: Writer, claim: Claim, texts: Iterable[str]) -> None:
    for text in texts:
        w.raw(text, claim.source.delimiters if claim.source else "*^:~")
