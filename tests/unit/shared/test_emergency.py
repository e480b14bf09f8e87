"""What shows an emergency department, by NUBC's and CMS's own lists: the same for every service."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from recoup_x12.model import Claim, Line, Procedure
from services.appeals.adapters.rules import load_rules
from services.appeals.domain.signals import signals_of
from services.benchmark.domain.specialty import specialty_of
from services.intake.domain.facts import is_emergency
from shared.emergency import EMERGENCY_VISITS, is_emergency_revenue
from shared.events.claims import ClaimFacts, ServiceLine

DAY = date(2026, 9, 1)


@pytest.mark.parametrize(
    ("code", "emergency"),
    [
        ("0450", True), ("450", True), ("0451", True), ("0452", True), ("0459", True), ("0981", True), ("981", True),
        ("0456", False), ("456", False), ("0453", False), ("0458", False), ("0510", False), ("0045", False),
        ("", False),
    ],
)  # fmt: skip
def test_revenue_codes_of_emergency_rooms(code: str, emergency: bool) -> None:
    assert is_emergency_revenue(code) is emergency
    claim = Claim(
        form="institutional",
        implementation="005010X223A2",
        control_number="PCN1",
        charge=Decimal(900),
        place="13",
        place_qualifier="A",
        lines=(Line(number=1, procedure=Procedure(qualifier="HC", code="99213"), revenue_code=code),),
    )
    assert is_emergency(claim) is emergency, "intake"
    facts = _facts("99213", code, emergency=is_emergency(claim))
    shown = {"emergency", "emergency_code"} & set(signals_of(facts, load_rules()))
    assert bool(shown) is emergency, "appeals"
    assert (specialty_of(facts) == "emergency") is emergency, "benchmark"


@pytest.mark.parametrize(
    ("code", "emergency"),
    [("99281", True), ("99285", True), ("G0380", True), ("G0384", True), ("99280", False), ("99286", False),
     ("G0379", False), ("G0385", False), ("99291", False)],
)  # fmt: skip
def test_visits_of_emergency_departments(code: str, emergency: bool) -> None:
    assert (code in EMERGENCY_VISITS) is emergency
    assert ("emergency_code" in signals_of(_facts(code, "0510", emergency=False), load_rules())) is emergency


def _facts(code: str, revenue: str, *, emergency: bool) -> ClaimFacts:
    line = ServiceLine(
        line=1, code=code, charge=Decimal(900), units=Decimal(1), service_from=DAY, service_to=DAY, revenue_code=revenue
    )
    return ClaimFacts(
        tenant="t", patient_control_number="PCN1", form="institutional", payer_id="99101", payer_name="EXAMPLE",
        billing_npi="1234567893", total_charge=Decimal(900), service_from=DAY, service_to=DAY, lines=(line,),
        bill_type="131", emergency=emergency,
    )  # fmt: skip
