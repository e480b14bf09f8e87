"""Money that the plan sent to the patient, an employer or an attorney: a task of its own, until it has come."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.appeals.adapters.documents.misdirected_letters import load_words, misdirected_letter
from services.appeals.adapters.documents.typesetting import Typesetter
from services.appeals.adapters.http.views import case_view
from services.appeals.adapters.rules import TEMPLATES
from services.appeals.domain.case import AppealCase
from services.appeals.domain.commands import Commands
from services.appeals.domain.misdirected import Act
from services.appeals.domain.tasks import tasks
from shared.adjustments import CARCS, PAID_ELSEWHERE
from shared.decider import IllegalTransition
from shared.events.claims import Adjustment, ClaimVoided, RemittanceReceived, RemittanceReversed
from shared.events.pursuit import DeadlineNoticed
from shared.events.settlement import ClaimClosed
from tests.unit.appeals.cases import CLAIM, NOTICE, Story, at, claim, denied, flagged, remittance

D = date.fromisoformat
WORDS = load_words(TEMPLATES)
PROVIDER = {"name": "Lakeside Emergency Group", "address": "100 Shore Road\nTucson, AZ 85701", "signatory": "A. Ames"}


def paid_to(amount: str, carc: str = "100", **fields: Any) -> RemittanceReceived:
    event = remittance()
    facts = msgspec.structs.replace(
        event.remittance, paid=Decimal(0), adjustments=(Adjustment(group="OA", carc=carc, amount=Decimal(amount)),),
        **fields,
    )  # fmt: skip
    return msgspec.structs.replace(event, remittance=facts)


def closed(reason: Any) -> ClaimClosed:
    money = ("billed", "allowed", "paid_at_first", "paid", "recovered", "patient_share", "costs")
    return ClaimClosed(claim_id=CLAIM, reason=reason, **dict.fromkeys(money, Decimal(0)))


def told(amount: str = "420.00", carc: str = "100", *later: Any) -> Story:
    story = Story()
    story.receive(claim(), paid_to(amount, carc), *later)
    return story


def do(story: Story, what: Act, on: str, amount: str | None = None, reason: str = "") -> AppealCase:
    story.today = max(story.today, D(on))
    commands = Commands(story.decider.rule_set, at(story.today))
    found = commands.misdirected(story.case, what, D(on), Decimal(amount) if amount else None, reason)
    story.state, story.events = found.state, [*story.events, *found.events]
    return story.case


@pytest.mark.parametrize(("carc", "to"), [("100", "patient"), ("293", "employer"), ("294", "attorney")])
def test_what_the_plan_paid_to_somebody_else_is_a_task_of_its_own(carc: str, to: str) -> None:
    case = told("420.00", carc).case
    assert case.misdirected is not None
    assert (case.misdirected.to, case.misdirected.outstanding) == (to, Decimal("420.00"))
    (task,) = tasks(case)
    # house rule: five business days from Monday 5 October 2026, Columbus Day (12 October) out
    assert task.kind == "misdirected" and task.day == D("2026-10-13")
    assert "sent to somebody else" in task.task
    view = case_view(case, Story().decider.rule_set, NOTICE)
    assert view["misdirected"]["outstanding"] == Decimal("420.00")


def test_codes_of_money_paid_elsewhere_leave_the_allowed_amount_as_it_is() -> None:
    assert {CARCS[code].side for code in PAID_ELSEWHERE} == {"beside"}


def test_a_claim_that_closes_as_paid_fairly_keeps_the_task() -> None:
    story = told("420.00", "100", closed("paid_fairly"))
    assert story.case.stage == "ended"
    assert [task.kind for task in tasks(story.case)] == ["misdirected"]


def test_a_pursuit_beside_it_keeps_its_own_days_and_ends_without_taking_the_task_along() -> None:
    story = told("180.00", "100", flagged())
    kinds = {deadline.kind for deadline in story.case.deadlines}
    assert "misdirected" in kinds and len(kinds) > 1
    story.receive(closed("denial_stands"))
    assert {deadline.kind for deadline in story.case.deadlines} == {"misdirected"}


def test_both_letters_then_thirty_days_then_it_is_asked_for_again() -> None:
    story = told()
    do(story, "asked", "2026-10-07")
    assert [task.kind for task in tasks(story.case)] == ["misdirected"], "the plan was not told yet"
    do(story, "payer_notified", "2026-10-08")
    assert tasks(story.case) == ()
    assert [(d.kind, d.due) for d in story.case.deadlines] == [("misdirected_answer", D("2026-11-07"))]
    story.until(D("2026-11-09"))
    overdue = [e for e in story.events if isinstance(e, DeadlineNoticed) and e.notice == "overdue"]
    assert [e.deadline for e in overdue] == ["misdirected_answer"]
    (task,) = tasks(story.case)
    assert "ask again" in task.task


def test_nobody_who_forgets_it_makes_it_go_away() -> None:
    story = told()
    story.until(D("2027-03-01"))
    assert story.case.misdirected is not None and story.case.misdirected.open
    assert [task.kind for task in tasks(story.case)] == ["misdirected"]
    missed = [e for e in story.events if isinstance(e, DeadlineNoticed) and e.notice == "missed"]
    assert missed and all(e.deadline == "misdirected" for e in missed)


def test_money_that_comes_is_counted_to_the_cent_and_the_last_of_it_ends_the_task() -> None:
    story = told("420.00")
    case = do(story, "received", "2026-10-20", "400.00")
    assert case.misdirected is not None and case.misdirected.outstanding == Decimal("20.00")
    with pytest.raises(IllegalTransition, match=r"at most 20\.00"):
        do(story, "received", "2026-10-21", "20.01")
    case = do(story, "received", "2026-10-21", "20.00")
    assert case.misdirected is not None and case.misdirected.closed_why == "received in full"
    assert tasks(case) == () and case.deadlines == ()
    with pytest.raises(IllegalTransition, match="no money of the claim"):
        do(story, "asked", "2026-10-22")


@pytest.mark.parametrize(
    ("what", "on", "amount", "reason", "why"),
    [
        ("given_up", "2026-10-07", None, " ", "reason is required"),
        ("received", "2026-10-07", None, "", "give the dollars"),
        ("asked", "2026-10-04", None, "", "must lie from 2026-10-05"),
    ],
)
def test_what_cannot_be_is_refused(what: Act, on: str, amount: str | None, reason: str, why: str) -> None:
    with pytest.raises(IllegalTransition, match=why):
        do(told(), what, on, amount, reason)


def test_it_is_given_up_with_a_reason() -> None:
    case = do(told(), "given_up", "2026-10-07", reason="the patient paid our bill with it")
    assert case.misdirected is not None and "paid our bill" in case.misdirected.closed_why
    assert tasks(case) == ()


def test_what_the_plan_takes_back_or_corrects_is_asked_for_no_more() -> None:
    back = msgspec.structs.replace(paid_to("-420.00").remittance, remittance_id="r2", status="22")
    story = told("420.00", "100", RemittanceReversed(claim_id=CLAIM, remittance=back))
    assert story.case.misdirected is not None and "took the payment back" in story.case.misdirected.closed_why
    first = paid_to("420.00").remittance
    corrected = paid_to("300.00", remittance_id="r2", corrects=first.remittance_id)
    story = told("420.00", "100", corrected)
    assert story.case.misdirected is not None and story.case.misdirected.outstanding == Decimal("300.00")
    ours = RemittanceReceived(
        claim_id=CLAIM,
        remittance=msgspec.structs.replace(first, adjustments=(), remittance_id="r3", corrects="r2"),
    )
    story.receive(ours)
    assert not story.case.misdirected or not story.case.misdirected.open
    assert tasks(story.case) == ()


def test_a_second_payment_to_the_patient_adds_up_and_opens_it_again() -> None:
    story = told("100.00")
    do(story, "received", "2026-10-07", "100.00")
    story.receive(paid_to("50.00", remittance_id="r2", received_on=D("2026-10-12")), on=D("2026-10-12"))
    assert story.case.misdirected is not None and story.case.misdirected.outstanding == Decimal("50.00")
    assert [task.kind for task in tasks(story.case)] == ["misdirected"]


def test_more_that_goes_to_the_patient_is_asked_for_though_the_first_was() -> None:
    story = told("100.00")
    do(story, "asked", "2026-10-06")
    do(story, "payer_notified", "2026-10-06")
    story.receive(paid_to("50.00", remittance_id="r2", received_on=D("2026-10-12")), on=D("2026-10-12"))
    (task,) = tasks(story.case)
    assert task.kind == "misdirected" and "$150.00" in letter(story, "holder")


def test_a_voided_claim_and_history_ask_for_nothing() -> None:
    story = told("420.00", "100", ClaimVoided(claim_id=CLAIM))
    assert tasks(story.case) == ()
    story = Story()
    story.receive(claim(), paid_to("420.00", history=True))
    assert story.case.misdirected is None


def test_a_denial_for_it_still_has_its_appeal() -> None:
    story = told("420.00", "100", denied("100"))
    assert story.case.forum == "commercial_appeal"
    assert {"misdirected"} <= {deadline.kind for deadline in story.case.deadlines}


def letter(story: Story, which: Any, language: Any = "en") -> str:
    payer = {"name": "Example Health", "claims_address": "PO Box 1"}
    return misdirected_letter(WORDS, story.case, which, language, PROVIDER, payer, D("2026-10-06")).text


def test_the_letter_to_the_patient_asks_for_what_the_plan_sent_and_no_more() -> None:
    text = letter(told("1420.50"), "holder")
    assert "$1,420.50" in text and "pay to the order of Lakeside Emergency Group" in text
    assert "100 Shore Road, Tucson, AZ 85701" in text and "September 1, 2026" in text
    assert "not a bill" in text and "900.00" not in text, "the charge is nowhere"
    spanish = letter(told("1420.50"), "holder", "es")
    assert "1 de septiembre de 2026" in spanish and "$1,420.50" in spanish and "no es una factura" in spanish
    assert "Atentamente," in spanish and "6 de octubre de 2026" in spanish


def test_the_letter_asks_for_what_is_outstanding() -> None:
    story = told("420.00")
    do(story, "received", "2026-10-06", "400.00")
    assert "$20.00" in letter(story, "holder") and "420.00" not in letter(story, "holder")


def test_the_plan_is_told_of_the_assignment_and_of_the_act_where_it_protects_the_services() -> None:
    text = letter(told(), "payer", "es")
    assert "stop it and pay us" in text and "assigned the benefits" in text, "the plan is written to in English"
    assert "300gg-111(a)(1)(C)(iv)(II)" in text and "PCLM1" in text
    office = Story()
    office.receive(claim(place="11", codes=("99214",), assignment_of_benefits=False), paid_to("420.00"))
    text = letter(office, "payer")
    assert "300gg" not in text and "assigned" not in text and "what you need in order to pay us directly" in text


def test_what_is_not_known_is_said_and_the_letter_is_typeset() -> None:
    found = misdirected_letter(WORDS, told().case, "payer", "en", {}, {}, D("2026-10-06"))
    assert set(found.missing) == {
        "profile.provider.name", "profile.provider.address", "profile.payer.claims_address",
    }  # fmt: skip
    pdf = Typesetter().pdf("plain_letter.typ", found.data, D("2026-10-06"))
    assert pdf.startswith(b"%PDF-")
    with pytest.raises(LookupError):
        story = Story()
        story.receive(claim(), remittance())
        letter(story, "holder")


@given(
    st.lists(
        st.sampled_from(["asked", "payer_notified", "received", "given_up", "wait", "again", "back"]),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=150, deadline=None)
def test_in_any_order_no_cent_is_lost_or_counted_twice(steps: list[str]) -> None:
    story, day, came = told("100.00"), NOTICE, Decimal(0)
    for number, step in enumerate(steps):
        day = date.fromordinal(day.toordinal() + 3)
        item = story.case.misdirected
        assert item is not None
        if step == "wait":
            story.until(day)
        elif step == "again":
            story.receive(paid_to("100.00", remittance_id=f"again{number}", received_on=day), on=day)
        elif step == "back":
            back = msgspec.structs.replace(
                paid_to("-100.00").remittance, remittance_id=f"back{number}", status="22", received_on=day
            )
            story.receive(RemittanceReversed(claim_id=CLAIM, remittance=back), on=day)
        elif item.open:
            do(story, step, day.isoformat(), "10.00" if step == "received" else None, "r")  # type: ignore[arg-type]
            came += Decimal("10.00") if step == "received" else 0
        item = story.case.misdirected
        assert item is not None and item.received == came
        waiting = [d.kind for d in story.case.deadlines if d.kind.startswith("misdirected")]
        assert len(waiting) == (1 if item.open else 0), "exactly one next step while it is open"
        assert item.open or item.closed_why
