"""A claim of several disputes: which lines get one, and how each goes by its own clocks, filings and answers.

Dates by hand: notice Monday 2026-10-05; open negotiation may start until the 30th business day after it; the plan's
first appeal 180 days (29 CFR 2560.503-1(h)(3)(i)) and its decision 30 days for a claim after service (…(i)(2)(iii)).
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from services.appeals.domain import dispute_selection
from services.appeals.domain.case import AppealCase, Policy
from services.appeals.domain.commands import Commands
from services.appeals.domain.dispute_selection import DisputeNotNamed
from services.appeals.domain.tasks import tasks
from shared.decider import Decision
from shared.events.assessment import AssessedLine, DisputeWidened, UnderpaymentFlagged
from shared.events.base import Event
from shared.events.disputes import case_id_in
from shared.events.idr import IdrInitiated
from shared.events.payer import PayerAppealDecision, PayerIdrDetermination
from shared.events.pursuit import AppealDecided, AppealFiled, DisputeOpened, NegotiationOpened, PursuitEnded
from shared.events.settlement import ClaimClosed, ClaimSettled, DisputeClosed
from tests.unit.appeals.cases import CLAIM, NOTICE, Story, at, claim, flagged, remittance

D = Decimal
FEDERAL = ("N877",)  # the payer says that the No Surprises Act governs, and open negotiation may begin
PAID = AssessedLine(
    line=1, code="99284", modifiers=(), charge=D("900.00"), allowed=D("180.00"), paid=D("150.00"),
    patient_share=D("30.00"), verdict="underpaid", floor=D("900.00"), target=D("1200.00"), stretch=D("1500.00"),
)  # fmt: skip
DENIED = AssessedLine(
    line=2, code="99291", modifiers=(), charge=D("2000.00"), allowed=D("0.00"), paid=D("0.00"), patient_share=D("0.00"),
    verdict="denied", floor=D("700.00"), target=D("800.00"), stretch=D("900.00"),
)  # fmt: skip


def both(**fields: Any) -> UnderpaymentFlagged:
    """Line 1 allowed $180 of fair $1,200, line 2 ($800) denied as not necessary (CARC 50)."""
    values: dict[str, Any] = {
        "lines": (PAID, DENIED), "allowed": D("180.00"), "target": D("2000.00"), "floor": D("1600.00"),
        "stretch": D("2400.00"), "shortfall": D("1820.00"), "carcs": ("45", "50"),
    }  # fmt: skip
    return flagged(FEDERAL, **(values | fields))


def widened(*lines: AssessedLine, carcs: tuple[str, ...] = ("50",)) -> DisputeWidened:
    return DisputeWidened(
        claim_id=CLAIM, remittance_id="33333333-3333-5333-8333-333333333333",
        allowed=sum((one.allowed for one in lines), D(0)), floor=D(0),
        target=sum((one.target or one.charge for one in lines), D(0)), stretch=D(0), notice_on=NOTICE, lines=lines,
        carcs=carcs,
    )  # fmt: skip


def told(policy: Policy | None = None, *events: Event) -> Story:
    s = Story(policy)
    s.receive(claim(codes=("99284", "99291")), remittance(FEDERAL), *(events or (both(),)))
    return s


def of(events: list[Event], case_id: str) -> list[str]:
    return [type(e).__name__ for e in events if getattr(e, "case_id", "") == case_id]


def opened(s: Story) -> DisputeOpened:
    return next(e for e in s.events if isinstance(e, DisputeOpened))


def decision(case_id: str, outcome: Any, on: date, level: int = 1) -> PayerAppealDecision:
    return PayerAppealDecision(claim_id=CLAIM, case_id=case_id, level=level, outcome=outcome, decided_on=on)


def settled(**fields: Any) -> ClaimSettled:
    values: dict[str, Any] = {
        "claim_id": CLAIM, "settlement_id": "S1", "basis": "appeal_decision", "amount": D("800.00"),
        "additional_due": D("800.00"), "patient_share": D(0), "settled_on": NOTICE,
        "payment_due_on": NOTICE + timedelta(days=30), "policy": "p",
    }  # fmt: skip
    return ClaimSettled(**(values | fields))


def test_open_negotiation_for_the_payment_and_the_plans_appeal_for_the_denial_at_once() -> None:
    s = told()
    said = opened(s)
    assert [type(e).__name__ for e in s.events] == ["DisputeOpened", "NegotiationOpened", "AppealFiled"]
    negotiation = next(e for e in s.events if isinstance(e, NegotiationOpened))
    filed = next(e for e in s.events if isinstance(e, AppealFiled))
    assert (said.first, said.case_id, said.denied) == (negotiation.case_id, filed.case_id, True)
    assert [(one.line, one.target, one.allowed) for one in said.lines] == [(2, D(800), D(0))]
    assert (filed.amount_sought, filed.forum, filed.level) == (D(800), "commercial_appeal", 1)
    first, second = s.case.disputes
    assert first.dispute is not None and (first.dispute.target, first.dispute.lines) == (D(1200), 1)
    assert second.dispute is not None and (second.dispute.target, second.dispute.denied) == (D(800), True)
    assert second.cause is not None and second.cause.carc == "50", "what prices a payment denies nothing"
    assert first.deadline("further_lines") is None, "nobody has to remember the denied line"


def test_each_goes_to_its_end_by_its_own_clock() -> None:
    s = told()
    second = opened(s).case_id
    window = s.case.deadline("idr_window")
    assert window is not None and window.opens is not None
    upheld = s.receive(decision(second, "upheld", NOTICE + timedelta(days=20)), on=NOTICE + timedelta(days=20))
    assert of(upheld, second) == ["AppealDecided", "AppealFiled"], "the second level is filed"
    assert s.case.forum == "open_negotiation"
    s.until(window.opens + timedelta(days=1))
    idr = next(e for e in s.events if isinstance(e, IdrInitiated))
    assert (idr.case_id, idr.offer > 0) == (s.case.case_id, True)
    assert s.case.forum == "federal_idr"
    upheld = s.receive(decision(second, "upheld", s.today, level=2), on=s.today)
    filed = next(e for e in upheld if isinstance(e, AppealFiled))
    assert (filed.forum, filed.case_id) == ("external_review", case_id_in(second, "external_review"))
    reversed_ = s.receive(decision(filed.case_id, "overturned", s.today), on=s.today)
    assert [type(e).__name__ for e in reversed_] == ["AppealDecided"]
    s.receive(settled(case_id=second), on=s.today)
    assert (s.case.stage, s.case.beside[0].stage, s.case.beside[0].ended) == (
        "selection", "ended", "settled: appeal_decision"
    )  # fmt: skip


def test_a_settlement_of_one_ends_that_one_and_the_claims_end_both() -> None:
    s = told()
    second = opened(s).case_id
    s.receive(settled())  # of the first: no dispute is named
    assert (s.case.stage, s.case.beside[0].stage) == ("ended", "await")
    assert s.case.leading.case_id == second, "the worklist shows the one that is pursued"
    zero = D(0)
    s.receive(
        DisputeClosed(claim_id=CLAIM, reason="settled_and_paid", paid=zero, recovered=zero, costs=zero),
        ClaimClosed(
            claim_id=CLAIM, reason="settled_and_paid", billed=zero, allowed=zero, paid_at_first=zero, paid=zero,
            recovered=zero, patient_share=zero, costs=zero,
        ),
    )  # fmt: skip
    assert [one.stage for one in s.case.disputes] == ["ended", "ended"]
    assert tuple(s.decider.timers(s.case)) == ()


def test_a_line_denied_while_the_first_is_in_idr_gets_its_own_appeal() -> None:
    s = told(None, flagged(FEDERAL, lines=(PAID,)))
    window = s.case.deadline("idr_window")
    assert window is not None and window.opens is not None
    s.until(window.opens + timedelta(days=1))
    assert s.case.forum == "federal_idr"
    before = s.case
    out = s.receive(widened(DENIED), on=s.today)
    assert [type(e).__name__ for e in out] == ["DisputeOpened", "AppealFiled"]
    assert msgspec.structs.replace(s.case, beside=()) == before, "IDR goes on as it was"
    determined = PayerIdrDetermination(
        claim_id=CLAIM, case_id=before.case_id, prevailing="provider", award=D("1200.00"), determined_on=s.today
    )
    s.receive(determined, on=s.today)
    assert s.case.stage == "agreement" and s.case.beside[0].stage == "await"


def test_a_line_that_an_agreement_binds_is_not_pursued_again_when_the_claim_is_judged_anew() -> None:
    s = told()
    second = opened(s).case_id
    zero = D(0)
    s.receive(settled(case_id=second))
    s.receive(
        DisputeClosed(claim_id=CLAIM, reason="settled_and_paid", paid=zero, recovered=zero, costs=zero, case_id=second)
    )
    first = s.case.case_id
    s.receive(
        ClaimClosed(
            claim_id=CLAIM, reason="settled_and_paid", billed=zero, allowed=zero, paid_at_first=zero, paid=zero,
            recovered=zero, patient_share=zero, costs=zero,
        )
    )  # fmt: skip
    out = s.receive(both())
    assert [type(e).__name__ for e in out] == ["NegotiationOpened"], "line 2 was agreed on and paid"
    assert s.case.case_id != first and s.case.dispute is not None and s.case.dispute.target == D(1200)
    assert [one.case_id for one in s.case.beside] == [second]


def test_what_ended_without_an_agreement_is_judged_anew_with_the_rest() -> None:
    s = told()
    second = opened(s).case_id
    zero = D(0)
    s.receive(
        ClaimClosed(
            claim_id=CLAIM, reason="written_off", billed=zero, allowed=zero, paid_at_first=zero, paid=zero,
            recovered=zero, patient_share=zero, costs=zero,
        )
    )  # fmt: skip
    out = s.receive(both())
    assert [type(e).__name__ for e in out] == ["DisputeOpened", "NegotiationOpened", "AppealFiled"]
    assert [one.case_id for one in s.case.beside] != [second]


def test_a_line_denied_after_the_first_was_paid_is_pursued_while_another_dispute_lives() -> None:
    s = told()
    third = msgspec.structs.replace(DENIED, line=3, code="99285")
    zero = D(0)
    s.receive(settled())
    s.receive(DisputeClosed(claim_id=CLAIM, reason="settled_and_paid", paid=zero, recovered=zero, costs=zero))
    out = s.receive(widened(third))
    assert [type(e).__name__ for e in out] == ["DisputeOpened", "AppealFiled"]
    assert [one.lines for one in s.case.beside] == [(2,), (3,)]


def test_a_line_that_is_denied_before_anything_is_filed_joins_where_the_forum_argues_it() -> None:
    attest = Policy(attest=frozenset(("commercial_appeal", "open_negotiation")))
    s = Story(attest)
    commercial = flagged(lines=(PAID,))
    s.receive(claim(codes=("99284", "99291"), place="11"), remittance(), commercial)
    assert (s.case.forum, s.case.stage) == ("commercial_appeal", "prepare")
    s.receive(widened(DENIED))
    assert s.case.beside == () and s.case.dispute is not None and s.case.dispute.lines == 2


@pytest.mark.parametrize("kind", ["facts", "assign"])
def test_what_is_said_of_the_claim_holds_for_each_dispute(kind: str) -> None:
    s = told()
    commands = Commands(s.decider.rule_set, at(NOTICE))
    if kind == "assign":
        after = dispute_selection.command_every(s.case, lambda case: commands.assign(case, "ada")).state
        assert [one.assignee for one in after.disputes] == ["ada", "ada"]
    else:
        after = dispute_selection.command_every(
            s.case, lambda case: commands.record_facts(case, network_facility=True)
        ).state
        assert [one.facts.network_facility for one in after.disputes] == [True, True]


def test_an_act_names_its_dispute_while_several_are_open() -> None:
    s = told()
    second = opened(s).case_id
    commands = Commands(s.decider.rule_set, at(NOTICE))

    def withdraw(case: AppealCase) -> Decision[AppealCase]:
        return commands.withdraw(case, "settled elsewhere")

    with pytest.raises(DisputeNotNamed) as asked:
        dispute_selection.command(s.case, "", withdraw)
    assert [one.case_id for one in asked.value.disputes] == [s.case.case_id, second]
    with pytest.raises(DisputeNotNamed):
        dispute_selection.command(s.case, "no such id", withdraw)
    done = dispute_selection.command(s.case, second, withdraw)
    assert [type(e).__name__ for e in done.events] == ["PursuitEnded"]
    assert [one.stage for one in done.state.disputes] == ["open", "ended"]
    rest = dispute_selection.command(done.state, "", withdraw)
    assert [one.stage for one in rest.state.disputes] == ["ended", "ended"]


def test_tasks_and_timers_are_those_of_every_dispute() -> None:
    attest = Policy(attest=frozenset(("commercial_appeal", "open_negotiation")))
    s = told(attest)
    second = opened(s).case_id
    found = [(task.kind, task.case_id) for task in tasks(s.case)]
    assert ("file", "") in found and ("file", second) in found
    kinds = {timer.kind for timer in s.decider.timers(s.case)}
    assert any(kind.endswith(f"@{second}") for kind in kinds) and any("@" not in kind for kind in kinds)
    s.until(NOTICE + timedelta(days=400))
    missed = [e for e in s.events if isinstance(e, AppealDecided) and e.outcome == "missed"]
    assert {e.case_id for e in missed} == {s.case.case_id, second}
    assert {e.case_id for e in s.events if isinstance(e, PursuitEnded)} == {s.case.case_id, second}


def test_a_case_of_before_loads_and_a_claim_of_one_dispute_stores_no_byte_more() -> None:
    s = told(None, flagged(FEDERAL, lines=(PAID,)))
    kept = msgspec.json.decode(msgspec.json.encode(s.case))
    assert not {"lines", "beside"} & set(kept)
    assert msgspec.json.decode(msgspec.json.encode(kept), type=AppealCase) == s.case
    assert msgspec.json.decode(msgspec.json.encode(told().case), type=AppealCase) == told().case


def test_the_law_is_told_once_for_the_claim() -> None:
    assert len(told().law) == len(told(None, flagged(FEDERAL, lines=(PAID,))).law)
