"""Payer and patient get one answer on the governing law: the letter says what appeals found."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from services.appeals.adapters.rules import load_rules
from services.appeals.application.decider import AppealsDecider
from services.appeals.domain.commands import Commands
from services.gateway.adapters.documents.text import letter_text
from services.gateway.domain.patient.letter import Sender, letter
from services.gateway.domain.patient.patient_position import position_of
from shared.events.claims import ClaimFacts, ServiceLine
from shared.events.pursuit import GoverningLawDetermined, Law
from tests.unit.whole.world import LINES, PAID, SERVED, D, Whole, claimed, line, payment


def letter_of(whole: Whole) -> str:
    position = position_of(whole.view)
    text = letter_text(letter(position, "en", reference="R", on=date(2026, 1, 5), sender=Sender()))
    return " ".join(text.split())


def in_a_stay() -> ClaimFacts:
    """Critical care by a physician in an inpatient bed: 99291 alone is not an emergency department."""
    one = ServiceLine(
        line=1, code="99291", charge=D(1050), units=D(1), service_from=SERVED, service_to=SERVED, place_of_service="21"
    )
    return claimed(("99291", "1050"), lines=(one,), place_of_service="21")


def urgent_care() -> ClaimFacts:
    """A facility's urgent care: NUBC revenue code 0456, bill type 131; intake sees no emergency in it."""
    one = ServiceLine(
        line=1, code="99213", charge=D(1050), units=D(1), service_from=SERVED, service_to=SERVED, revenue_code="0456"
    )
    return claimed(("99213", "1050"), lines=(one,), place_of_service="", form="institutional", bill_type="131")


@pytest.mark.parametrize(
    ("claim", "law", "says"),
    [
        (in_a_stay(), "unknown", "may protect you"),
        (urgent_care(), "commercial", "We did not find that your care was one of these"),
    ],
    ids=["99291 in a stay", "0456"],
)
def test_what_is_no_emergency_for_the_payer_is_none_for_the_patient(claim: ClaimFacts, law: str, says: str) -> None:
    whole = Whole(claim)
    code = claim.lines[0].code
    assert "may protect you" in letter_of(whole), "before the payer's answer only what is certain"
    whole.pays(payment(line(code, "1050", "900", ("CO", "45", "150"))))
    assert whole.case.governing is not None and whole.case.governing.law == law
    assert whole.view.law is not None and whole.view.law.law == law
    text = letter_of(whole)
    assert says in text and "This was emergency care" not in text and "protects you" not in text


def test_a_claim_paid_fairly_has_its_law_told_once() -> None:
    whole = Whole()
    whole.pays(payment(*(line(code, charge, charge) for code, charge in LINES)))
    (law,) = whole.said(GoverningLawDetermined)
    assert law.protection == "either" and law.state == "TX"
    assert "A federal or a state law protects you" in letter_of(whole) and "Texas" in letter_of(whole)


def test_what_a_person_decides_reaches_the_letter() -> None:
    whole = Whole()
    whole.pays(payment(line("99285", "1050", "100", ("CO", "45", "950")), line("93010", "60", "60")))
    assert whole.case.live and "A federal or a state law" in letter_of(whole)
    commands = Commands(AppealsDecider(load_rules()).rule_set, datetime.combine(PAID, time(17), UTC))
    chosen: list[tuple[Law, str]] = [
        ("federal", "the No Surprises Act, protects you"),
        ("state", "A state law protects"),
    ]
    for law, says in chosen:
        decided = commands.override_law(whole.case, law, "dana", "the plan's document says so")
        whole.states["appeals"] = decided.state
        for event in decided.events:
            whole.receive(event)
        assert whole.view.law is not None and whole.view.law.by_person and whole.view.law.law == law
        assert says in letter_of(whole)
