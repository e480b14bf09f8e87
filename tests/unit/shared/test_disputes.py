"""Which of a claim's disputes is meant, and what a verdict says of the lines that no other dispute holds."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from shared.events.assessment import AssessedLine, ClaimDenied, UnderpaymentFlagged
from shared.events.disputes import NotNamed, case_id_in, place_meant, place_of, without_lines
from tests.unit.settlement.world import START

D = Decimal
NAMES = ("a", "b", "c")


@pytest.mark.parametrize(
    ("case_id", "place"),
    [("", 0), ("a", 0), ("b", 1), ("c", 2), ("unknown", 0), (case_id_in("c", "external_review"), 2)],
)
def test_an_event_that_names_no_dispute_beside_the_first_is_about_the_first(case_id: str, place: int) -> None:
    assert place_of(NAMES[1:], case_id) == place


@pytest.mark.parametrize(
    ("live", "case_id", "having", "place"),
    [
        ((True, True, True), "b", (), 1),
        ((True, True, True), "b", (True, False, False), 1),  # who names one is believed
        ((True, False, True), "b", (), 1),  # also of one that ended: the rules then refuse or not
        ((True, True, True), case_id_in("b", "federal_idr"), (), 1),
        ((True, True, True), "", (False, False, True), 2),
        ((True, False, False), "", (False, True, False), 1),
        ((False, True, False), "", (), 1),
        ((False, True, False), "", (True, True, False), 1),
        ((False, False, False), "", (), 0),
    ],
)
def test_the_dispute_that_a_person_means(
    live: Sequence[bool], case_id: str, having: Sequence[bool], place: int
) -> None:
    assert place_meant(NAMES, live, case_id, having) == place


@pytest.mark.parametrize(
    ("live", "case_id", "having", "places"),
    [
        ((True, True, False), "", (), (0, 1)),
        ((True, False, True), "", (True, True, False), (0, 2)),
        ((True, False, False), "unknown", (), (0, 1, 2)),
    ],
)
def test_where_it_is_not_said_nothing_is_guessed(
    live: Sequence[bool], case_id: str, having: Sequence[bool], places: tuple[int, ...]
) -> None:
    with pytest.raises(NotNamed) as asked:
        place_meant(NAMES, live, case_id, having)
    assert asked.value.places == places


def line(number: int, verdict: str, charge: str, allowed: str, *fair: str | None) -> AssessedLine:
    floor, target, stretch = (None if amount is None else D(amount) for amount in fair)
    return AssessedLine(
        line=number, code="99284", modifiers=(), charge=D(charge), allowed=D(allowed), paid=D(allowed),
        patient_share=D(0), verdict=verdict, floor=floor, target=target, stretch=stretch,  # type: ignore[arg-type]
    )  # fmt: skip


SHORT = line(1, "underpaid", "1000", "200", "500", "600", "800")
UNPRICED = line(2, "denied", "300", "0", None, None, None)
FAIR = line(3, "paid_fairly", "100", "90", "50", "80", "100")


def flagged(*lines: AssessedLine) -> UnderpaymentFlagged:
    """Lines 1 and 2 are in dispute: 200 allowed of 500 + 300, 600 + 300, 800 + 300."""
    return UnderpaymentFlagged(
        claim_id="c", remittance_id="r", specialty="s", policy="p", allowed=D(200), paid=D(200), patient_share=D(0),
        floor=D(800), target=D(900), stretch=D(1100), shortfall=D(700), expected_net=D(0), confidence=1,
        notice_on=START, lines=lines,
    )  # fmt: skip


def amounts(event: UnderpaymentFlagged) -> tuple[Decimal, ...]:
    return event.allowed, event.floor, event.target, event.stretch, event.shortfall


def test_the_charge_is_what_a_line_without_a_benchmark_should_have_been_allowed() -> None:
    assert SHORT.fair == (D(500), D(600), D(800)) and UNPRICED.fair == (D(300), D(300), D(300))


def test_a_verdict_without_the_lines_of_another_dispute_is_less_by_their_amounts() -> None:
    whole = flagged(SHORT, UNPRICED, FAIR)
    assert without_lines(whole, {7}) is whole
    first = without_lines(whole, {2})
    assert isinstance(first, UnderpaymentFlagged)
    assert amounts(first) == (D(200), D(500), D(600), D(800), D(400)) and first.lines == (SHORT, FAIR)
    second = without_lines(whole, {1})
    assert isinstance(second, UnderpaymentFlagged)
    assert amounts(second) == (D(0), D(300), D(300), D(300), D(300))
    both = without_lines(whole, {3})
    assert isinstance(both, UnderpaymentFlagged) and amounts(both) == amounts(whole), "a fair line is in no sum"
    assert without_lines(whole, {1, 2}) is None, "nothing of the rest is contested"


def test_a_denial_without_the_lines_of_another_dispute() -> None:
    other = line(4, "denied", "50", "0", "10", "20", "30")
    denied = ClaimDenied(
        claim_id="c", remittance_id="r", specialty="s", charge=D(350), target=D(320), notice_on=START, carcs=("50",),
        lines=(UNPRICED, other),
    )  # fmt: skip
    left = without_lines(denied, {2})
    assert isinstance(left, ClaimDenied) and (left.charge, left.target, left.lines) == (D(50), D(20), (other,))
    assert without_lines(denied, {2, 4}) is None
