"""A renamed member is given, and read, under both of its names for one version."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from shared.events import answers, assessment, claims, idr, payer, statuses
from shared.former_names import with_both_names
from shared.problem import Problem

FIX = "Send CLM05."
BOTH = {"how_to_fix": FIX, "mend": FIX}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"how_to_fix": FIX}, BOTH),
        ({"mend": FIX}, BOTH),
        ({"how_to_fix": FIX, "mend": "other"}, {"how_to_fix": FIX, "mend": "other"}),
        ({"held": {"payment": 1}, "problems": [{"mend": FIX}]}, {"held": {"payment": 1}, "problems": [BOTH]}),
        ([[{"how_to_fix": FIX}], "how_to_fix", None], [[BOTH], "how_to_fix", None]),
    ],
)
def test_with_both_names(value: Any, expected: Any) -> None:
    assert with_both_names(value) == expected


def test_a_problem_document_has_both_names_at_every_depth() -> None:
    document = Problem(422, "x", "d", how_to_fix="Correct it.", problems=[{"how_to_fix": FIX}]).document()
    assert (document["how_to_fix"], document["mend"], document["problems"]) == ("Correct it.", "Correct it.", [BOTH])


def test_a_finding_of_before_is_read_under_the_present_name() -> None:
    logged = b'{"rule":"r","severity":"error","message":"m","mend":"Send CLM05.","line":3}'
    finding = msgspec.json.decode(logged, type=claims.Finding)
    assert finding == claims.Finding.of("r", "error", "m", FIX, 3)


def test_a_finding_is_emitted_under_both_names() -> None:
    emitted = msgspec.to_builtins(claims.Finding.of("r", "error", "m", FIX))
    assert emitted == {"rule": "r", "severity": "error", "message": "m", **BOTH}


def test_a_refusal_of_before_is_read_under_the_present_name() -> None:
    logged = (
        b'{"claim_id":"0","interchange_id":"i","reason":"no_tenant","detail":"d","mend":"Send CLM05.","sha256":"s",'
        b'"input_id":"a","input_source":"b"}'
    )
    assert msgspec.json.decode(logged, type=answers.InputRefused).how_to_fix == FIX


DETERMINED = {
    "claim_id": "c", "case_id": "k", "prevailing": "payer", "award": "180.00", "determined_on": "2026-11-25",
}  # fmt: skip
CLOSED = {"claim_id": "c", "case_id": "k", "outcome": "withdrawn", "closed_on": "2026-11-20", "fee_returned": "0"}
REOPENED = {
    "claim_id": "c", "case_id": "k", "reopened_on": "2026-11-24", "entity_fee": "0",
    "determination_due_on": "2026-12-01",
}  # fmt: skip


@pytest.mark.parametrize(
    ("struct", "fields"),
    [(payer.PayerIdrDetermination, DETERMINED), (idr.IdrClosed, CLOSED), (idr.IdrReopened, REOPENED)],
)
@pytest.mark.parametrize(
    ("given", "reported_by"),
    [
        ({"told_by": "payer"}, "payer"),  # logged before the field had its present name
        ({"reported_by": "payer"}, "payer"),
        ({"reported_by": "staff", "told_by": "payer"}, "staff"),
    ],
)
def test_who_reported_a_fact_of_idr_is_read_and_emitted_under_both_names(
    struct: type[Any], fields: dict[str, str], given: dict[str, str], reported_by: str
) -> None:
    event = msgspec.json.decode(msgspec.json.encode(fields | given), type=struct)
    emitted = msgspec.to_builtins(event)
    assert (event.reported_by, emitted["reported_by"], emitted["told_by"]) == (reported_by,) * 3


def test_nobody_is_made_up_where_who_reported_it_is_not_given() -> None:
    event = msgspec.json.decode(msgspec.json.encode(DETERMINED), type=payer.PayerIdrDetermination)
    assert not event.reported_by and "told_by" not in msgspec.to_builtins(event)
    assert msgspec.convert(CLOSED, idr.IdrClosed, strict=False).reported_by == "entity"


FLAGGED = {
    "claim_id": "c", "remittance_id": "r", "specialty": "emergency", "policy": "p", "allowed": "1", "paid": "1",
    "patient_share": "0", "floor": "1", "target": "2", "stretch": "3", "shortfall": "1", "expected_net": "1",
    "confidence": 50, "notice_on": "2026-03-02", "lines": [],
}  # fmt: skip
FAIR = {
    "claim_id": "c", "remittance_id": "r", "allowed": "1", "paid": "1", "patient_share": "0", "policy": "p",
    "reasons": [],
}  # fmt: skip
FEE = {
    "claim_id": "c", "case_id": "k", "filed_on": "2026-03-01", "kind": "entity", "step": "paid", "amount": "610.00",
    "reference": "INV-7", "told_on": "2026-03-02",
}  # fmt: skip
REVERSED = {
    "claim_id": "c",
    "remittance": {
        "remittance_id": "r", "status": "22", "charge": "-1", "paid": "-1", "patient_responsibility": "0",
        "paid_on": "2026-03-01", "received_on": "2026-03-02",
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("struct", "fields", "present", "former", "value"),
    [
        (assessment.UnderpaymentFlagged, FLAGGED, "recouped", "taken_back", "520.00"),
        (assessment.UnderpaymentFlagged, FLAGGED, "recouped_by", "taken_back_by", "W1"),
        (assessment.ClaimPaidFairly, FAIR, "recouped_by", "taken_back_by", "W1"),
        (claims.RemittanceReversed, REVERSED, "unmatched_remittance", "taken_off", "R2"),
        (idr.IdrFeeTold, FEE, "reported_on", "told_on", "2026-03-02"),
    ],
)
def test_a_renamed_field_of_an_event_is_read_and_emitted_under_both_names(
    struct: type[Any], fields: dict[str, Any], present: str, former: str, value: str
) -> None:
    given_as = [{former: value}, {former: value, present: value}, *([{present: value}] if former not in fields else [])]
    for given in given_as:
        event = msgspec.json.decode(msgspec.json.encode(fields | given), type=struct)
        emitted = msgspec.to_builtins(event)
        assert str(emitted[present]) == str(emitted[former]) == value


@pytest.mark.parametrize(
    ("outcome", "status"),
    [("told", "answered"), ("refused", "refused"), ("doubtful", "doubtful"), ("rejected", "rejected")],
)
def test_an_answer_about_coverage_has_its_status_and_the_former_word(outcome: str, status: str) -> None:
    logged = {"claim_id": "c", "key": "K", "outcome": outcome, "received_on": "2026-03-02"}
    event = msgspec.json.decode(msgspec.json.encode(logged), type=statuses.CoverageReported)
    assert (event.status, msgspec.to_builtins(event)["outcome"]) == (status, outcome)
