"""Claims and payments built in the test's own words; every default is a sound one. People here are invented."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from recoup_x12.model import (
    Address,
    Adjustment,
    Amount,
    Claim,
    Coverage,
    Dated,
    Demographics,
    HealthCode,
    Line,
    Party,
    Payment,
    Procedure,
    Reference,
    Remittance,
    ServicePayment,
    Specialty,
)

NPI = "1234567893"
OTHER_NPI = "1245319599"
TIN = "521234567"
DAY = date(2025, 3, 4)


def on(day: date, qualifier: str = "472", until: date | None = None) -> Dated:
    text = f"{day:%Y%m%d}" if until is None else f"{day:%Y%m%d}-{until:%Y%m%d}"
    return Dated(qualifier, "D8" if until is None else "RD8", text, day, until or day)


def line(
    number: int = 1,
    code: str = "99213",
    charge: str = "150.00",
    *modifiers: str,
    day: date | None = DAY,
    units: str = "1",
    unit: str = "UN",
    pointers: tuple[int, ...] = (1,),
    **other: Any,
) -> Line:
    return Line(
        number,
        Procedure("HC", code, modifiers) if code else None,
        Decimal(charge),
        unit,
        Decimal(units),
        pointers=pointers,
        dates=(on(day),) if day else (),
        **other,
    )


def billing(npi: str = NPI, tin: str = TIN) -> Party:
    return Party(
        "85",
        "2",
        "GOOD DOCTORS PC",
        id_qualifier="XX" if npi else "",
        id=npi,
        address=Address("1 MAIN ST", "", "AUSTIN", "TX", "787010000"),
        specialty=Specialty("BI", "PXC", "207P00000X"),
        references=(Reference("EI", tin),) if tin else (),
    )


def patient(last: str = "ROE", first: str = "JANE", member: str = "W123456789") -> Party:
    return Party(
        "IL",
        "1",
        last,
        first,
        id_qualifier="MI",
        id=member,
        address=Address("2 ELM ST", "", "AUSTIN", "TX", "78701"),
        demographics=Demographics("D8", "19800102", "F", date(1980, 1, 2)),
    )


def claim(
    *lines: Line,
    number: str = "PCN0001",
    payer: str = "60054",
    payer_name: str = "AETNA",
    diagnoses: Sequence[str] = ("S61411A",),
    place: str = "11",
    **other: Any,
) -> Claim:
    given = lines or (line(),)
    fields: dict[str, Any] = {
        "form": "professional",
        "implementation": "005010X222A1",
        "control_number": number,
        "charge": sum((n.charge for n in given), Decimal(0)),
        "place": place,
        "place_qualifier": "B",
        "frequency": "1",
        "assignment": "A",
        "benefits_assignment": "Y",
        "release": "Y",
        "billing": billing(),
        "coverage": Coverage("P", "18", filing_indicator="CI"),
        "subscriber": patient(),
        "payer": Party("PR", "2", payer_name, id_qualifier="PI", id=payer),
        "health_codes": tuple(HealthCode("ABF" if n else "ABK", code) for n, code in enumerate(diagnoses)),
        "lines": given,
    }
    return Claim(**(fields | other))


def institutional(*lines: Line, bill: str = "13", **other: Any) -> Claim:
    fields: dict[str, Any] = {
        "form": "institutional",
        "implementation": "005010X223A3",
        "place_qualifier": "A",
        "dates": (on(DAY, "434", DAY),),
    }
    return claim(*lines, place=bill, **(fields | other))


def cas(group: str, reason: str, amount: str) -> Adjustment:
    return Adjustment(group, reason, Decimal(amount))


def paid_line(
    code: str = "99213",
    charge: str = "150.00",
    paid: str = "60.00",
    *adjustments: Adjustment,
    modifiers: tuple[str, ...] = (),
    number: str = "",
    day: date | None = DAY,
    allowed: str = "",
    **other: Any,
) -> ServicePayment:
    fields: dict[str, Any] = {
        "dates": (on(day),) if day else (),
        "references": (Reference("6R", number),) if number else (),
        "amounts": (Amount("B6", Decimal(allowed)),) if allowed else (),
    }
    return ServicePayment(
        Procedure("HC", code, modifiers), Decimal(charge), Decimal(paid), adjustments=adjustments, **(fields | other)
    )


def payment(
    *lines: ServicePayment,
    number: str = "PCN0001",
    payee: str = NPI,
    payer: str = "60054",
    payer_name: str = "AETNA",
    who: Party | None = None,
    trace: str = "TRACE1",
    status: str = "1",
    **other: Any,
) -> Remittance:
    given = lines or (paid_line(),)
    seen = who or patient()
    fields: dict[str, Any] = {
        "control_number": number,
        "status": status,
        "charge": sum((n.charge for n in given), Decimal(0)),
        "paid": sum((n.paid for n in given), Decimal(0)),
        "payer_claim_number": "ICN77",
        "parties": (Party("QC", "1", seen.name, seen.first_name, id_qualifier="MI", id=seen.id),),
        "lines": given,
        "payment": Payment(
            paid_on=date(2025, 4, 1),
            trace_number=trace,
            payer_tax_id="1066033492",
            payer=Party("PR", name=payer_name, references=(Reference("2U", payer),) if payer else ()),
            payee=Party("PE", name="GOOD DOCTORS PC", id_qualifier="XX" if payee else "", id=payee),
        ),
    }
    return Remittance(**(fields | other))
