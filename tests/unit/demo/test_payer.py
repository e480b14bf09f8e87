"""The payer's answers: repeatable, within their bounds, balanced, and distributed as the model says."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from recoup_tools.demo.idr_model import FITTED
from recoup_tools.demo.payer import Answer, answer
from recoup_tools.demo.payer_memory import ClaimFile, remember
from recoup_tools.demo.payer_profiles import PROFILES, Profile, profile_of, prompt
from shared.events.base import Event
from shared.events.claims import RemittanceReversed
from shared.events.payer import PayerAppealDecision, PayerIdrDetermination, PayerOffer
from shared.events.pursuit import PaymentDemanded
from shared.events.settlement import ClaimClosed, OfferCountered
from tests.unit.demo import events as e

READY, ORDINARY, HARD = (profile for profile, _ in PROFILES)
HEARD = date(2025, 12, 1)
D = Decimal
ALWAYS = replace(ORDINARY, answers_notice=1000, silent_appeals=0, short_pay=0, late_pay=0, rounds=(3, 3))


def file_after(*events: Event) -> ClaimFile:
    file: ClaimFile | None = None
    for event in events:
        file = remember(file, event)
    assert file is not None
    return file


def disputed(claim_id: str = e.CLAIM) -> ClaimFile:
    return file_after(e.received(claim_id), e.paid(claim_id), e.flagged(claim_id), e.opened(claim_id))


def counter(amount: str, number: int = 1, claim_id: str = e.CLAIM) -> OfferCountered:
    return OfferCountered(
        claim_id=claim_id,
        offer_id="o",
        counter_id="c",
        round=number,
        amount=D(amount),
        expected_value=D(0),
        policy="p",
    )


def offer(answers: tuple[Answer, ...]) -> PayerOffer:
    (one,) = answers
    assert isinstance(one.event, PayerOffer)
    return one.event


def test_memory_of_the_disputed_lines() -> None:
    file = disputed()
    assert (file.disputed_allowed, file.disputed_charge, file.anchor) == (D(232), D(1110), D(232))
    only_first = file_after(e.received(), e.paid(), e.flagged(lines=(1,)))
    assert (only_first.disputed_allowed, only_first.disputed_charge) == (D(220), D(1050))
    assert remember(file, _closed()) is None


def _closed() -> ClaimClosed:
    zero = D(0)
    return ClaimClosed(
        claim_id=e.CLAIM,
        reason="pursuit_ended",
        billed=D(1110),
        allowed=D(232),
        paid_at_first=D("185.60"),
        paid=D("185.60"),
        recovered=zero,
        patient_share=D("46.40"),
        costs=zero,
    )


def test_a_reversal_takes_the_standing_remittance_away() -> None:
    back = RemittanceReversed(claim_id=e.CLAIM, remittance=replace(e.remittance(), status="22"))
    assert file_after(e.received(), e.paid(), back).standing is None
    other = RemittanceReversed(claim_id=e.CLAIM, remittance=replace(e.remittance(), payer_claim_number="ELSE"))
    assert file_after(e.received(), e.paid(), other).standing is not None


@pytest.mark.parametrize("event", [e.opened(), e.appealed(), e.initiated(), e.settled(), counter("900")])
def test_the_same_question_has_the_same_answer(event: Event) -> None:
    file = file_after(e.received(), e.paid(), e.flagged(), e.opened(), event)
    first = answer(event, HEARD, file, ALWAYS, seed=7)
    assert first
    assert first == answer(event, HEARD, file, ALWAYS, seed=7)
    assert [a.event_id for a in first] == [a.event_id for a in answer(event, HEARD, file, ALWAYS, seed=7)]


def test_seeds_differ() -> None:
    answers = {offer(answer(e.opened(), HEARD, disputed(), ALWAYS, seed=seed)).amount for seed in range(8)}
    assert len(answers) > 4


def test_offers_rise_to_the_reservation_price_and_stop() -> None:
    file = disputed()
    amounts = [offer(answer(e.opened(), HEARD, file, ALWAYS, seed=7))]
    amounts += [offer(answer(counter("1100", n), HEARD, file, ALWAYS, seed=7)) for n in (1, 2)]
    assert [one.final for one in amounts] == [False, False, True]
    values = [one.amount for one in amounts]
    assert values == sorted(values)
    assert values[0] >= D(232)
    # the gap is 878: the ordinary payer stops between 12 % and 45 % of it above what it allowed
    assert D(232) + D("105.36") <= values[2] <= D(232) + D("395.10")
    assert (values[1] - values[0] - (values[2] - values[1])).copy_abs() <= D("0.01")  # even steps
    assert answer(counter("1100", 3), HEARD, file, ALWAYS, seed=7) == ()
    assert len({one.offer_id for one in amounts}) == 3


def test_a_counter_within_the_reservation_price_is_taken_at_once() -> None:
    taken = offer(answer(counter("232.10"), HEARD, disputed(), ALWAYS, seed=7))
    assert (taken.amount, taken.final) == (D("232.10"), True)


def test_no_answer_without_a_remittance() -> None:
    file = file_after(e.received())
    for event in (e.opened(), counter("300"), e.settled()):
        assert answer(event, HEARD, file, ALWAYS, seed=7) == ()


def _many(event_of: type[Event] | None, make: object, profile: Profile, count: int = 1500) -> list[Answer]:
    found: list[Answer] = []
    for number in range(count):
        claim_id = f"claim-{number}"
        event: Event = make(claim_id)  # type: ignore[operator]
        found += answer(event, HEARD, disputed(claim_id), profile, seed=1)
    return found


def test_notices_are_answered_as_often_as_the_profile_says() -> None:
    for profile, share in ((READY, 0.85), (ORDINARY, 0.60), (HARD, 0.30)):
        assert abs(len(_many(None, e.opened, profile)) / 1500 - share) < 0.04


def test_price_appeals_end_as_the_profile_says() -> None:
    decisions = [a.event for a in _many(None, e.appealed, ORDINARY)]
    outcomes = Counter(d.outcome for d in decisions if isinstance(d, PayerAppealDecision))
    assert abs(len(decisions) / 1500 - 0.97) < 0.02
    assert abs(outcomes["overturned"] / len(decisions) - 0.08) < 0.025
    assert abs(outcomes["partially_overturned"] / len(decisions) - 0.26) < 0.04
    assert abs(outcomes["upheld"] / len(decisions) - 0.64) < 0.04
    for decision in decisions:
        assert isinstance(decision, PayerAppealDecision)
        assert date(2025, 12, 15) <= decision.decided_on <= date(2026, 1, 19)  # 20 to 55 days
        if decision.outcome == "overturned":
            assert decision.awarded == D(620)
        elif decision.outcome == "partially_overturned":
            # 30–70 % of the way from 232 to 620
            assert decision.awarded is not None
            assert D("348.40") <= decision.awarded <= D("503.60")
        else:
            assert decision.awarded is None


def test_awards_stay_between_allowed_and_charge() -> None:
    rates = replace(ALWAYS.payment_appeal, overturned=1000, partial=0, dismissed=0)
    sure = replace(ALWAYS, payment_appeal=rates)
    for sought, awarded in (("5000", D(1110)), ("100", D(232)), ("700.01", D("700.01"))):
        (one,) = answer(e.appealed(sought=sought), HEARD, disputed(), sure, seed=7)
        assert isinstance(one.event, PayerAppealDecision)
        assert one.event.awarded == awarded


def test_levels_are_drawn_apart() -> None:
    first = [a.event.outcome for a in _many(None, e.appealed, ALWAYS, 200) if isinstance(a.event, PayerAppealDecision)]
    second = [
        a.event.outcome
        for a in _many(None, lambda c: e.appealed(c, level=2), ALWAYS, 200)  # pyright: ignore[reportUnknownLambdaType]
        if isinstance(a.event, PayerAppealDecision)
    ]
    assert first != second


ELIGIBLE = replace(ORDINARY, idr=replace(FITTED, ineligible=0))


def test_idr_takes_one_of_the_two_offers() -> None:
    # 550 is 2.37 times the QPA of 232: 83.5 % where the payer offers too, and all of the 22.2 % where it does not
    found = [a.event for a in _many(None, e.initiated, ELIGIBLE)]
    wins, alone = 0, 0
    for one in found:
        assert isinstance(one, PayerIdrDetermination)
        alone += bool(one.default_of)
        if one.prevailing == "provider":
            wins += 1
            assert one.award == D(550)
        else:
            assert one.award <= D(464)  # nothing, the QPA, or up to twice of it
            assert not one.default_of
    assert abs(alone / len(found) - 0.222) < 0.03
    assert abs(wins / len(found) - (0.222 + 0.778 * 0.835)) < 0.03


def test_an_ineligible_dispute_ends_without_a_determination() -> None:
    found = _many(None, e.initiated, ORDINARY)
    closed = [one for one in found if one.closing is not None]
    assert abs(len(closed) / len(found) - 0.390 * 0.426) < 0.03
    assert all(one.event is None and one.payment is None for one in closed)


def test_an_award_that_is_withheld_is_paid_when_it_is_demanded() -> None:
    withholding = replace(ALWAYS, award_withheld=1000)
    awarded = replace(e.settled(), basis="idr_award")
    events = (e.received(), e.paid(), e.flagged(), e.opened(), awarded)
    assert answer(awarded, HEARD, file_after(*events), withholding, seed=7) == ()
    demanded = PaymentDemanded(
        claim_id=e.CLAIM, case_id="case-1", settlement_id="s1", step="demand", addressee="the payer",
        outstanding=D(388), sent_on=date(2026, 1, 20), answer_due_on=date(2026, 2, 20), rule="r",
    )  # fmt: skip
    (one,) = answer(demanded, HEARD, file_after(*events, demanded), withholding, seed=7)
    assert one.payment is not None and one.on > demanded.sent_on
    assert answer(demanded, HEARD, file_after(*events, demanded), replace(ALWAYS, award_withheld=0), seed=7) == ()


def test_a_prompt_payer_decides_the_same() -> None:
    file = disputed()
    always = replace(ALWAYS, idr=replace(FITTED, ineligible=0))
    for event in (e.opened(), e.appealed(), e.initiated(), counter("1100")):
        slow = answer(event, HEARD, file, always, seed=7)[0].event
        quick = answer(event, HEARD, file, prompt(always), seed=7)[0].event
        assert slow is not None
        assert quick is not None
        for field in ("amount", "outcome", "awarded", "prevailing", "award", "final"):
            assert getattr(slow, field, None) == getattr(quick, field, None)
    assert answer(e.appealed(), HEARD, file, prompt(ALWAYS), seed=7)[0].on == date(2025, 11, 25)


def test_profiles_stay_with_their_payer() -> None:
    drawn = [profile_of(7, f"payer-{n}").name for n in range(300)]
    assert drawn == [profile_of(7, f"payer-{n}").name for n in range(300)]
    counts = Counter(drawn)
    assert abs(counts["ready to settle"] / 300 - 0.3) < 0.1
    assert abs(counts["ordinary"] / 300 - 0.5) < 0.1


# --- payment ---------------------------------------------------------------------------------------------------------
