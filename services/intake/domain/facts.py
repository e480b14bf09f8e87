"""What the other services may know of a claim and of a remittance: codes, amounts, dates, organisations.

These run for every claim. Names, birth dates, addresses and member numbers stay behind; the patient control number
alone goes along. Facts only: whether the law protects an emergency is for others to judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from recoup_x12.model import Adjustment as Cas
from recoup_x12.model import (
    Claim,
    Contact,
    Line,
    OtherPayer,
    Party,
    Procedure,
    Remittance,
    ServicePayment,
    amount_of,
    dated,
)
from services.intake.domain.line_matching import match_lines
from shared.adjustments import as_one_line, derived_allowed, side_of
from shared.emergency import EMERGENCY_PLACE, EMERGENCY_VISITS, is_emergency_revenue
from shared.events.claims import (
    Adjustment,
    ClaimFacts,
    Finding,
    OtherLinePayment,
    OtherPayment,
    PayerContact,
    RemittanceFacts,
    RemittanceLine,
    ServiceLine,
)
from shared.procedures import plain_code, plain_codes

ONE = Decimal(1)
ZERO = Decimal(0)
_GOVERNMENT = frozenset({"MA", "MB", "MC", "16", "TV", "CH", "VA"})


def claim_facts(
    tenant: str, claim: Claim, findings: Sequence[Finding], received_on: date, *, history: bool = False
) -> ClaimFacts:
    """The facts of a claim that passed validation; a claim without any date is taken as served when received."""
    diagnoses = tuple([h.code for h in claim.diagnoses])
    served = claim.service_from or received_on
    until = claim.service_to or served
    place = claim.place if claim.place_qualifier != "A" else ""
    rendering = _rendering(claim)
    site = claim.provider("77") or claim.provider("PW")
    address = (site.address if site else None) or claim.billing.address
    billing = claim.billing
    admission = dated(claim.dates, "435") if claim.form == "institutional" else None
    return ClaimFacts(
        tenant=tenant,
        patient_control_number=claim.control_number,
        form=claim.form,
        payer_id=claim.payer.id,
        payer_name=claim.payer.name,
        billing_npi=billing.npi,
        total_charge=claim.charge,
        service_from=served,
        service_to=until,
        lines=tuple([_line(line, place, diagnoses, served, until) for line in claim.lines]),
        frequency=claim.frequency or "1",
        filing_indicator=claim.coverage.filing_indicator,
        place_of_service=place,
        bill_type=claim.bill_type,
        billing_tin=billing.tax_id,
        billing_taxonomy=billing.taxonomy,
        rendering_npi=rendering.npi,
        rendering_taxonomy=rendering.taxonomy,
        facility_npi=site.npi if site else "",
        service_zip=address.postal_code if address else "",
        service_state=address.state if address else "",
        diagnoses=diagnoses,
        prior_authorization=bool(claim.prior_authorization) or any(_authorized(line) for line in claim.lines),
        emergency=is_emergency(claim),
        assignment_of_benefits=claim.benefits_assignment == "Y",
        findings=tuple(findings),
        received_on=received_on,
        group_number=_group_number(claim),
        plan_name=_plan_name(claim),
        payer_sequence=claim.coverage.responsibility,
        history=history,
        other_payments=tuple([_paid_before(claim, other) for other in claim.other_payers if _answered(claim, other)]),
        drg=next((code.code for code in claim.health_codes if code.qualifier == "DR"), "").strip(),
        patient_status=claim.admission.patient_status.strip() if claim.admission else "",
        admitted_on=admission.start if admission else None,
    )


def _answered(claim: Claim, other: OtherPayer) -> bool:
    """Return True if that payer has said what it pays: of the claim (AMT*D, CAS) or of a line (SVD)."""
    return other.paid is not None or bool(other.adjustments) or bool(_lines_of(claim, other))


def _paid_before(claim: Claim, other: OtherPayer) -> OtherPayment:
    lines = _lines_of(claim, other)
    stated = other.paid
    return OtherPayment(
        paid=sum((line.paid for line in lines), ZERO) if stated is None else stated,
        sequence=other.coverage.responsibility,
        payer_id=other.payer.id if other.payer else "",
        remaining=amount_of(other.amounts, "EAF"),
        adjustments=_adjustments(other.adjustments),
        lines=lines,
    )


def _lines_of(claim: Claim, other: OtherPayer) -> tuple[OtherLinePayment, ...]:
    """Loop 2430 of every line that names this payer (SVD01 is the NM109 of its 2330B)."""
    name = other.payer.id if other.payer else ""
    return tuple(
        [
            OtherLinePayment(
                line=line.number, paid=adjudication.paid, adjustments=_adjustments(adjudication.adjustments)
            )
            for line in claim.lines
            for adjudication in line.adjudications
            if adjudication.payer_id == name
        ]
    )


def _group_number(claim: Claim) -> str:
    """SBR03, which names the subscriber's group; empty where a sender wrote a number of the person there."""
    number = claim.coverage.group_number
    key = _letters(number)
    for person in (claim.subscriber, claim.patient or claim.subscriber):
        for value in (person.id, *(reference.value for reference in person.references)):
            own = _letters(value)
            if own and (own == key or (len(key) >= _TELLING and (key in own or own in key))):
                return ""
    return number


def _plan_name(claim: Claim) -> str:
    """SBR04, the group's or plan's name; empty where it holds a name of the subscriber or the patient."""
    name = claim.coverage.group_name
    if not name:
        return ""
    people = (claim.subscriber, claim.patient or claim.subscriber)
    theirs = {_letters(word) for person in people for word in f"{person.name} {person.first_name}".split()}
    return "" if any(_letters(word) in theirs for word in name.split()) else name


_TELLING = 6
"""From so many letters and digits on, a number inside another one is not chance."""


def _letters(text: str) -> str:
    return "".join([c for c in text.upper() if c.isalnum()])


def is_emergency(claim: Claim) -> bool:
    """Return True if the claim itself says that it is of an emergency department.

    Place of service 23, an emergency room's revenue code or visit (`shared/emergency.py`), or SV109 on any line.
    """
    if claim.place == EMERGENCY_PLACE and claim.place_qualifier != "A":
        return True
    for line in claim.lines:
        if line.emergency == "Y" or line.place_of_service == EMERGENCY_PLACE:
            return True
        if is_emergency_revenue(line.revenue_code):
            return True
        if line.procedure is not None and line.procedure.code in EMERGENCY_VISITS:
            return True
    return False


def _rendering(claim: Claim) -> Party:
    """Who rendered: 2310B, the attending of an institutional claim, the first line's 2420A, else who bills."""
    found = claim.provider("82") or (claim.provider("71") if claim.form == "institutional" else None)
    if found is None:
        found = next((p for line in claim.lines for p in line.providers if p.role == "82"), None)
    return found or claim.billing


def _line(line: Line, place: str, diagnoses: tuple[str, ...], served: date, until: date) -> ServiceLine:
    procedure = line.procedure or _NO_PROCEDURE
    when = dated(line.dates, "472")
    start = (when.start if when else None) or served
    count = len(diagnoses)
    rendering = next((p for p in line.providers if p.role == "82"), None)
    return ServiceLine(
        line=line.number,
        code=plain_code(procedure.code),
        charge=line.charge,
        units=ONE if line.quantity is None else line.quantity,
        service_from=start,
        service_to=((when.end or start) if when and when.start else until),
        code_type=procedure.qualifier or "HC",
        modifiers=plain_codes(procedure.modifiers),
        unit_type=line.unit or "UN",
        place_of_service=line.place_of_service or place,
        revenue_code=line.revenue_code,
        diagnoses=tuple([diagnoses[p - 1] for p in line.pointers if 0 < p <= count]),
        control_number=line.control_number,
        rendering_npi=rendering.npi if rendering else "",
        rendering_taxonomy=rendering.taxonomy if rendering else "",
    )


_NO_PROCEDURE = Procedure()


def _authorized(line: Line) -> bool:
    return any(r.qualifier == "G1" and r.value for r in line.references)


# --- remittances -----------------------------------------------------------------------------------------------


def remittance_facts(
    remittance: Remittance,
    remittance_id: str,
    claim: ClaimFacts | None,
    received_on: date,
    arrived_on: date | None = None,
    *,
    history: bool = False,
) -> RemittanceFacts:
    """The facts of one claim payment; its lines are numbered as `claim`'s where they can be told apart.

    `arrived_on` is given where `received_on` is assumed; no payment is assumed to have come before the service.
    `history`: it was loaded as history.
    """
    payment = remittance.payment
    if arrived_on is not None and claim is not None and received_on < claim.service_from:
        received_on = min(claim.service_from, arrived_on)
    numbers = match_lines(remittance.lines, claim.lines if claim else ())
    with_qpa = remittance.filing_indicator not in _GOVERNMENT
    all_patient = all(side_of(a.reason) in ("cost_share", "beside") for a in remittance.adjustments)
    return RemittanceFacts(
        remittance_id=remittance_id,
        status=remittance.status,
        charge=remittance.charge,
        paid=remittance.paid,
        patient_responsibility=remittance.patient_responsibility,
        paid_on=payment.paid_on or received_on,
        received_on=received_on,
        payer_claim_number=remittance.payer_claim_number,
        payer_id=payment.payer.id or payment.payer.reference("2U") or payment.payer_tax_id,
        trace_number=payment.trace_number,
        filing_indicator=remittance.filing_indicator,
        adjustments=_adjustments(remittance.adjustments),
        remark_codes=remittance.remark_codes,
        lines=_paid_lines(remittance.lines, numbers, claim, with_qpa, all_patient),
        corrects=remittance.original_reference,
        arrived_on=arrived_on,
        origin=remittance.origin,
        history=history,
        drg=remittance.drg.strip(),
        drg_amount=remittance.inpatient.drg_amount if remittance.inpatient else None,
        contact=_contact((*remittance.contacts, *payment.payer.contacts)),
    )


def _contact(contacts: Iterable[Contact]) -> PayerContact | None:
    """The first claims contact (PER01 CX) that can be reached: that of the claim payment (2100), else of 1000A.

    BL is the technical contact of the file, IC a website about the payer's policies. 45 CFR 149.140(d)(1)(v) wants
    phone and e-mail of who may begin open negotiation; a payer that puts them into an 835 puts them here.
    """
    for contact in contacts:
        numbers = dict(reversed(contact.numbers))
        extension = f" ext. {numbers['EX']}" if "EX" in numbers else ""
        phone = f"{numbers['TE']}{extension}" if "TE" in numbers else ""
        found = PayerContact(
            name=contact.name.strip(), phone=phone, fax=numbers.get("FX", ""), email=numbers.get("EM", ""),
            url=numbers.get("UR", ""),
        )  # fmt: skip
        if contact.function == "CX" and (found.phone or found.fax or found.email or found.url):
            return found
    return None


def negated(facts: RemittanceFacts, remittance_id: str) -> RemittanceFacts:
    """The facts that take a payment back whole: as its payer's reversal (CLP02 22) would, each amount negated."""
    replace = msgspec.structs.replace
    adjustments = [replace(a, amount=-a.amount) for a in facts.adjustments]
    lines = [
        replace(
            line,
            charge=-line.charge,
            paid=-line.paid,
            allowed=None if line.allowed is None else -line.allowed,
            adjustments=tuple([replace(a, amount=-a.amount) for a in line.adjustments]),
        )
        for line in facts.lines
    ]
    return replace(
        facts,
        remittance_id=remittance_id,
        status="22",
        charge=-facts.charge,
        paid=-facts.paid,
        patient_responsibility=-facts.patient_responsibility,
        adjustments=tuple(adjustments),
        lines=tuple(lines),
        drg_amount=None if facts.drg_amount is None else -facts.drg_amount,
    )


def _paid_lines(
    paid: Sequence[ServicePayment], numbers: Sequence[int], claim: ClaimFacts | None, with_qpa: bool, all_patient: bool
) -> tuple[RemittanceLine, ...]:
    """The lines as paid, those that a payer split as one: they are one line of the claim, and worth that once."""
    lines = [_paid_line(line, at, with_qpa, all_patient) for line, at in zip(paid, numbers, strict=True)]
    if claim is not None and not all(line.code or line.revenue_code for line in lines):
        lines = [_as_billed(line, claim) for line in lines]
    if len({n for n in numbers if n}) + numbers.count(0) == len(lines):
        return tuple(lines)
    by_line: dict[tuple[int, int], list[RemittanceLine]] = {}
    for at, line in enumerate(lines):
        by_line.setdefault((line.line, 0 if line.line else at), []).append(line)
    return tuple([as_one_line(parts) for parts in by_line.values()])


def _paid_line(line: ServicePayment, number: int, with_qpa: bool, all_patient: bool) -> RemittanceLine:
    procedure = line.procedure
    return RemittanceLine(
        line=number,
        code=plain_code(procedure.code),
        charge=line.charge,
        paid=line.paid,
        units=ONE if line.units_paid is None else line.units_paid,
        code_type=procedure.qualifier or "HC",
        modifiers=plain_codes(procedure.modifiers),
        allowed=allowed_amount(line)
        if all_patient
        else line.allowed,  # CAS of the claim cut its lines by amounts untold
        adjustments=_adjustments(line.adjustments),
        remark_codes=line.remark_codes,
        revenue_code=line.revenue_code,
        control_number=line.control_number,
        qpa=amount_of(line.amounts, "ZK") if with_qpa and line.amounts else None,
    )


def _as_billed(line: RemittanceLine, claim: ClaimFacts) -> RemittanceLine:
    """A line that names no service is of what was billed under the number it repeats (REF*6R)."""
    billed = next((one for one in claim.lines if one.line == line.line), None)
    if billed is None or line.code or line.revenue_code:
        return line
    return msgspec.structs.replace(
        line,
        code=billed.code,
        code_type=billed.code_type,
        modifiers=billed.modifiers,
        revenue_code=billed.revenue_code,
    )


def _adjustments(found: tuple[Cas, ...]) -> tuple[Adjustment, ...]:
    return tuple(
        [Adjustment(group=a.group, carc=a.reason, amount=a.amount, quantity=a.quantity or ZERO) for a in found]
    )


def allowed_amount(line: ServicePayment) -> Decimal | None:
    """The allowed amount in dollars: AMT*B6, else the charge less what the payer cut it by, else None.

    Without AMT*B6 it is known only where every adjustment says which side of the allowed amount it is on: a denied,
    bundled or unexplained line has none.
    """
    stated = line.allowed
    if stated is not None:
        return stated
    return derived_allowed(line.charge, [(a.reason, a.amount) for a in line.adjustments])
