"""The desk: memory rebuilt from the log, answers held until their day, and none sent that has arrived."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from msgspec.structs import replace

from recoup_tools.demo.payer_desk import Desk
from recoup_tools.demo.payer_service import interchange
from shared.events.base import Envelope
from shared.events.claims import ClaimVoided, RemittanceRecouped
from shared.events.payer import PayerOffer
from shared.events.settlement import ClaimClosed, OfferReceived
from tests.unit.demo import events as e
from tests.unit.demo.x12_check import check_835, check_envelope, segments

FAR = date(2030, 1, 1)
CLOSED = ClaimClosed(
    claim_id=e.CLAIM,
    reason="settled_and_paid",
    billed=Decimal(1110),
    allowed=Decimal(620),
    paid_at_first=Decimal("185.60"),
    paid=Decimal("573.60"),
    recovered=Decimal(388),
    patient_share=Decimal("46.40"),
    costs=Decimal(0),
)


def claim_ids(count: int) -> list[str]:
    return [f"00000000-0000-5000-8000-{n:012d}" for n in range(count)]


def log_of(claim_id: str) -> list[Envelope]:
    return e.envelopes(e.received(claim_id), e.paid(claim_id), e.flagged(claim_id), e.appealed(claim_id))


def receive_all(desk: Desk, logs: list[list[Envelope]], *, before: bool = False) -> None:
    for log in logs:
        for envelope in log:
            desk.receive(0, envelope, answered_before=before)


def test_dated_answers_wait_for_their_day() -> None:
    desk = Desk(7, "dated")
    receive_all(desk, [log_of(c) for c in claim_ids(20)])
    assert desk.due(0, date(2025, 11, 25)) == []
    first = desk.next_day
    assert first is not None
    assert first >= date(2025, 12, 15)  # 20 days at the least
    due = desk.due(0, first)
    assert due
    assert all(held.answer.on <= first for held in due)
    assert desk.due(0, first) == []
    later = desk.due(0, FAR)
    assert len(due) + len(later) >= 17
    assert desk.next_day is None


def test_immediate_answers_come_at_once_and_only_for_what_is_new() -> None:
    desk = Desk(7, "immediate")
    logs = [log_of(c) for c in claim_ids(20)]
    receive_all(desk, logs[:10], before=True)
    assert desk.due(0, date(2025, 11, 25)) == []
    receive_all(desk, logs[10:])
    due = desk.due(0, date(2025, 11, 25))
    assert {held.answer.claim_id for held in due} <= set(claim_ids(20)[10:])
    assert {held.answer.on for held in due} == {date(2025, 11, 25)}


def test_a_restart_gives_the_same_answers() -> None:
    logs = [log_of(c) for c in claim_ids(30)]
    one, other = Desk(7, "dated"), Desk(7, "dated")
    receive_all(one, logs)
    receive_all(other, logs, before=True)
    assert one.due(0, FAR) == other.due(0, FAR)


def test_answers_that_arrived_are_not_held_again() -> None:
    claim_id = next(c for c in claim_ids(50) if _answers(c))
    desk = Desk(7, "dated")
    log = e.envelopes(e.received(claim_id), e.paid(claim_id), e.flagged(claim_id), e.opened(claim_id))
    receive_all(desk, [log])
    (held,) = desk.due(0, FAR)
    assert isinstance(held.answer.event, PayerOffer)
    offer = held.answer.event
    arrived = OfferReceived(
        claim_id=claim_id,
        offer_id=offer.offer_id,
        round=1,
        amount=offer.amount,
        source="payer",
        received_on=offer.offered_on,
    )
    again = Desk(7, "dated")
    receive_all(again, [[*log, *e.envelopes(arrived)]], before=True)
    assert again.due(0, FAR) == []


def _answers(claim_id: str) -> bool:
    desk = Desk(7, "dated")
    receive_all(desk, [e.envelopes(e.received(claim_id), e.paid(claim_id), e.flagged(claim_id), e.opened(claim_id))])
    return bool(desk.due(0, FAR))


def test_memory_is_bounded_by_open_claims() -> None:
    desk = Desk(7, "dated")
    for claim_id in claim_ids(50):
        receive_all(desk, [[*log_of(claim_id), *e.envelopes(ClaimVoided(claim_id=claim_id))]])
    assert desk.open_claims == 0
    assert desk.due(0, FAR) == []


def test_what_is_taken_back_of_a_closed_claim_is_remembered_until_it_is_closed_again() -> None:
    desk = Desk(7, "dated")
    taken: list[str] = []
    for claim_id in claim_ids(400):
        closed = replace(CLOSED, claim_id=claim_id)
        receive_all(desk, [[*log_of(claim_id), *e.envelopes(e.settled(claim_id), closed)]])
        if desk.open_claims > len(taken):
            taken.append(claim_id)
    assert 1 <= len(taken) <= 20  # 1 to 4 % of 400
    due = desk.due(0, FAR)
    assert [held.answer.claim_id for held in due] == sorted(taken)
    for held in due:
        payment = held.answer.payment
        assert payment is not None
        recouped = RemittanceRecouped(
            claim_id=held.answer.claim_id,
            recoupment_id=payment.trace_number,
            amount=payment.provider_adjustments[0].amount,
            paid_on=held.answer.on,
            received_on=held.answer.on,
            reason="WO",
            trace_number=payment.trace_number,
        )
        # a restart hears both: it is not taken twice
        again = Desk(7, "dated")
        closed = replace(CLOSED, claim_id=held.answer.claim_id)
        log = [*log_of(closed.claim_id), *e.envelopes(e.settled(closed.claim_id), closed, recouped)]
        receive_all(again, [log], before=True)
        assert again.due(0, FAR) == []
        prompt = Desk(7, "immediate")
        receive_all(prompt, [log[:-1]], before=True)
        assert (prompt.open_claims, prompt.due(0, FAR)) == (1, [])
        receive_all(desk, [e.envelopes(recouped, closed)])
    assert (desk.open_claims, desk.due(0, FAR)) == (0, [])


def test_a_lost_partition_is_forgotten() -> None:
    desk = Desk(7, "dated")
    receive_all(desk, [log_of(claim_ids(1)[0])])
    desk.forget(0)
    assert desk.open_claims == 0
    assert desk.due(0, FAR) == []


def test_payments_share_an_interchange_that_balances() -> None:
    desk = Desk(7, "immediate")
    for claim_id in claim_ids(5):
        receive_all(
            desk,
            [e.envelopes(e.received(claim_id), e.paid(claim_id), e.flagged(claim_id), e.settled(claim_id))],
        )
    due = desk.due(0, FAR)
    text, name = interchange(due, datetime(2025, 12, 10, 8, tzinfo=UTC))
    found, _ = segments(text.encode())
    sets = check_envelope(found)
    assert len(sets) == 5
    for one in sets:
        check_835(one)
    assert interchange(due, datetime(2025, 12, 10, 8, tzinfo=UTC)) == (text, name)
    assert interchange(due[:4], datetime(2025, 12, 10, 8, tzinfo=UTC))[1] != name
