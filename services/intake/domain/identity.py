"""Names of claims and remittances, and the keys under which a remittance finds its claim.

Claim id. uuid5 of tenant, billing provider (NPI, else TIN, else the payer's own number for it), patient control
number (CLM01) and payer id (NM109 of 2010BB). The TR3 asks that CLM01 be unique to the claim and that payers return
it (2300 CLM01), so the same claim sent twice has one id. A replacement or void (CLM05-3 7 or 8) that keeps CLM01
has its original's id. Where the provider gives it a number of its own, REF*F8, the payer's number of the
original, is the way back: `payer_number_key` of the claim equals one of the `payer_keys` of the original's
remittance. A secondary claim goes to another payer, hence is another claim.

Fingerprint. Two submissions with one claim id and one fingerprint are the same submission; with two, the
control number was reused or the claim was changed. Left out of it is what a mere retransmission changes: batch and
envelope numbers, submitter and receiver, the clearinghouse's trace (REF*D9), the repricer's date (DTP*050), how
dates and amounts are spelled, and the text as sent.

Match keys are plain strings, compared for equality within one tenant, so that SQL finds the candidates of a whole
batch in one query:

- `n:` the control number without case, punctuation and leading zeros; CLM01 longer than 20 also as the 20
  characters that every payer must return;
- `f:` the payer's claim number, with the billing provider, since payers number independently;
- `m:` and `p:` digests of provider, first day of service and the patient: the member's number with the beginning of
  the first name, or last and first name. They find the claim whose control number a payer altered, and never bring
  in another patient's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from hashlib import blake2b, sha256
from uuid import UUID, uuid5

import msgspec

from recoup_x12.model import Adjustment, Claim, Dated, Line, Party, Payment, Remittance, ServicePayment

_CLAIMS = UUID("0f6a5b0e-52b5-5c0c-9f0e-7a3c6a1d9b41")
_REMITTANCES = UUID("b1a4f0c7-3d52-5e3b-8a54-2f1d6c7e9a02")
_MARK = "\x1f"  # separates parts of a name; control characters are refused at every door
_NOT_ALPHANUMERIC = re.compile(r"[^0-9A-Z]+")
_NOT_LETTERS = re.compile(r"[^A-Z]+")
_RETURNED = 20
"""Characters of CLM01 that a payer must be able to return (TR3 2300 CLM01)."""
_TELLING = 4
"""Letters of the first name that tell the members of a family apart, who share a number."""
_PATIENT = frozenset({"QC", "74"})
_INSURED = frozenset({"QC", "74", "IL"})
_RETRANSMISSION_REFERENCES = frozenset({"D9"})
_RETRANSMISSION_DATES = frozenset({"050"})
_encode = msgspec.msgpack.Encoder().encode


# --- claims ----------------------------------------------------------------------------------------------------


def claim_id(tenant: str, claim: Claim) -> str:
    """The id of a claim, the same for every submission of it."""
    parts = (tenant, provider_of(claim), claim.control_number.strip(), claim.payer.id.strip().upper())
    return str(uuid5(_CLAIMS, _MARK.join(parts)))


def provider_of(claim: Claim) -> str:
    """What identifies the billing provider: NPI, TIN, or the payer's number for an atypical provider."""
    billing = claim.billing
    return billing.npi or _digits(billing.tax_id) or billing.id or billing.reference("G2") or billing.name.upper()


def fingerprint(claim: Claim) -> str:
    """SHA-256, in hex, of everything in the claim that a payer would judge it by."""
    billing, who, subscriber = claim.billing, claim.who, claim.subscriber
    content = (
        (claim.form, claim.control_number.strip(), _plain(claim.charge), claim.place, claim.frequency),
        (claim.assignment, claim.benefits_assignment, claim.delay_reason, claim.special_program, claim.accident),
        (billing.id, billing.tax_id, billing.taxonomy, billing.address),
        (claim.payer.id, subscriber.id, claim.coverage),
        (who.name, who.first_name, who.id, who.demographics, who.address),
        claim.health_codes,
        _dates(claim.dates),
        [r for r in claim.references if r.qualifier not in _RETRANSMISSION_REFERENCES],
        [_provider(p) for p in claim.providers],
        (claim.admission, claim.attachments, claim.notes, claim.conditions, claim.transport, claim.spinal),
        (claim.amounts, claim.contract, claim.pricing, claim.other_payers, claim.orthodontics, claim.tooth_statuses),
        (claim.file_information, claim.extra),
        [_line(line) for line in claim.lines],
    )
    return sha256(_encode(content)).hexdigest()


def _line(line: Line) -> tuple[object, ...]:
    return (
        line.number,
        line.procedure,
        _plain(line.charge),
        line.unit,
        _plain(line.quantity),
        line.place_of_service,
        line.pointers,
        line.revenue_code,
        _dates(line.dates),
        line.references,
        (line.emergency, line.noncovered, line.oral_cavities, line.prosthesis, line.teeth, line.equipment),
        (line.drugs, line.notes, line.attachments, line.conditions, line.transport, line.certification),
        [_provider(p) for p in line.providers],
        (line.adjudications, line.amounts, line.quantities, line.measurements, line.contract, line.pricing),
        (line.forms, line.purchased, line.extra),
    )


def _provider(party: Party) -> tuple[object, ...]:
    return (party.role, party.id, party.name, party.taxonomy, party.references, party.address)


def _dates(dates: tuple[Dated, ...]) -> list[tuple[object, ...]]:
    return [
        (d.qualifier, d.start, d.end, d.text if d.start is None or d.format in ("DT", "TM") else "")
        for d in dates
        if d.qualifier not in _RETRANSMISSION_DATES
    ]


# --- remittances -----------------------------------------------------------------------------------------------


def remittance_id(remittance: Remittance, tenant: str = "") -> str:
    """The id of one claim payment: the same however often, and in whatever file, the payer sends it.

    uuid5 of payer, payee, trace number, CLP01, CLP02, CLP07 and the amounts, adjustments and remarks of claim and
    lines. A claim that a payer splits has several payments in one 835, each with lines of its own, hence ids of
    their own.
    """
    payment = remittance.payment
    content = (
        (tenant, payer_of(payment), payee_of(payment), payment.trace_number, payment.paid_on),
        (remittance.control_number, remittance.status, remittance.payer_claim_number, remittance.original_reference),
        (_plain(remittance.charge), _plain(remittance.paid), _plain(remittance.patient_responsibility)),
        _adjustments(remittance.adjustments),
        remittance.remark_codes,
        [_service(line) for line in remittance.lines],
    )
    return str(uuid5(_REMITTANCES, sha256(_encode(content)).hexdigest()))


def _service(line: ServicePayment) -> tuple[object, ...]:
    procedure = line.procedure
    return (
        (procedure.qualifier, procedure.code, procedure.modifiers, line.revenue_code, line.control_number),
        (_plain(line.charge), _plain(line.paid), _plain(line.units_paid)),
        _adjustments(line.adjustments),
        [(d.qualifier, d.start or d.text) for d in line.dates],
        line.remark_codes,
    )


def _adjustments(adjustments: tuple[Adjustment, ...]) -> list[tuple[str, str, str]]:
    return [(a.group, a.reason, _plain(a.amount)) for a in adjustments]


def same_again(remittance: Remittance) -> tuple[object, ...]:
    """Return what two sendings of one claim payment share if only adjustments, remarks or line payments were corrected.

    That is the 835's payer, payee and trace number, the claim's numbers, status and money, and which services at which
    charges it is about. Parts of one claim differ in it.
    """
    payment = remittance.payment
    services = [(_what(line), _plain(line.charge), line.control_number) for line in remittance.lines]
    return (
        (payer_of(payment), payee_of(payment), payment.trace_number),
        (remittance.control_number, remittance.status, remittance.payer_claim_number),
        (_plain(remittance.charge), _plain(remittance.paid)),
        tuple(sorted(services)),
    )


def _what(line: ServicePayment) -> tuple[str, ...]:
    procedure = line.procedure
    return (procedure.code, *procedure.modifiers, line.revenue_code)


def payer_of(payment: Payment) -> str:
    """What identifies the payer in an 835: TRN03, else N104, else its name."""
    return payment.payer_tax_id or payment.payer.id or payment.payer.name.upper()


def payee_of(payment: Payment) -> str:
    """What identifies the payee in an 835: NPI, else TIN (N104 or REF*TJ)."""
    payee = payment.payee
    return payee.npi or _digits(payee.reference("TJ") or payee.id)


# --- keys ------------------------------------------------------------------------------------------------------


def number_key(number: str) -> str:
    """A control number without case, punctuation and leading zeros; "" for 0, which payers send for none."""
    upper = number.upper()
    if not (upper.isalnum() and upper.isascii()):
        upper = _NOT_ALPHANUMERIC.sub("", upper)
    return upper.lstrip("0")


def claim_keys(claim: Claim) -> list[str]:
    """The keys under which a remittance may look for this claim."""
    keys: list[str] = []
    number = claim.control_number.strip()
    if plain := number_key(number):
        keys.append(f"n:{plain}")
        if len(number) > _RETURNED:
            keys.append(f"n:{number_key(number[:_RETURNED])}")
    if claim.payer_claim_number:
        keys.append(payer_number_key(claim))
    served = claim.service_from
    if served is not None:
        keys += patient_keys_on(claim, served)
    return keys


def patient_keys_on(claim: Claim, served: date) -> list[str]:
    """The keys that this claim's patient and member number would have on another first day of service."""
    keys: list[str] = []
    provider, who = provider_of(claim), claim.who
    if member := number_key(who.id or claim.subscriber.id):
        keys.append(_digest("m:", provider, served, member, _letters(who.first_name)[:_TELLING]))
    if last := _letters(who.name):
        keys.append(_digest("p:", provider, served, last, _letters(who.first_name)))
    return keys


def payer_number_key(claim: Claim) -> str:
    """The key of the claim that this one replaces or voids: the payer's number in REF*F8."""
    return payer_number_under(provider_of(claim), claim.payer_claim_number)


def payer_keys(remittance: Remittance) -> list[str]:
    """The keys that a matched remittance adds to its claim: the payer's number (CLP07), for what comes later."""
    number = remittance.payer_claim_number
    return [payer_number_under(payee_of(remittance.payment), number)] if number_key(number) else []


def lookup_keys(remittance: Remittance) -> list[str]:
    """The keys under which this remittance's claim may be known, the strongest first."""
    provider = payee_of(remittance.payment)
    keys: dict[str, None] = {}
    if plain := number_key(remittance.control_number):
        keys[f"n:{plain}"] = None
    for number in (remittance.payer_claim_number, remittance.original_reference):
        if number_key(number):
            keys[payer_number_under(provider, number)] = None
    served = remittance.service_from
    if served is not None and provider:
        keys.update(dict.fromkeys(patient_keys_of(remittance, provider, served)))
    return list(keys)


def patient_keys_of(remittance: Remittance, provider: str, served: date) -> list[str]:
    """The keys by which a claim of this provider and day would be the remittance's patient's; none where not named."""
    keys: dict[str, None] = {}
    members = [m for p in remittance.parties if p.role in _INSURED and (m := number_key(p.id))]
    for party in remittance.parties:
        if party.role in _PATIENT:
            keys.update(dict.fromkeys(_patient_keys(provider, served, party, members)))
    return list(keys)


def member_keys(keys: Sequence[str]) -> list[str]:
    """Those of a payment's keys that are made with the member's number."""
    return [key for key in keys if key.startswith("m:")]


def patient_keys(provider: str, served: date, patient: Party) -> list[str]:
    """The keys of a claim by provider, first day of service and its patient, named with the member's number or not."""
    member = number_key(patient.id)
    return _patient_keys(provider, served, patient, [member] if member else [])


def _patient_keys(provider: str, served: date, patient: Party, members: list[str]) -> list[str]:
    first = _letters(patient.first_name)
    keys = [_digest("m:", provider, served, member, first[:_TELLING]) for member in members]
    if last := _letters(patient.name):
        keys.append(_digest("p:", provider, served, last, first))
    return keys


def payer_number_under(provider: str, number: str) -> str:
    """The key of the claim that a payer numbers so for this provider (`payee_of` an 835)."""
    return f"f:{provider}|{number_key(number)}"


def _digest(kind: str, provider: str, served: date, *who: str) -> str:
    """A key that reveals no name or member number to one who reads the table of keys."""
    text = _MARK.join((provider, served.isoformat(), *who))
    return kind + blake2b(text.encode(), digest_size=12).hexdigest()


def _letters(name: str) -> str:
    return _NOT_LETTERS.sub("", name.upper())


def _digits(text: str) -> str:
    return text.replace("-", "").strip()


def _plain(amount: Decimal | None) -> str:
    """A number spelled one way: 100, 100.0 and 1E+2 alike."""
    return "" if amount is None else f"{amount.normalize():f}"
