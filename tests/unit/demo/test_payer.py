"""The payer's answers: repeatable, within their bounds, balanced, and distributed as the model says."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from recoup_tools.demo.payer import Answer, answer, effect_key, recoupment
from recoup_tools.demo.payer_memory import ClaimFile, remember
from recoup_tools.demo.payer_profiles import PROFILES, Profile, profile_of, prompt, provider_wins_per_mille
from recoup_tools.demo.payer_remittance import correcting_payment
from recoup_tools.demo.remit835 import transaction
from shared.events.assessment import ClaimDenied
from shared.events.base import Event
from shared.events.claims import Adjustment, RemittanceRecouped, RemittanceReversed
from shared.events.payer import PayerAppealDecision, PayerIdrDetermination, PayerOffer
from shared.events.pursuit import PaymentDemanded
from shared.events.settlement import ClaimClosed, CloseReason, OfferCountered, SettlementShort
from tests.unit.demo import events as e
from tests.unit.demo.x12_check import check_835

READY, ORDINARY, HARD = (profile for profile, _ in PROFILES)
HEARD = date(2025, 12, 1)
D = Decimal
TAKES_BACK = replace(ORDINARY, takes_back=1000)
ALWAYS_KEPT = replace(ORDINARY, takes_back=0)
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


@pytest.mark.parametrize(
    ("multiple", "odds"),
    [("1", 880), ("2.6", 880), ("2.61", 820), ("4.6", 820), ("5", 600), ("7.01", 350), ("10.5", 150)],
)
def test_idr_odds_fall_with_the_offer(multiple: str, odds: int) -> None:
    assert provider_wins_per_mille(D(multiple)) == odds


def test_idr_takes_one_of_the_two_offers() -> None:
    # 550 is 2.37 times the QPA of 232: 88 %
    found = [a.event for a in _many(None, e.initiated, ORDINARY)]
    wins = 0
    for one in found:
        assert isinstance(one, PayerIdrDetermination)
        if one.prevailing == "provider":
            wins += 1
            assert one.award == D(550)
        else:
            assert D(232) <= one.award <= D("301.60")  # 100–130 % of the QPA
    assert abs(wins / len(found) - 0.88) < 0.03


def test_a_prompt_payer_decides_the_same() -> None:
    file = disputed()
    for event in (e.opened(), e.appealed(), e.initiated(), counter("1100")):
        slow = answer(event, HEARD, file, ALWAYS, seed=7)[0].event
        quick = answer(event, HEARD, file, prompt(ALWAYS), seed=7)[0].event
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
