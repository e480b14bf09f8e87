"""A person's decision about what found no claim, whatever it is: by hand from what the worklist promises."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from services.intake.application.manual_placement import PlaceChoice, candidates_of, placed_by_hand
from services.intake.application.ports import KeptStatus, StatusOutcome
from services.intake.application.refused import Refused
from services.intake.domain.status_report import StatusReport
from services.intake.domain.submission import ClaimRecord
from tests.unit.intake.identity.test_submission import facts

OURS, THEIRS = "11111111-1111-5111-8111-111111111111", "22222222-2222-5222-8222-222222222222"
TENANT = "north"
RECORDS = {
    OURS: ClaimRecord(msgspec.structs.replace(facts(), tenant=TENANT), ("a",)),
    THEIRS: ClaimRecord(msgspec.structs.replace(facts(), tenant="south"), ("b",)),
}


def kept(outcome: StatusOutcome, claim_id: str | None = None) -> KeptStatus:
    report = StatusReport("277CA", "PCN1", ())
    return KeptStatus("r1", report, outcome, "", claim_id, (), date(2026, 11, 2))


@pytest.mark.parametrize(
    ("outcome", "at", "choice", "claim", "expected"),
    [
        ("unmatched", None, "claim", OURS, ("matched", OURS)),
        ("ambiguous", None, "claim", OURS, ("matched", OURS)),
        ("dismissed", None, "claim", OURS, ("matched", OURS)),  # what was set aside is taken up again
        ("matched", OURS, "claim", OURS, ("matched", OURS)),
        ("unmatched", None, "dismiss", None, ("dismissed", None)),
        ("dismissed", None, "dismiss", None, ("dismissed", None)),
        ("matched", OURS, "dismiss", None, "decided"),
        ("matched", THEIRS, "claim", OURS, "decided"),  # what has its claim stays there
        ("unmatched", None, "claim", THEIRS, "unknown_claim"),  # another tenant's
        ("unmatched", None, "claim", "33333333-3333-5333-8333-333333333333", "unknown_claim"),
    ],
)
def test_it_is_placed_set_aside_or_refused(
    outcome: StatusOutcome,
    at: str | None,
    choice: PlaceChoice,
    claim: str | None,
    expected: tuple[str, str | None] | str,
) -> None:
    before = kept(outcome, at)
    if isinstance(expected, str):
        with pytest.raises(Refused) as refused:
            placed_by_hand(before, choice, claim, TENANT, RECORDS, unknown="unknown_status")
        assert refused.value.code == expected
        return
    after = placed_by_hand(before, choice, claim, TENANT, RECORDS, unknown="unknown_status")
    assert (after.outcome, after.claim_id) == expected
    assert placed_by_hand(after, choice, claim, TENANT, RECORDS, unknown="unknown_status") == after, "again: no change"


def test_what_is_not_there_is_refused_by_its_own_name() -> None:
    with pytest.raises(Refused) as refused:
        placed_by_hand(None, "dismiss", None, TENANT, {}, unknown="unknown_request")
    assert refused.value.code == "unknown_request"


def test_candidates_are_the_known_claims_with_the_keys_that_they_bear() -> None:
    claims_of = {"n:1": (OURS, "gone"), "m:2": (OURS,), "x:3": (THEIRS,)}
    found = candidates_of(["n:1", "m:2"], claims_of, RECORDS)
    assert [(one.claim_id, one.found_by) for one in found] == [(OURS, ("n:1", "m:2"))]
