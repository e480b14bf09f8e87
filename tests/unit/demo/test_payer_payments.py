"""What the simulated payer pays, and what it takes back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from recoup_tools.demo.payer import Answer, answer, effect_key, recoupment
from recoup_tools.demo.payer_memory import remember
from recoup_tools.demo.payer_profiles import Profile
from recoup_tools.demo.payer_remittance import correcting_payment
from recoup_tools.demo.remit835 import transaction
from shared.events.assessment import ClaimDenied
from shared.events.base import Event
from shared.events.claims import Adjustment, RemittanceRecouped
from shared.events.pursuit import PaymentDemanded
from shared.events.settlement import ClaimClosed, CloseReason, SettlementShort
from tests.unit.demo import events as e
from tests.unit.demo.test_payer import ALWAYS, HEARD, ORDINARY, D, file_after
from tests.unit.demo.x12_check import check_835

ALWAYS_KEPT = replace(ORDINARY, takes_back=0)

TAKES_BACK = replace(ORDINARY, takes_back=1000)


def pay(*events: Event, profile: Profile = ALWAYS) -> Answer:
    (one,) = answer(events[-1], HEARD, file_after(*events), profile, seed=7)
    assert one.payment is not None
    return one


def written(one: Answer) -> list[list[str]]:
    assert one.payment is not None
    found = [s.split("*") for s in transaction(one.payment)]
    check_835([["ST", "835", "0001"], *found, ["SE", "0", "0001"]])
    return found


def test_a_settlement_is_paid_by_reversal_and_correction() -> None:
    one = pay(e.received(), e.paid(), e.flagged(), e.opened(), e.settled())
    found = written(one)
    clps = [s for s in found if s[0] == "CLP"]
    assert [c[2] for c in clps] == ["22", "1"]
    assert [c[3:6] for c in clps] == [["-1110", "-185.6", "-46.4"], ["1110", "573.6", "46.4"]]
    assert next(s[2] for s in found if s[0] == "BPR") == "388"
    # 388 by what was cut of each line: 830 and 48 of 878, so 366.79 and 21.21
    svcs = [s for s in found if s[0] == "SVC"][2:]
    assert [s[3] for s in svcs] == ["542.79", "30.81"]
    assert [s for s in found if s[0] == "AMT" and s[1] == "B6"] == [["AMT", "B6", "586.79"], ["AMT", "B6", "33.21"]]
    assert ["LQ", "HE", "N874"] in found
    assert ["LQ", "HE", "N877"] not in found
    assert ["REF", "F8", "P01EXED0001"] in found
    assert one.on <= date(2026, 1, 4)  # at most 25 days


def test_only_disputed_lines_are_raised() -> None:
    found = written(pay(e.received(), e.paid(), e.flagged(lines=(1,)), e.settled(due="100")))
    assert [s[3] for s in found if s[0] == "SVC"][2:] == ["276", "9.6"]


def test_more_than_charged_is_shown_as_excess() -> None:
    found = written(pay(e.received(), e.paid(), e.flagged(), e.settled(due="1000")))
    assert any(s[:3] == ["CAS", "CO", "94"] and s[3].startswith("-") for s in found)


def test_a_denial_is_paid_whatever_its_group() -> None:
    for group in ("CO", "PR"):
        lines = tuple(
            replace(
                line,
                paid=D(0),
                allowed=None,
                qpa=None,
                adjustments=(Adjustment(group=group, carc="96", amount=line.charge),),
            )
            for line in e.remittance().lines
        )
        share = D(1110) if group == "PR" else D(0)
        denied = replace(e.remittance(), status="4", paid=D(0), patient_responsibility=share, lines=lines)
        flag = ClaimDenied(
            claim_id=e.CLAIM,
            remittance_id="r1",
            specialty="emergency",
            charge=D(1110),
            target=D(620),
            notice_on=HEARD,
            carcs=("96",),
        )
        found = written(pay(e.received(), e.paid(facts=denied), flag, e.settled(due="500")))
        clps = [s for s in found if s[0] == "CLP"]
        assert [(c[2], c[4]) for c in clps] == [("22", "0"), ("1", "500")]
        assert (clps[1][5] if len(clps[1]) > 5 else "") == ""  # nothing is left with the patient


def test_a_claim_adjudicated_without_lines() -> None:
    bare = replace(
        e.remittance(),
        lines=(),
        adjustments=(
            Adjustment(group="CO", carc="45", amount=D(878)),
            Adjustment(group="PR", carc="1", amount=D("46.40")),
        ),
    )
    file = file_after(e.received(), e.paid(facts=bare), e.settled())
    payment = correcting_payment(file, D(388), HEARD, "T")
    assert [c.paid for c in payment.claims] == [D("-185.60"), D("573.60")]
    assert payment.claims[1].patient_share == D("46.40")


@pytest.mark.parametrize("due", ["0", "-5"])
def test_nothing_due_nothing_paid(due: str) -> None:
    file = file_after(e.received(), e.paid(), e.flagged(), e.settled(due=due))
    assert answer(e.settled(due=due), HEARD, file, ALWAYS, seed=7) == ()


def test_a_corrected_remittance_was_the_payment() -> None:
    event = replace(e.settled(), basis="corrected_remittance")
    file = file_after(e.received(), e.paid(), e.flagged(), event)
    assert answer(event, HEARD, file, ALWAYS, seed=7) == ()


def closed(recovered: str = "388", reason: CloseReason = "settled_and_paid") -> ClaimClosed:
    return ClaimClosed(
        claim_id=e.CLAIM,
        reason=reason,
        billed=D(1110),
        allowed=D(620),
        paid_at_first=D("185.60"),
        paid=D("185.60") + D(recovered),
        recovered=D(recovered),
        patient_share=D("46.40"),
        costs=D(0),
    )


def test_a_payer_takes_part_of_a_settlement_back_and_returns_it_on_a_demand() -> None:
    grabbing = TAKES_BACK
    file = file_after(e.received(), e.paid(), e.flagged(), e.opened(), e.settled())
    one = recoupment(closed(), HEARD, file, grabbing, seed=7)
    assert one is not None
    assert HEARD + timedelta(days=5) <= one.on <= HEARD + timedelta(days=20)
    found = written(one)
    assert [s[0] for s in found if s[0] in ("LX", "CLP")] == []
    (plb,) = [s for s in found if s[0] == "PLB"]
    taken = D(plb[4])
    assert D("116.40") <= taken <= D(388)  # 30–100 % of what was recovered
    assert [plb[3], plb[5].partition(":")[0], D(plb[6])] == ["WO:P01EXED0001", "FB", -taken]
    # the claim's books lose it; the demand brings it back, once
    assert one.payment is not None
    recouped = RemittanceRecouped(
        claim_id=e.CLAIM,
        recoupment_id="w1",
        amount=taken,
        paid_on=one.on,
        received_on=one.on,
        reason="WO",
        trace_number=one.payment.trace_number,
        payer_claim_number="P01EXED0001",
    )
    assert effect_key(recouped) == one.key
    demand = PaymentDemanded(
        claim_id=e.CLAIM,
        case_id="case-1",
        settlement_id="s1",
        step="demand",
        addressee="the payer",
        outstanding=taken,
        sent_on=date(2026, 1, 20),
        answer_due_on=date(2026, 2, 20),
        rule="r",
    )
    assert answer(demand, HEARD, file, grabbing, seed=7) == ()  # nothing was taken back yet
    file = remember(replace(file, recoups=True), recouped) or file
    (back,) = answer(demand, HEARD, file, grabbing, seed=7)
    assert back.on == date(2026, 1, 27)
    (plb,) = [s for s in written(back) if s[0] == "PLB"]
    assert [plb[3], D(plb[4]), D(plb[6])] == ["WO:P01EXED0001", -taken, taken]
    assert recoupment(closed(), HEARD, file, grabbing, seed=7) is None  # once a claim
    returned = replace(recouped, recoupment_id="w2", amount=-taken)
    assert answer(demand, HEARD, remember(file, returned) or file, grabbing, seed=7) == ()


@pytest.mark.parametrize(
    ("event", "profile"),
    [
        (closed(), ALWAYS_KEPT),
        (closed(reason="pursuit_ended"), TAKES_BACK),
        (closed(recovered="0"), TAKES_BACK),
    ],
)
def test_nothing_is_taken_back_of_what_no_settlement_brought(event: ClaimClosed, profile: Profile) -> None:
    file = file_after(e.received(), e.paid(), e.flagged(), e.opened(), e.settled())
    assert recoupment(event, HEARD, file, profile, seed=7) is None


def test_a_short_payer_pays_the_rest_when_told() -> None:
    short = replace(ALWAYS, short_pay=1000)
    first = pay(e.received(), e.paid(), e.flagged(), e.opened(), e.settled(), profile=short)
    assert first.payment is not None
    paid = first.payment.claims[1]
    assert D("310.40") <= first.payment.total <= D("376.36")  # 80–97 % of 388
    lines = tuple(
        replace(line, paid=now.paid, allowed=now.allowed, adjustments=now.adjustments)
        for line, now in zip(e.remittance().lines, paid.lines, strict=True)
    )
    second = replace(
        e.remittance(), remittance_id="r2", paid=paid.paid, lines=lines, payer_claim_number="P01EXED0001-S1"
    )
    told = SettlementShort(
        claim_id=e.CLAIM,
        settlement_id="s1",
        due=D(388),
        paid=first.payment.total,
        due_on=date(2026, 1, 9),
        remittance_id="r2",
    )
    rest = pay(e.received(), e.paid(), e.flagged(), e.opened(), e.settled(), e.paid(facts=second), told)
    assert rest.payment is not None
    assert rest.payment.total + first.payment.total == D(388)
    assert rest.payment.claims[1].paid == D("573.60")
    assert rest.payment.claims[1].payer_claim_number == "P01EXED0001-S2"
    assert rest.key != first.key
    written(rest)


def test_late_payers_pay_after_the_due_day() -> None:
    late = pay(e.received(), e.paid(), e.flagged(), e.settled(), profile=replace(ALWAYS, late_pay=1000))
    assert date(2026, 1, 9) + timedelta(days=3) <= late.on <= date(2026, 1, 9) + timedelta(days=20)
