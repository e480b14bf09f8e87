"""Which specialty a claim is of: the setting first, then who rendered it, then what was done.

Taxonomy codes are NUCC's; places of service CMS's; bill type 083x and revenue codes 045x, 0981 NUBC's.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.benchmark.adapters.shipped import load_policy
from services.benchmark.domain.specialty import SPECIALTIES, specialty_of
from shared.events.claims import ClaimFacts, ServiceLine

DAY = date(2026, 9, 1)


def claim(code: str = "99214", revenue: str = "", **fields: Any) -> ClaimFacts:
    line = ServiceLine(
        line=1, code=code, charge=Decimal(100), units=Decimal(1), service_from=DAY, service_to=DAY, revenue_code=revenue
    )
    known: dict[str, Any] = {
        "tenant": "t", "patient_control_number": "P", "form": "professional", "payer_id": "9", "payer_name": "",
        "billing_npi": "1", "total_charge": Decimal(100), "service_from": DAY, "service_to": DAY, "lines": (line,),
    }  # fmt: skip
    return ClaimFacts(**(known | fields))


@pytest.mark.parametrize(
    ("specialty", "found"),
    [
        ("emergency", claim("99284", place_of_service="23")),
        ("emergency", claim(emergency=True)),
        ("emergency", claim(rendering_taxonomy="207P00000X")),
        ("emergency", claim(billing_taxonomy="261QE0002X")),
        ("emergency", claim("99284", "0450", form="institutional", bill_type="0131")),
        ("emergency", claim("99284", "0981", form="institutional", bill_type="131")),
        ("general", claim(billing_taxonomy="261QE0800X")),  # endoscopy is not an emergency care center
        ("urgent_care", claim(place_of_service="20")),
        ("urgent_care", claim("12001", place_of_service="20", rendering_taxonomy="207Q00000X")),
        ("urgent_care", claim(billing_taxonomy="261QU0200X")),
        ("emergency", claim(place_of_service="20", emergency=True)),  # the claim says so itself
        ("surgery_center", claim("29881", "0490", form="institutional", bill_type="0831")),
        ("surgery_center", claim("29881", billing_taxonomy="261QA1903X", rendering_taxonomy="207X00000X")),
        ("surgery", claim("29881", place_of_service="24", rendering_taxonomy="207X00000X")),  # the surgeon's own fee
        ("general", claim(billing_taxonomy="261QA0600X")),  # adult day care
        ("outpatient_facility", claim("45380", "0750", form="institutional", bill_type="0131")),
        ("cardiology", claim(rendering_taxonomy="207RC0000X")),
        ("cardiology", claim(rendering_taxonomy="207RI0011X")),
        ("cardiology", claim(rendering_taxonomy="207RA0001X")),
        ("critical_care", claim(rendering_taxonomy="207RC0200X")),
        ("critical_care", claim("99291", place_of_service="21")),
        ("emergency", claim("99291", place_of_service="23")),  # critical care given in the emergency room
        ("radiology", claim("71046", place_of_service="23")),  # read there, and no emergency visit
        ("radiology", claim("71046", emergency=True)),
        ("radiology", claim("99203", rendering_taxonomy="2085R0202X")),
        ("radiology", claim("36561", place_of_service="22", rendering_taxonomy="2085R0204X")),
        ("outpatient_facility", claim("71046", "0320", form="institutional", bill_type="0131")),
        ("anesthesia", claim("00670", place_of_service="22")),
        ("anesthesia", claim("00670", place_of_service="23", rendering_taxonomy="367500000X")),
        ("anesthesia", claim("99203", rendering_taxonomy="207L00000X")),
        ("pathology", claim("88305", place_of_service="22")),
        ("pathology", claim("99203", rendering_taxonomy="207ZP0102X")),
        ("neonatal", claim("99468", place_of_service="21")),
        ("neonatal", claim("99479")),
        ("neonatal", claim(rendering_taxonomy="2080N0001X")),
        ("air_ambulance", claim("A0431", place_of_service="42")),
        ("air_ambulance", claim("A0435", form="institutional", bill_type="0131")),
        ("air_ambulance", claim("A0999", billing_taxonomy="3416A0800X")),
        ("general", claim("A0429", place_of_service="41")),  # by road
        ("general", claim(rendering_taxonomy="207RI0200X")),  # infectious disease
        ("cardiology", claim("93306")),
        ("neurology", claim(rendering_taxonomy="2084N0400X")),
        ("neurology", claim(rendering_taxonomy="2084V0102X")),
        ("general", claim(rendering_taxonomy="2084P0800X")),  # psychiatry
        ("neurology", claim("95816")),
        ("surgery", claim("47562")),
        ("general", claim()),
    ],
)
def test_specialty(specialty: str, found: ClaimFacts) -> None:
    assert specialty_of(found) == specialty


def test_the_policy_that_ships_names_every_specialty() -> None:
    assert set(SPECIALTIES) == set(load_policy().specialties)
