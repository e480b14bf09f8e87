"""The same money under other codes counts once; a line that is answered in parts is answered by all of them.

The claim: 99285 on $1,050, 93010 on $60. Its payments are those of `test_counting`: $176 and $44, $9.60 and $2.40.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from recoup_x12.model import Procedure, Reference, Remittance, ServicePayment
from services.intake.domain.counting import Counting, by_itself
from services.intake.domain.facts import remittance_facts
from services.intake.domain.line_content import joined, one_answer
from shared.payer_answers import answer_of
from tests.unit.intake.matching.test_counting import (
    DAY,
    DENIED,
    ECG,
    FACTS,
    FULL,
    SECOND,
    VISIT,
    VISIT_DENIED,
    back,
    line,
    paid,
)


def other(code: str, like: ServicePayment, qualifier: str = "NU") -> ServicePayment:
    """The line under another code, without a word of the one billed."""
    return msgspec.structs.replace(like, procedure=Procedure(qualifier, code))


def half(paid_: str, share: str, number: str, charge: int = 525) -> Remittance:
    """A part of the visit's $1,050, with a number of its own."""
    one = msgspec.structs.replace(line("99285", charge, paid_, share), references=(Reference("6R", "1"),))
    return msgspec.structs.replace(paid(one), payer_claim_number=number)


ROOM, TEST = other("0450", VISIT), other("0730", ECG)
UNDER_OTHERS = paid(ROOM, TEST, trace="T9")
RECODED = paid(line("99284", 1050, "300", "50"), line("93000", 60, "40", "10"), trace="T9")
BUNDLED = paid(line("99281", 1110, "300", "50"), trace="T9")
BILLED_AS = paid(msgspec.structs.replace(other("99284", VISIT, "HC"), billed=Procedure("HC", "99285")), trace="T9")
NOTHING_CHARGED = msgspec.structs.replace(line("G0463", 0, "0"), adjustments=())


@pytest.mark.parametrize(
    ("before", "payment", "outcome", "word"),
    [
        ([FULL], UNDER_OTHERS, "hold", "duplicate"),
        ([UNDER_OTHERS], FULL, "hold", "duplicate"),
        ([FULL], paid(TEST, trace="T9"), "hold", "duplicate"),  # one line of it
        ([paid(ECG)], paid(TEST, trace="T9"), "hold", "duplicate"),  # $120 of $1,110, but one line of $60 only
        ([paid(TEST)], paid(ECG, trace="T9"), "hold", "duplicate"),
        ([UNDER_OTHERS], paid(other("0451", VISIT), other("0739", ECG), trace="T9"), "hold", "duplicate"),
        ([FULL], paid(ROOM, TEST, trace="T9", payer=SECOND), "hold", "duplicate"),  # the same money of another sender
        ([FULL], RECODED, "hold", "more would be answered than it charged"),
        ([RECODED], FULL, "hold", "more would be answered than it charged"),
        ([FULL], BUNDLED, "hold", "more would be answered than it charged"),
        ([FULL], BILLED_AS, "hold", "duplicate"),  # SVC06 names the code billed
        ([FULL, back(FULL)], RECODED, "post", ""),
        ([], UNDER_OTHERS, "post", ""),
        ([], msgspec.structs.replace(FULL, lines=()), "post", ""),  # it names no lines
        ([DENIED], UNDER_OTHERS, "post", ""),  # nothing hung on the denial
        ([paid(ECG)], paid(ROOM, trace="T9"), "post", ""),  # parts of the claim
        ([paid(ROOM)], paid(TEST, trace="T9"), "post", ""),
        ([paid(ROOM)], paid(ECG, trace="T9"), "post", ""),
        ([FULL], paid(NOTHING_CHARGED, trace="T9"), "post", ""),  # what was not charged for
        # the visit as $1,000 and $50 under two codes, the ECG as it was billed: $1,110
        ([paid(ECG), paid(line("99284", 1000, "150", "40"))], paid(line("99051", 50, "26", "4")), "post", ""),
        ([paid(line("99284", 1000, "150", "40"))], paid(line("99051", 111, "26", "4")), "hold", "than it charged"),
    ],
)  # fmt: skip
def test_the_same_lines_under_other_codes(
    before: list[Remittance], payment: Remittance, outcome: str, word: str
) -> None:
    ruling = Counting(FACTS, before).judge(payment)
    assert (ruling.outcome, word in (ruling.problem.message if ruling.problem else "")) == (outcome, True)


REPEATED = msgspec.structs.replace(VISIT, references=(Reference("6R", "1"),))
PART, REST = line("99285", 525, "80", "20"), line("99285", 525, "100", "24")


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        ((VISIT, VISIT, ECG), "hold"),  # $1,050 answered twice
        ((REPEATED, REPEATED, ECG), "hold"),
        ((VISIT, REPEATED), "hold"),
        ((PART, REST, ECG), "post"),  # $525 and $525 of $1,050
        ((PART, REST, line("99285", 10, "5")), "hold"),  # $10 more than was billed
        ((VISIT, msgspec.structs.replace(VISIT, charge=Decimal(0), paid=Decimal(0), adjustments=())), "post"),
        ((VISIT, ECG, ECG), "hold"),
        ((line("99285", 1200, "176", "44"), ECG), "post"),  # told once, of another charge
        ((VISIT, ECG, line("93005", 60, "9.6")), "post"),  # a code that the claim does not have repeats none
    ],
)
def test_a_line_repeated_in_one_claim_payment_is_for_a_person(lines: tuple[ServicePayment, ...], outcome: str) -> None:
    ruling = Counting(FACTS).judge(paid(*lines))
    assert ruling.outcome == outcome
    assert ruling.problem is None or "several times in one claim payment" in ruling.problem.message


def test_a_line_that_was_billed_twice_may_be_answered_twice_and_no_more() -> None:
    lines = (*FACTS.lines, msgspec.structs.replace(FACTS.lines[1], line=3))
    facts = msgspec.structs.replace(FACTS, total_charge=Decimal(1170), lines=lines)
    assert Counting(facts).judge(paid(VISIT, ECG, ECG)).outcome == "post"
    assert Counting(facts).judge(paid(VISIT, ECG, ECG, ECG)).outcome == "hold"


def test_two_lines_of_one_charge_are_both_answered_under_a_code_that_neither_has() -> None:
    """$1,050, $60 and $60: the second $60 under a revenue code is the third line, a third one is none."""
    lines = (*FACTS.lines, msgspec.structs.replace(FACTS.lines[1], line=3, code="93005"))
    facts = msgspec.structs.replace(FACTS, total_charge=Decimal(1170), lines=lines)
    claim = Counting(facts, [paid(ECG)])
    assert claim.judge(paid(TEST, trace="T2")).outcome == "post"
    assert claim.judge(paid(other("0739", ECG), trace="T3")).outcome == "hold"


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ([half("80", "20", "A"), half("100", "24", "B")], True),
        ([half("88", "22", "A"), half("88", "22", "B")], True),  # halves may be alike
        ([half("60", "10", "A", 350), half("60", "20", "B", 350), half("60", "14", "C", 350)], True),
        ([half("80", "20", "A"), paid(ECG), half("100", "24", "B")], True),
        ([half("60", "10", "A", 350), half("60", "20", "B", 350)], False),  # $350 are missing
        ([half("80", "20", "A"), half("100", "24", "B", 600)], False),
        ([half("80", "20", "A"), half("100", "24", "B"), half("90", "20", "C")], False),
        ([half("176", "44", "A", 1050), half("0", "0", "B", 0)], False),
        ([paid(VISIT), paid(ECG)], False),  # each line has its own answer
        ([FULL, msgspec.structs.replace(FULL, lines=())], False),
    ],
)
def test_parts_of_a_line_come_to_its_charge(parts: list[Remittance], whole: bool) -> None:
    assert one_answer(parts, FACTS) is whole


def test_parts_joined_read_as_the_payer_would_have_sent_them_in_one() -> None:
    """$80 and $100 paid of $525 each: $180 of $1,050, and the patient's $44, on one line of the claim."""
    both = joined(half("80", "20", "A"), half("100", "24", "B"), FACTS)
    assert (both.charge, both.paid, both.payer_claim_number) == (Decimal(1050), Decimal(180), "A")
    told = remittance_facts(both, "R", FACTS, DAY)
    assert [(one.line, one.charge, one.paid, one.units) for one in told.lines] == [(1, 1050, 180, 1)]
    assert answer_of(told).share == Decimal(44)
    apart = [back(half("80", "20", "A")), back(half("100", "24", "B"))]
    claim = Counting(FACTS, [both])
    assert claim.judge(apart[0]).outcome == "hold"
    assert claim.judge(joined(apart[0], apart[1], FACTS)).outcome == "post"


def test_half_of_a_line_answered_in_another_835_is_for_a_person() -> None:
    later = half("100", "24", "B")
    later = msgspec.structs.replace(later, payment=msgspec.structs.replace(later.payment, trace_number="T2"))
    assert Counting(FACTS, [half("80", "20", "A")]).judge(later).outcome == "hold"


NETTED = paid(*back(paid(VISIT)).lines, line("99285", 1050, "316", "50"))
"""A correction netted into one claim payment: $0 charged, $140 paid."""
LESS = paid(VISIT, msgspec.structs.replace(ECG, paid=Decimal("-9.6")))


@pytest.mark.parametrize(("payment", "word"), [(NETTED, "negative"), (LESS, "negative"), (back(FULL), "")])
def test_lines_of_both_signs_are_for_a_person(payment: Remittance, word: str) -> None:
    problem = by_itself(payment)
    assert (word in problem.message) if problem is not None else not word
    if word:
        assert (payment.charge >= 0, payment.paid > 0) == (True, True)


@pytest.mark.parametrize(("currency", "outcome"), [("CAD", "hold"), ("EUR", "hold"), ("USD", "post"), ("", "post")])
def test_what_is_paid_in_another_currency_is_not_booked_as_dollars(currency: str, outcome: str) -> None:
    foreign = msgspec.structs.replace(FULL, payment=msgspec.structs.replace(FULL.payment, currency=currency))
    ruling = Counting(FACTS).judge(foreign)
    assert ruling.outcome == outcome
    assert (ruling.problem is not None and "another currency" in ruling.problem.message) == (outcome == "hold")


def test_a_denied_line_in_parts_is_answered_again_as_a_whole() -> None:
    assert Counting(FACTS, [paid(VISIT_DENIED, status="4")]).judge(FULL).outcome == "post"
