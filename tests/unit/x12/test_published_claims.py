"""Claims that are published beside the project, where they are at hand: each is taken, told of, or refused as is right.

The rows are the description beside the files, in what a person reads: (file, accepted, each thing told of it as
severity, segment and words of the message).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from recoup_x12 import ClaimRead, Problem, TransactionEnd, read

CASES = Path(__file__).parents[4] / "shared" / "cases" / "x12"
pytestmark = pytest.mark.outside(CASES)
ROWS: list[tuple[str, bool, list[tuple[str, str, str]]]] = [
    ("SVD03_absent_on_a_revenue_line_837I.edi", True, []),  # situational in X223
    ("i_indentation.edi", True, [("error", "ST", "blanks stand before the segments")]),  # once, not once a segment
    ("v_PO_box_billing.edi", False, [("error", "N3", "PO box")]),
    (
        "v_billing_zip_5_digits.edi",
        True,
        [("warning", "N4", "all nine"), ("warning", "N4", "all nine")],  # the provider's, and the facility's
    ),
    ("v_patient_foreign_GB_3_letter_GBR.edi", False, [("error", "N4", "not a country code")]),
]


def test_every_published_claim_has_its_row() -> None:
    assert {path.name for path in CASES.glob("*.edi")} == {name for name, _, _ in ROWS}


@pytest.mark.parametrize(("name", "accepted", "told"), ROWS)
def test_a_published_claim(name: str, accepted: bool, told: list[tuple[str, str, str]]) -> None:
    claims: list[ClaimRead] = []
    problems: list[Problem] = []
    for item in read([(CASES / name).read_bytes()]):
        if isinstance(item, ClaimRead):
            claims.append(item)
        if isinstance(item, ClaimRead | TransactionEnd):
            problems += item.problems
    (claim,) = claims
    assert claim.accepted == accepted
    assert [(one.severity, one.segment) for one in problems] == [(severity, segment) for severity, segment, _ in told]
    for problem, (_, _, words) in zip(problems, told, strict=True):
        assert words in problem.message and problem.how_to_fix and problem.position
