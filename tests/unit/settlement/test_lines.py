"""Agreements about some of a claim's lines: by people, by the payer's offers for lines, and what awards mean then."""

from __future__ import annotations

import pytest

from services.settlement.domain.commands import accept_offer, agree_line
from services.settlement.domain.offers import OfferRefused
from shared.events import assessment
from shared.events.settlement import ClaimClosed, ClaimSettled, LineAgreed, NegotiationFailed, OfferCountered
from tests.unit.settlement.test_commands import MAX, NINA, do
from tests.unit.settlement.world import D, World


def two_lines(scale: int = 1, *, proceeding: bool = True) -> World:
    """Lines 1 and 2 in dispute: billed 500, allowed 100, fair 300 each; paid 160, patient 40."""
    w = World(scale=scale)
    w.received()
    w.remitted("R1", "160.00", "40.00")
    lines = tuple(
        assessment.AssessedLine(
            line=n,
            code="99285",
            modifiers=(),
            charge=w.usd("500.00"),
            allowed=w.usd("100.00"),
            paid=w.usd("80.00"),
            patient_share=w.usd("20.00"),
            verdict="underpaid",
            floor=w.usd("250.00"),
            target=w.usd("300.00"),
            stretch=w.usd("400.00"),
        )
        for n in (1, 2)
    )
    w.receive(
        assessment.UnderpaymentFlagged(
            claim_id=w.claim,
            remittance_id="R1",
            specialty="s",
            policy="p",
            allowed=w.usd("200.00"),
            paid=w.usd("160.00"),
            patient_share=w.usd("40.00"),
            floor=w.usd("500.00"),
            target=w.usd("600.00"),
            stretch=w.usd("800.00"),
            shortfall=w.usd("400.00"),
            expected_net=D(1),
            confidence=1,
            notice_on=w.today,
            lines=lines,
        )
    )
    if proceeding:
        w.negotiation()
    return w


def test_line_by_line() -> None:
    w = two_lines()
    assert do(w, agree_line(NINA, 1, D(280))) == ["LineAgreed"]
    assert w.account.books.balance("agreed") == D(180)
    # line 2 is still short by 200; 20 of line 1 are given up
    assert (w.account.books.balance("in_dispute"), w.account.books.balance("written_off")) == (D(200), D(20))
    w.offer("400.00", final=True)  # meets the stretch value of the line left
    settled = w.last(ClaimSettled)
    assert (settled.amount, settled.additional_due) == (D(680), D(480))
    assert w.account.settlement is not None
    assert [(t.line, t.amount) for t in w.account.settlement.lines] == [(1, D(280)), (2, D(400))]
    w.remitted("R2", "480.00")
    assert w.last(ClaimClosed).recovered == D(480)


def test_agreed_line_survives_the_end_of_the_pursuit() -> None:
    w = two_lines()
    do(w, agree_line(NINA, 1, D(280)))
    w.ended()
    settled = w.last(ClaimSettled)
    # line 1 at 280, line 2 as the payer allowed it
    assert (settled.amount, settled.additional_due) == (D(380), D(180))
    w.remitted("R2", "180.00")
    assert w.last(ClaimClosed).reason == "settled_and_paid"


def test_last_line_settles_the_whole() -> None:
    w = two_lines()
    do(w, agree_line(NINA, 1, D(280)))
    assert do(w, agree_line(NINA, 2, D(290))) == ["LineAgreed", "ClaimSettled"]
    assert w.last(ClaimSettled).additional_due == D(370)


def places(w: World) -> dict[str, object]:
    return {k: v for k, v in w.account.books.balances.items() if v and k != "billed"}


def test_offer_for_one_line_is_accepted_for_that_line_alone() -> None:
    w = two_lines()
    out = w.offer("400.00", final=True, lines=(1,))  # the stretch value of the line: our opening demand is met
    assert [type(e).__name__ for e in out] == ["OfferReceived", "LineAgreed"]
    agreed = w.last(LineAgreed)
    assert (agreed.line, agreed.amount, agreed.allowed, agreed.target) == (1, D(400), D(100), D(300))
    # 300 more are due for line 1, 200 of them were in dispute; line 2 stays short by its 200
    assert places(w) == {
        "payer_paid": D(160),
        "patient_share": D(40),
        "agreed": D(300),
        "in_dispute": D(200),
        "disallowed": D(300),
    }
    w.offer("400.00", "O2", final=True)  # now about what is left: line 2
    settled = w.last(ClaimSettled)
    assert (settled.amount, settled.additional_due) == (D(800), D(600))
    w.remitted("R2", "600.00")
    assert w.last(ClaimClosed).reason == "settled_and_paid"


def test_offer_for_one_line_is_countered_for_that_line() -> None:
    w = two_lines(scale=10)
    w.offer("150.00", lines=(1,))
    counter = w.last(OfferCountered)
    # opening of line 1 alone: its stretch value
    assert (counter.amount, counter.lines) == (D(4000), (1,))
    assert w.account.proceeding is not None and w.account.proceeding.demand is None, "nothing was asked for the whole"
    ours = next(o for o in w.account.offers if o.side == "provider")
    assert ours.lines == (1,)


def test_fees_of_the_next_forum_count_in_the_lines_share() -> None:
    w = two_lines(scale=10)
    w.offer("150.00", lines=(1,))
    (taken,) = w.account.fresh
    # line 1 is half of what is in dispute: half of 15, 520 and 2.5 hours at 42
    i = taken.inputs
    assert (i.administrative_fee, i.entity_fee, i.next_staff) == (D("7.50"), D(260), D("52.50"))
    assert (i.allowed, i.target) == (D(1000), D(3000))


def test_declined_offer_for_a_line_does_not_end_the_talks() -> None:
    w = two_lines(scale=100)
    w.offer("101.00", final=True, lines=(1,))
    assert w.account.offers[-1].status == "declined"
    assert NegotiationFailed not in [type(e) for e in w.events]


def test_an_offer_for_a_line_that_is_agreed_is_declined_unanswered() -> None:
    w = two_lines()
    do(w, agree_line(NINA, 1, D(280)))
    w.offer("400.00", "X", lines=(1,))
    assert w.account.offers[-1].status == "declined"
    assert w.account.decisions == 0
    with pytest.raises(OfferRefused):
        do(w, accept_offer(MAX, "X0", 1, why="late"))


def test_agreeing_on_a_line_ends_what_was_offered_about_it() -> None:
    w = two_lines(scale=200)
    w.offer("600.00", final=True)  # for both lines, 120,000: waits for a manager
    assert w.account.approval is not None
    do(w, agree_line(MAX, 1, D(56_000)))
    assert w.account.approval is None and w.account.offers[-1].status == "superseded"
    with pytest.raises(OfferRefused, match="superseded"):
        do(w, accept_offer(MAX, "O1", 1, why="late"))


def test_several_lines_in_one_offer_share_it_by_what_each_fell_short() -> None:
    w = two_lines()
    w.offer("701.00", final=True, lines=(2, 1))
    settled = w.account.settlement
    assert settled is not None and settled.amount == D(701)
    # 501 more than allowed, in halves; the odd cent does not exist here
    assert [(t.line, t.amount) for t in settled.lines] == [(1, D("350.50")), (2, D("350.50"))]


@pytest.mark.parametrize(("agreed_before", "due"), [(True, 680), (False, 500)])
def test_an_award_holds_the_lines_agreed_since_its_case_began(agreed_before: bool, due: int) -> None:
    w = two_lines()
    if agreed_before:
        do(w, agree_line(NINA, 1, D(280)))
        w.wait_until(w.today.replace(day=w.today.day + 1))
    w.idr()
    if not agreed_before:
        do(w, agree_line(NINA, 1, D(280)))
    w.determined("600.00" if agreed_before else "700.00")
    # before: 600 for line 2 alone, 500 more, and 180 for line 1; since: 700 for both, 420 of it for line 2
    assert w.last(ClaimSettled).additional_due == D(due)
