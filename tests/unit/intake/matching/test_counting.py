"""Every payment counts once, whatever number it comes under and whoever sent it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from recoup_x12.model import Adjustment, Party, Payment, Procedure, Reference, Remittance, ServicePayment
from services.intake.domain.counting import Counting, by_itself
from services.intake.domain.same_payer import same_payer
from shared.events.claims import ClaimFacts, ServiceLine

DAY = date(2026, 9, 15)
FACTS = ClaimFacts(
    tenant="t",
    patient_control_number="A1",
    form="professional",
    payer_id="99101",
    payer_name="MERIDIAN EXAMPLE HEALTH",
    billing_npi="1001000011",
    total_charge=Decimal(1110),
    service_from=DAY,
    service_to=DAY,
    lines=(
        ServiceLine(line=1, code="99285", charge=Decimal(1050), units=Decimal(1), service_from=DAY, service_to=DAY),
        ServiceLine(line=2, code="93010", charge=Decimal(60), units=Decimal(1), service_from=DAY, service_to=DAY),
    ),
)
OWN = Party("PR", name="MERIDIAN EXAMPLE HEALTH", references=(Reference("2U", "99101"),))
SECOND = Party("PR", name="HARBOR EXAMPLE MUTUAL", references=(Reference("2U", "77202"),))
THIRD = Party("PR", name="CLEARWATER EXAMPLE PAYMENTS", references=(Reference("2U", "88303"),))


def line(code: str, charge: int, paid: str, share: str = "0", denied: str = "") -> ServicePayment:
    rest = Decimal(charge) - Decimal(paid) - Decimal(share)
    taken = [Adjustment("CO", denied or "45", rest)]
    if Decimal(share):
        taken.append(Adjustment("PR", "2", Decimal(share)))
    return ServicePayment(Procedure("HC", code), Decimal(charge), Decimal(paid), adjustments=tuple(taken))


VISIT, ECG = line("99285", 1050, "176", "44"), line("93010", 60, "9.6", "2.4")


def paid(
    *lines: ServicePayment, status: str = "1", trace: str = "T1", payer: Party = OWN, bpr03: str = "C"
) -> Remittance:
    return Remittance(
        "A1",
        status,
        sum((one.charge for one in lines), Decimal(0)),
        sum((one.paid for one in lines), Decimal(0)),
        payment=Payment(
            credit_debit=bpr03,
            trace_number=trace,
            payer=payer,
            payer_tax_id={OWN: "1990000101", THIRD: "1990000303"}.get(payer, "1990000202"),
        ),
        lines=lines,
    )


def back(payment: Remittance) -> Remittance:
    """Its reversal: amounts negated."""
    lines = tuple(
        msgspec.structs.replace(
            one,
            charge=-one.charge,
            paid=-one.paid,
            adjustments=tuple(msgspec.structs.replace(a, amount=-a.amount) for a in one.adjustments),
        )
        for one in payment.lines
    )
    return msgspec.structs.replace(payment, status="22", charge=-payment.charge, paid=-payment.paid, lines=lines)


FULL = paid(VISIT, ECG)
MORE = paid(line("99285", 1050, "564", "44"), ECG, trace="T2")
DENIED = paid(line("99285", 1050, "0", denied="197"), line("93010", 60, "0", denied="197"))
TWICE = paid(line("99285", 1050, "0", denied="18"), line("93010", 60, "0", denied="18"))
VISIT_DENIED, ECG_TWICE = line("99285", 1050, "0", denied="197"), line("93010", 60, "0", denied="18")
THEIRS = (line("99285", 1050, "290"), line("93010", 60, "10"))
"""What another payer pays: other amounts of the same lines."""
PRIMARY = msgspec.structs.replace(FACTS, payer_sequence="P")
HANDED_ON = paid(line("99285", 1050, "0", denied="109"), line("93010", 60, "0", denied="109"), status="23")


@pytest.mark.parametrize(
    ("before", "payment", "outcome", "word"),
    [
        ([], FULL, "post", ""),
        ([FULL], msgspec.structs.replace(FULL, payer_claim_number="X"), "hold", "duplicate"),
        ([FULL], paid(VISIT, ECG, trace="T9"), "hold", "duplicate"),
        ([FULL], MORE, "hold", "without its reversal"),
        ([FULL, back(FULL)], MORE, "post", ""),
        ([FULL, back(FULL)], back(FULL), "hold", "do not stand"),
        ([], back(FULL), "hold", "do not stand"),
        ([FULL], back(FULL), "post", ""),
        ([paid(ECG)], paid(VISIT, trace="T2"), "post", ""),  # a part
        ([paid(ECG)], FULL, "hold", "without its reversal"),  # one line of it was paid before
        ([paid(VISIT), paid(ECG, trace="T2")], paid(ECG, trace="T3"), "hold", "duplicate"),
        ([DENIED], FULL, "post", ""),  # no money hung on the denial
        ([paid(line("99285", 1050, "0", "1050"), ECG)], MORE, "hold", "without its reversal"),  # a deductible did
        ([FULL], TWICE, "duplicate", "CARC 18"),
        ([], TWICE, "post", ""),  # it says nothing: the claim waits for its answer
        ([TWICE], FULL, "post", ""),
        ([DENIED], TWICE, "post", ""),
        ([paid(ECG)], TWICE, "post", ""),  # of the other line it is no answer either
        ([paid(ECG)], paid(ECG_TWICE), "duplicate", "CARC 18"),
        ([paid(ECG)], paid(VISIT_DENIED, ECG_TWICE, status="4"), "post", ""),  # one line is denied, the other known
        ([paid(VISIT_DENIED, ECG_TWICE, status="4")], FULL, "post", ""),
        ([FULL], paid(VISIT_DENIED, ECG_TWICE, status="4"), "hold", "without its reversal"),
        ([paid(ECG)], paid(VISIT, ECG_TWICE), "post", ""),
        ([paid(VISIT, ECG_TWICE)], paid(ECG), "post", ""),
        ([paid(VISIT, ECG_TWICE)], paid(VISIT, trace="T2"), "hold", "duplicate"),
        ([FULL], paid(VISIT, ECG, trace="T9", payer=SECOND), "hold", "duplicate"),  # the same money of another sender
        ([FULL], paid(ECG, trace="T9", payer=SECOND, status="2"), "hold", "duplicate"),
        ([paid(*THEIRS, status="2", payer=SECOND)], paid(*THEIRS, trace="T9", payer=THIRD), "hold", "duplicate"),
        ([FULL, paid(*THEIRS, payer=SECOND)], paid(*THEIRS, status="2", payer=THIRD), "hold", "duplicate"),
        ([paid(VISIT, ECG, payer=SECOND)], FULL, "hold", "duplicate"),
        ([paid(*THEIRS, payer=SECOND)], FULL, "hold", "not the claim's by name or number"),
        ([paid(VISIT), paid(ECG, trace="T2")], back(FULL), "post", ""),  # both parts in one
        ([paid(VISIT), paid(ECG, trace="T2")], back(paid(ECG)), "post", ""),
        ([MORE], back(FULL), "hold", "do not stand"),
        ([], msgspec.structs.replace(back(FULL), charge=Decimal(1110), paid=Decimal("185.6")), "hold", "positive"),
        ([FULL], msgspec.structs.replace(back(FULL), paid=Decimal("185.6")), "hold", "positive"),
        ([], msgspec.structs.replace(FULL, paid=Decimal("-53.6")), "hold", "negative"),
        ([], msgspec.structs.replace(FULL, status="25"), "hold", "predetermination"),
        ([], paid(VISIT, ECG, bpr03="D"), "hold", "debited"),
    ],
)  # fmt: skip
def test_a_payment_beside_what_stands(before: list[Remittance], payment: Remittance, outcome: str, word: str) -> None:
    ruling = Counting(FACTS, before).judge(payment)
    assert ruling.outcome == outcome
    assert word in (ruling.problem.message if ruling.problem else "")
    assert ruling.problem is None or ruling.problem.how_to_fix


def test_of_a_payment_from_before_this_system_the_reversal_is_held_and_the_correction_counts() -> None:
    """Whichever stands first: the payment and its reversal come to nothing, and neither is in the claim's sums."""
    for pair in ([back(FULL), MORE], [MORE, back(FULL)]):
        claim = Counting(FACTS)
        assert claim.ahead(pair[0], pair[1:]) == []
        outcomes = {one.status: claim.judge(one) for one in pair}
        assert (outcomes["22"].outcome, outcomes["1"].outcome) == ("hold", "post")
        assert outcomes["22"].problem is not None and outcomes["22"].problem.how_to_fix.startswith("Set it aside")


def test_a_claim_level_payment_answers_the_whole_claim() -> None:
    bare = msgspec.structs.replace(FULL, lines=())
    assert Counting(FACTS, [bare]).judge(msgspec.structs.replace(MORE)).outcome == "hold"
    assert Counting(FACTS, [FULL]).judge(bare).outcome == "hold"


def test_the_same_rulings_whether_one_batch_or_several() -> None:
    whole = Counting(FACTS)
    said = [whole.judge(p).outcome for p in (FULL, paid(VISIT, ECG, trace="T9"), back(FULL), MORE, MORE)]
    assert said == ["post", "hold", "post", "post", "hold"]
    assert Counting(FACTS, [FULL, back(FULL), MORE]).judge(MORE).outcome == "hold"


def test_a_reversal_is_judged_before_the_correction_that_an_835_has_first() -> None:
    claim = Counting(FACTS, [FULL])
    assert claim.ahead(MORE, [back(FULL)]) == [0]
    assert [claim.judge(one).outcome for one in (back(FULL), MORE, back(FULL))] == ["post", "post", "hold"]


@pytest.mark.parametrize(
    ("before", "payment", "coming", "ahead"),
    [
        ([FULL], MORE, [msgspec.structs.replace(back(FULL), paid=FULL.paid)], []),  # a positive one is held
        ([FULL], MORE, [back(MORE), back(FULL)], [1]),  # the first takes back what comes here
        ([paid(VISIT), paid(ECG, trace="T2")], MORE, [back(FULL)], [0]),  # both parts in one
        ([paid(VISIT), paid(ECG, trace="T2")], MORE, [back(paid(VISIT)), back(paid(ECG))], [0, 1]),
        ([paid(VISIT)], paid(ECG, trace="T2"), [back(paid(VISIT))], []),  # a part of its own
        ([], FULL, [back(FULL)], []),
        ([FULL], back(FULL), [back(FULL)], []),
    ],
)
def test_which_reversals_go_ahead(
    before: list[Remittance], payment: Remittance, coming: list[Remittance], ahead: list[int]
) -> None:
    assert Counting(FACTS, before).ahead(payment, coming) == ahead


@pytest.mark.parametrize(
    ("before", "payment", "others"),
    [
        ([], FULL, False),
        ([FULL], paid(*THEIRS, status="2", payer=SECOND), True),
        ([], paid(VISIT, ECG, status="2", payer=SECOND), True),
        ([], paid(VISIT, ECG, status="21", payer=SECOND), True),
        ([], paid(VISIT, ECG, status="3", payer=SECOND), True),
        ([FULL], paid(*THEIRS, payer=SECOND), True),  # the claim's own payer has answered
        ([DENIED], paid(*THEIRS, payer=SECOND), True),
        ([TWICE], paid(*THEIRS, payer=SECOND), False),  # it has not
        ([HANDED_ON], paid(*THEIRS, payer=SECOND), False),  # its answer is that of whom it handed the claim on to
        ([HANDED_ON], FULL, False),
        ([HANDED_ON, paid(*THEIRS, payer=SECOND)], paid(VISIT, ECG, status="2", payer=THIRD), True),
        ([], paid(VISIT, ECG, payer=SECOND), False),  # payers go by several names and numbers
        ([], paid(line("99285", 1050, "300", denied="23"), ECG, payer=SECOND), True),
        ([], paid(VISIT, ECG, payer=Party("PR", name="Meridian Example Health of Texas")), False),
        ([], paid(VISIT, ECG, payer=Party("PR", name="HARBOR", references=(Reference("2U", "99101"),))), False),
        ([], paid(VISIT, ECG, status="19"), False),
    ],
)
def test_whose_payment_it_is(before: list[Remittance], payment: Remittance, others: bool) -> None:
    ruling = Counting(FACTS, before).judge(payment, knows_member=True)
    assert (ruling.outcome, ruling.from_other_payer) == ("post", others)


@pytest.mark.parametrize(
    ("before", "payment", "outcome"),
    [
        ([], paid(*THEIRS, payer=SECOND), "hold"),
        ([], paid(VISIT_DENIED, status="4", payer=SECOND), "hold"),
        ([TWICE], paid(*THEIRS, payer=SECOND), "hold"),
        (
            [],
            paid(*THEIRS, payer=Party("PR", name="HARBOR EXAMPLE MUTUAL", references=(Reference("2U", "99101"),))),
            "post",
        ),
        ([], paid(*THEIRS, payer=Party("PR")), "post"),  # its payer is not named
        ([HANDED_ON], paid(*THEIRS, payer=SECOND), "post"),
        ([FULL], paid(*THEIRS, payer=SECOND), "post"),  # as another payer's
    ],
)
def test_a_strange_payer_answers_first_only_where_it_knows_the_member(
    before: list[Remittance], payment: Remittance, outcome: str
) -> None:
    ruling = Counting(FACTS, before).judge(payment)
    assert ruling.outcome == outcome
    if outcome == "hold":
        assert ruling.problem is not None and "not the claim's by name, number or its member" in ruling.problem.message
        assert Counting(FACTS, before).judge(payment, knows_member=True).outcome == "post"


@pytest.mark.parametrize("first", ["own", "strange"])
def test_a_strange_payer_counts_as_another_in_whatever_order_it_comes(first: str) -> None:
    """Held first and posted after the claim's own payer has answered, or coming after it: both times beside it."""
    claim, theirs = Counting(FACTS), paid(*THEIRS, payer=SECOND)
    if first == "strange":
        assert claim.judge(theirs).outcome == "hold"
    assert claim.judge(FULL).from_other_payer is False
    ruling = claim.judge(theirs)
    assert (ruling.outcome, ruling.from_other_payer) == ("post", True)


def test_another_payers_payment_twice_is_held_like_any() -> None:
    second = paid(VISIT, ECG, status="2", payer=SECOND, trace="S1")
    claim = Counting(FACTS, [FULL, second])
    assert claim.judge(paid(VISIT, ECG, status="2", payer=SECOND, trace="S2")).outcome == "hold"
    assert claim.judge(back(second)).from_other_payer is True


@pytest.mark.parametrize("status", ["1", "2", "3", "4", "19", "20", "21"])
def test_the_claims_own_payer_answers_it_under_whatever_rank(status: str) -> None:
    """The claim was sent as the primary payer's (SBR01 P); the rank in CLP02 may be the payer's own mistake."""
    answer = msgspec.structs.replace(FULL, status=status)
    claim = Counting(PRIMARY)
    ruling = claim.judge(answer)
    assert (ruling.outcome, ruling.from_other_payer) == ("post", False)
    again = claim.judge(paid(VISIT, ECG, trace="T2"))
    assert again.outcome == "hold"
    denial = Counting(PRIMARY).judge(msgspec.structs.replace(DENIED, status=status))
    assert (denial.outcome, denial.from_other_payer) == ("post", False)


@pytest.mark.parametrize(
    ("before", "payment", "outcome", "others"),
    [
        ([], paid(line("99285", 1050, "300", denied="23"), ECG, status="2"), "hold", False),
        ([], paid(line("99285", 1050, "300", denied="23"), ECG), "post", False),
        ([FULL], paid(line("99285", 1050, "300", denied="23"), status="2"), "post", True),  # the patient's other plan
        ([FULL], paid(line("99285", 1050, "300", denied="23")), "hold", False),
        ([HANDED_ON], paid(*THEIRS, status="2", payer=SECOND), "hold", False),
        ([HANDED_ON], paid(line("99285", 1050, "300", denied="23"), payer=SECOND), "hold", False),
        ([HANDED_ON], paid(VISIT_DENIED, status="4", payer=SECOND), "post", False),
    ],
)
def test_what_is_of_an_uncertain_rank_is_for_a_person(
    before: list[Remittance], payment: Remittance, outcome: str, others: bool
) -> None:
    ruling = Counting(PRIMARY, before).judge(payment)
    assert (ruling.outcome, ruling.from_other_payer) == (outcome, others)
    assert (ruling.problem is None) == (outcome == "post")


def test_two_parts_of_equal_amounts_are_told_apart_by_their_lines() -> None:
    """Two lines of $60 and $9.60: the reversal of the first lets its correction be posted."""
    lines = (*FACTS.lines, msgspec.structs.replace(FACTS.lines[1], line=3, code="93005"))
    facts = msgspec.structs.replace(FACTS, lines=lines)
    other = line("93005", 60, "9.6", "2.4")
    claim = Counting(facts, [paid(ECG), paid(other, trace="T2")])
    more = paid(line("93010", 60, "20", "5"), trace="T3")
    assert [claim.judge(one).outcome for one in (back(paid(ECG)), more)] == ["post", "post"]
    assert claim.judge(paid(line("93005", 60, "20", "5"), trace="T4")).outcome == "hold"


def test_who_the_payer_is() -> None:
    assert same_payer(FULL.payment, FACTS) is True
    assert same_payer(paid(VISIT, payer=SECOND).payment, FACTS) is False
    assert same_payer(paid(VISIT, payer=Party("PR")).payment, FACTS) is None
    assert by_itself(FULL) is None


def on(payment: Remittance, day: int) -> Remittance:
    """The payment as of a day of October."""
    dated = msgspec.structs.replace(payment.payment, paid_on=date(2026, 10, day) if day else None)
    return msgspec.structs.replace(payment, payment=dated)


@pytest.mark.parametrize(
    ("payment", "reversal", "same"),
    [
        (on(FULL, 5), on(back(FULL), 12), True),
        (on(FULL, 12), on(back(FULL), 12), False),  # of one day: the payer's next answer may be the same
        (on(FULL, 19), on(back(FULL), 12), False),
        (on(FULL, 0), on(back(FULL), 12), False),  # undated
        (on(MORE, 5), on(back(FULL), 12), False),
        (on(paid(VISIT), 5), on(back(FULL), 12), False),  # a part of it
        (on(back(FULL), 5), on(back(FULL), 12), False),
        (on(paid(VISIT, ECG, status="2", payer=SECOND), 5), on(back(FULL), 12), False),  # another payer's
    ],
)
def test_which_reversal_takes_back_just_this_payment(payment: Remittance, reversal: Remittance, same: bool) -> None:
    assert Counting(FACTS, [MORE]).reverses(reversal, payment) is same


LESS = line("99285", 1050, "100", "44")


@pytest.mark.parametrize(
    ("after", "outcomes"),
    [
        ([back(paid(VISIT, trace="T2")), paid(LESS, trace="T2")], ["post", "post"]),
        ([back(paid(VISIT, trace="T2")), paid(LESS, ECG, trace="T2")], ["post", "hold"]),
        ([back(paid(VISIT, trace="T2")), back(paid(VISIT, trace="T3"))], ["post", "hold"]),
        ([back(paid(VISIT, trace="T2")), back(paid(VISIT, ECG, trace="T3"))], ["post", "hold"]),
        ([back(paid(VISIT, trace="T2")), back(paid(ECG, trace="T3"))], ["post", "post"]),
        ([back(paid(LESS, trace="T2")), paid(LESS, trace="T2")], ["hold", "hold"]),
    ],
    ids=["corrected", "the other line again", "twice", "then all of it", "then the other", "of another amount"],
)
def test_one_line_of_a_payment_taken_back(after: list[Remittance], outcomes: list[str]) -> None:
    """A reversal names the visit alone; the ECG that was paid with it stands."""
    counting = Counting(FACTS, [paid(VISIT, ECG)])
    assert [counting.judge(one).outcome for one in after] == outcomes


def test_a_line_is_taken_back_before_its_correction_that_an_835_has_first() -> None:
    counting = Counting(FACTS, [paid(VISIT, ECG)])
    assert counting.ahead(paid(LESS, trace="T2"), [back(paid(VISIT, trace="T2"))]) == [0]


def test_what_is_lost_by_the_reversal_of_a_line_is_the_line() -> None:
    whole, taken = paid(VISIT, ECG), back(paid(VISIT, trace="T2"))
    before, after = Counting(FACTS, [whole]), Counting(FACTS, [whole, taken])
    visit = msgspec.structs.replace(
        whole, charge=Decimal(1050), paid=Decimal(176), patient_responsibility=Decimal(44), lines=(VISIT,)
    )
    assert before.lost(after) == [visit]
    assert not after.stands(whole) and [one.paid for one in after.payments] == [Decimal("9.6")]
    gone = Counting(FACTS, [whole, back(whole)])
    assert before.lost(gone) == [whole]
