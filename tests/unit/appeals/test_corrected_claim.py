"""A remedy that is a corrected claim: the 837 that leaves is the filing, and its rejection undoes it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from services.appeals.domain.case import Policy
from services.appeals.domain.tasks import tasks
from shared.events.claims import ClaimReplaced
from shared.events.pursuit import AppealDecided, AppealFiled
from shared.events.statuses import ClaimStatus, PayerRejectedClaim, PayerReportedStatus
from tests.unit.appeals.cases import CLAIM, NOTICE, Story, claim, denied
from tests.unit.appeals.test_pursuit import begun

PERSON = Policy(attest=frozenset(("commercial_appeal", "corrected_claim", "open_negotiation")))
OFFICE: dict[str, Any] = {"place": "11", "codes": ("99214",)}
SENT = NOTICE + timedelta(days=7)


def asked_for(carc: str = "16", remark: str = "M51", **fields: Any) -> Story:
    """A denial whose remedy is a corrected claim, in the office: no federal right hangs on it."""
    story = begun(policy=PERSON, remarks=(remark,), verdict=denied(carc, remarks=(remark,)), **(OFFICE | fields))
    assert (story.case.forum, story.case.stage) == ("corrected_claim", "prepare")
    return story


def replaced(**fields: Any) -> ClaimReplaced:
    changed = claim(place="11", codes=("99213",)).claim
    return ClaimReplaced(claim_id=CLAIM, claim=changed, replaces_payer_claim_number="PCLM1", **fields)


def rejected(kind: Any = "999", **fields: Any) -> PayerRejectedClaim:
    values: dict[str, Any] = {
        "claim_id": CLAIM, "report_id": "R1", "kind": kind, "statuses": (ClaimStatus("IK5", "R"),),
        "received_on": SENT + timedelta(days=1), "by_clearinghouse": True,
    }  # fmt: skip
    return PayerRejectedClaim(**(values | fields))


def test_the_task_says_what_is_to_be_sent() -> None:
    (task,) = [t for t in tasks(asked_for().case) if t.kind == "file"]
    assert task.task == "correct the claim, look at what differs, and send it to the payer"
    records = asked_for("252", "N706")
    assert [t.task for t in tasks(records.case) if t.kind == "file"] == ["send the corrected claim or records"]


@pytest.mark.parametrize(("sending", "reference"), [("corr-0001", "837 corr-0001"), ("", "837 of the provider's own")])
def test_the_corrected_claim_that_leaves_is_the_filing(sending: str, reference: str) -> None:
    story = asked_for()
    said = story.receive(replaced(sending=sending), on=SENT)
    (filed,) = [e for e in said if isinstance(e, AppealFiled)]
    assert (filed.forum, filed.filed_on, filed.remedy) == ("corrected_claim", SENT, "correct_and_resubmit")
    assert story.case.stage == "await" and [t.kind for t in tasks(story.case)] == []
    assert [(f.reference, f.outcome) for f in story.case.filings] == [(reference, None)]
    assert story.case.facts.codes == ("99213",)
    assert [e for e in story.receive(replaced(sending="corr-0002"), on=SENT) if isinstance(e, AppealFiled)] == []


def test_records_are_not_sent_by_a_claim() -> None:
    story = asked_for("252", "N706")
    assert [e for e in story.receive(replaced(), on=SENT) if isinstance(e, AppealFiled)] == []
    assert story.case.stage == "prepare"


@pytest.mark.parametrize(
    ("event", "who"),
    [
        (rejected(), "the clearinghouse did not take the corrected claim (999 IK5:R)"),
        (
            rejected("277CA", statuses=(ClaimStatus("A7", "562", "85"),), by_clearinghouse=False),
            "the payer did not take the corrected claim (277CA A7:562:85)",
        ),
    ],
)
def test_one_that_is_rejected_was_never_filed_and_leaves_again(event: PayerRejectedClaim, who: str) -> None:
    story = asked_for()
    before = story.case.deadline("file")
    story.receive(replaced(sending="corr-0001"), on=SENT)
    said = story.receive(event, on=SENT + timedelta(days=1))
    (undone,) = [e for e in said if isinstance(e, AppealDecided)]
    assert (undone.outcome, undone.exhausted, undone.forum) == ("withdrawn", False, "corrected_claim")
    assert undone.reason.startswith(who)
    assert story.case.stage == "prepare" and story.case.filings[0].outcome == "withdrawn"
    after = story.case.deadline("file")
    assert before is not None and after is not None and after.until == before.until, "the time for filing runs on"
    (task,) = [t for t in tasks(story.case) if t.kind == "file"]
    assert who in task.why
    story.receive(replaced(sending="corr-0002"), on=SENT + timedelta(days=2))
    assert [(f.reference, f.outcome) for f in story.case.filings] == [
        ("837 corr-0001", "withdrawn"), ("837 corr-0002", None),
    ]  # fmt: skip
    assert story.case.escalated == ""


def test_rejected_after_the_last_day_the_plan_is_appealed_to_from_the_original_denial() -> None:
    story = asked_for()
    deadline = story.case.deadline("file")
    assert deadline is not None
    last = deadline.until
    story.receive(replaced(sending="corr-0001"), on=last)
    story.receive(rejected(received_on=last + timedelta(days=1)), on=last + timedelta(days=1))
    assert (story.case.forum, story.case.level, story.case.stage) == ("commercial_appeal", 1, "prepare")
    # 180 days after the notice of the denial, 29 CFR 2560.503-1(h)(3)(i)
    appeal = story.case.deadline("file")
    assert appeal is not None and appeal.until == NOTICE + timedelta(days=180)
    assert f"the time to send it again ended on {last.isoformat()}" in story.case.escalated


def test_what_left_too_late_is_for_a_person() -> None:
    story = asked_for()
    deadline = story.case.deadline("file")
    assert deadline is not None
    late = replace(story.case, deadlines=(replace(deadline, due=SENT - timedelta(days=1), last=None),))
    story.state = late
    assert [e for e in story.receive(replaced(), on=SENT) if isinstance(e, AppealFiled)] == []
    assert "not in time" in story.case.escalated


def test_a_rejection_of_a_claim_whose_case_stands_elsewhere_changes_nothing() -> None:
    story = asked_for()
    before = story.case
    story.receive(rejected(), on=SENT)
    assert story.case == before, "nothing was filed yet"
    told = PayerReportedStatus(
        claim_id=CLAIM, report_id="R2", kind="277CA", statuses=(ClaimStatus("A2", "20"),), received_on=SENT
    )
    assert type(told) not in story.decider.subscribes_to
    assert date(2026, 10, 12) == SENT
