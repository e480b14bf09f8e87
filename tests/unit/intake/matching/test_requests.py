"""Which claim a payer's request is about: by its numbers alone, and only where provider and day agree."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from recoup_x12.model import Party, Question, RecordsRequest
from services.intake.domain.matching import Candidate
from services.intake.domain.records_request import announced, find, keys_of, request_id
from shared.events.claims import ClaimFacts

DAY = date(2025, 5, 10)
REQUEST = RecordsRequest(
    "ICN1",
    Party("1P", "2", "CLINIC", id_qualifier="XX", id="1234567893"),
    Party("PR", "2", "PAYER", id_qualifier="PI", id="60054"),
    Party("QC", "1", "PEREZ", "ANA", id_qualifier="MI", id="W1"),
    (Question("R4", "18842-5", "LOI"), Question("R4", "11504-8", "LOI", "L2")),
    control_number="PCN1",
    served_from=DAY,
    served_to=DAY,
    due_on=date(2025, 7, 25),
)


def facts(**fields: Any) -> ClaimFacts:
    values: dict[str, Any] = {
        "tenant": "t", "patient_control_number": "PCN1", "form": "professional", "payer_id": "60054",
        "payer_name": "PAYER", "billing_npi": "1234567893", "billing_tin": "12-3456789",
        "total_charge": Decimal(100), "service_from": DAY, "service_to": DAY, "lines": (),
    }  # fmt: skip
    return ClaimFacts(**(values | fields))


def under(claim_id: str, *keys: str, **fields: Any) -> Candidate:
    return Candidate(claim_id, facts(**fields), keys)


PAYERS = "f:1234567893|ICN1"
OURS = "n:PCN1"
OTHER_DAY = {"service_from": date(2025, 6, 1), "service_to": date(2025, 6, 2)}

CASES = [
    ("the patient control number", [under("a", OURS)], "matched"),
    ("the number but for its spelling", [under("a", OURS, patient_control_number="pcn-1")], "matched"),
    ("the payer's own number, whatever ours is", [under("a", PAYERS, patient_control_number="X9")], "matched"),
    ("the same number of another provider", [under("a", OURS, billing_npi="1999999984", billing_tin="9")], "ambiguous"),
    ("the same number on another day", [under("a", OURS, **OTHER_DAY)], "ambiguous"),
    ("patient and day alone", [under("a", "p:x", patient_control_number="X9")], "ambiguous"),
    ("two claims under one number", [under("a", OURS), under("b", OURS)], "ambiguous"),
    ("one that fits beside one that is only alike", [under("a", "m:x", patient_control_number="X9"), under("b", OURS)],
     "matched"),
    ("nothing", [], "unmatched"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "candidates", "outcome"), CASES, ids=[case[0] for case in CASES])
def test_a_request_is_matched_by_number_and_never_by_likeness(
    what: str, candidates: list[Candidate], outcome: str
) -> None:
    found = find(REQUEST, candidates)
    assert found.outcome == outcome
    assert (found.claim_id is not None) == (outcome == "matched")
    assert bool(found.candidates) == (outcome == "ambiguous")
    assert find(REQUEST, candidates[::-1]) == found
    assert "PEREZ" not in found.reason and "PCN" not in found.reason


def test_the_provider_may_be_named_by_its_tax_number_or_not_at_all() -> None:
    for provider in (Party("1P", "2", "C", id_qualifier="FI", id="123456789"), Party("1P", "2", "C")):
        assert find(replace(REQUEST, provider=provider), [under("a", OURS)]).outcome == "matched"


def test_the_keys_hold_no_name_and_no_member_number() -> None:
    keys = keys_of(REQUEST)
    assert keys[:2] == [PAYERS, OURS]
    assert {key[:2] for key in keys[2:]} == {"m:", "p:"}
    assert not any("PEREZ" in key or "W1" in key for key in keys)


def test_a_request_sent_again_is_the_same_and_another_question_is_another() -> None:
    name = request_id(REQUEST, "t")
    assert request_id(replace(REQUEST, medical_record="77", receiver=Party("41", "2", "OTHER")), "t") == name
    assert request_id(REQUEST, "u") != name
    assert request_id(replace(REQUEST, questions=REQUEST.questions[:1]), "t") != name
    assert request_id(replace(REQUEST, due_on=date(2025, 8, 1)), "t") != name


def test_the_event_tells_codes_lines_and_days_and_no_person() -> None:
    event = announced(REQUEST, "r", "c", date(2025, 6, 11), "why", {"L2": 2})
    assert [(q.code, q.line) for q in event.questions] == [("18842-5", 0), ("11504-8", 2)]
    assert (event.trace_number, event.payer_claim_number, event.due_on) == ("ICN1", "ICN1", date(2025, 7, 25))
    assert "PEREZ" not in str(event) and "W1" not in str(event)
