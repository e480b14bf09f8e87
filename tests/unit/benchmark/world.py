"""Claims and remittances for benchmark's tests; every amount is in dollars."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

from msgspec.structs import replace

from services.benchmark.adapters.shipped import load_policy, shipped_reference, shipped_releases
from services.benchmark.domain.policy import Policy
from services.benchmark.domain.reference import Reference
from services.benchmark.domain.releases import Price, Release, Service
from shared.events.base import Envelope, Event, contract_of
from shared.events.claims import Adjustment, ClaimFacts, RemittanceFacts, RemittanceLine, ServiceLine

D = Decimal
DAY = date(2025, 11, 3)
NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
CLAIM = "6a1e2f64-0f9b-5c7e-9e55-0c1f5c7d2a11"
MANHATTAN = "10001"


@cache
def reference() -> Reference:
    return shipped_reference()


@cache
def released(name: str = "CMS CY2025 (October)") -> Release:
    """A shipped release, that of October 2025 as one of the whole year."""
    release = next(entry for entry in shipped_releases() if entry.name == name).read()
    if release.effective_from != date(2025, 10, 1):
        return release
    return replace(release, effective_from=date(2025, 1, 1))


@cache
def policy() -> Policy:
    return load_policy()


def service(
    code: str,
    *modifiers: str,
    zip: str = MANHATTAN,
    place: str = "22",
    units: int | str = 1,
    day: date = DAY,
    unit_type: str = "UN",
) -> Service:
    return Service(code, modifiers, zip, place, D(units), day, unit_type)


def priced(code: str, *modifiers: str, zip: str = MANHATTAN, place: str = "22", units: int = 1) -> Price:
    price = reference().professional(service(code, *modifiers, zip=zip, place=place, units=units))
    assert isinstance(price, Price), price
    return price


def paid(
    code: str,
    charge: str,
    allowed: str,
    *,
    line: int = 1,
    share: str = "0",
    modifiers: tuple[str, ...] = (),
    units: int = 1,
    qpa: str | None = None,
    remarks: tuple[str, ...] = (),
    stated: bool = True,
) -> RemittanceLine:
    """A line paid at an allowed amount, less the patient's share."""
    cut = Adjustment(group="CO", carc="45", amount=D(charge) - D(allowed))
    patient = (Adjustment(group="PR", carc="2", amount=D(share)),) if D(share) else ()
    return RemittanceLine(
        line=line,
        code=code,
        modifiers=modifiers,
        charge=D(charge),
        paid=D(allowed) - D(share),
        units=D(units),
        allowed=D(allowed) if stated else None,
        adjustments=(cut, *patient),
        remark_codes=remarks,
        qpa=None if qpa is None else D(qpa),
    )


def refused(code: str, charge: str, carc: str, *, group: str = "CO", line: int = 1) -> RemittanceLine:
    """A line that nothing was paid for."""
    adjustment = Adjustment(group=group, carc=carc, amount=D(charge))
    return RemittanceLine(line=line, code=code, charge=D(charge), paid=D(0), adjustments=(adjustment,))


def remitted(*lines: RemittanceLine, status: str = "1", id: str = "R1", day: date = DAY) -> RemittanceFacts:
    return RemittanceFacts(
        remittance_id=id,
        status=status,
        charge=sum((line.charge for line in lines), D(0)),
        paid=sum((line.paid for line in lines), D(0)),
        patient_responsibility=D(0),
        paid_on=day,
        received_on=day,
        lines=lines,
    )


def claimed(
    lines: Sequence[RemittanceLine],
    *,
    zip: str = MANHATTAN,
    place: str = "23",
    form: str = "professional",
    bill_type: str = "",
    day: date = DAY,
    taxonomy: str = "",
    billing_taxonomy: str = "",
    facility_npi: str = "",
    payer: str = "PAYER1",
    unit_type: str = "UN",
    units: str = "",
    days: Sequence[date] = (),
    rendered_by: Sequence[str] = (),
) -> ClaimFacts:
    """The claim that a remittance answers, line by line; `days` and `rendered_by` are the lines' own, where they
    differ, `units` what was billed on each."""
    return ClaimFacts(
        tenant="t",
        patient_control_number="PCN1",
        form=form,  # pyright: ignore[reportArgumentType]
        payer_id=payer,
        payer_name="A PAYER",
        billing_npi="1234567893",
        total_charge=sum((line.charge for line in lines), D(0)),
        service_from=day,
        service_to=day,
        lines=tuple(
            ServiceLine(
                line=line.line,
                code=line.code,
                modifiers=line.modifiers,
                charge=line.charge,
                units=D(units) if units else line.units,
                service_from=days[at] if days else day,
                service_to=days[at] if days else day,
                place_of_service=place,
                unit_type=unit_type,
                rendering_npi=rendered_by[at] if rendered_by else "",
            )
            for at, line in enumerate(lines)
        ),
        place_of_service=place,
        bill_type=bill_type,
        rendering_taxonomy=taxonomy,
        billing_taxonomy=billing_taxonomy,
        facility_npi=facility_npi,
        service_zip=zip,
    )


def heard(event: Event) -> Envelope:
    return Envelope(id="e", type=contract_of(event).type, source="test", time=NOW, data=event)
