"""Our offer in federal IDR: chosen apart from the fair value, inside what has won, and told with what held it."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.settlement.domain.idr_offer import (
    CHANCE,
    CHARGE,
    MEDIAN,
    POLICY,
    RANGE,
    Fees,
    IdrLine,
    OfferChoice,
    OfferLimits,
    choose_offer,
)
from services.settlement.domain.public_record import (
    Chance,
    PublicRecord,
    RecordUnreadable,
    Winning,
    parse_public_record,
)
from services.settlement.domain.win_model import Cell, WinModel

D = Decimal
FEES = Fees(D(15), D(520))
EVEN = WinModel(
    version="v", quarters=("2025Q1",), lines=100, discount=0.75, shrink=15, base={"": Cell(100, 50)}, cells={},
    weights={}, intercept=0, drift=0.3,
)  # fmt: skip


def record(*cells: Winning, response: float = 0.0) -> PublicRecord:
    return PublicRecord(
        version="r1", models={"air": EVEN, "medical": EVEN}, winning=cells, payer_offer={"air": 1.05, "medical": 1.0},
        response=response, payers=(("united ?health", "UnitedHealthcare"),),
    )  # fmt: skip


def told(chance: float, spread: float = 0.0) -> Chance:
    return Chance(math.log(chance / (1 - chance)), spread, ())


def line(**more: Any) -> IdrLine:
    known: dict[str, Any] = {"line": 1, "code": "99285", "allowed": D(100), "target": D(200), "charge": D(1000)}
    return IdrLine(**{**known, "qpa": D(100), **more})


MEDIAN_3 = Winning("99281", "99288", 1000, 3.0)
RANGE_1_4 = Winning("99281", "99288", 1000, 2.0, 1.2, 4.0)


def choose(*lines: IdrLine, cell: Winning = MEDIAN_3, response: float = 0.0, **limits: Any) -> OfferChoice:
    return choose_offer(lines or (line(),), record(cell, response=response), told(0.8), OfferLimits(**limits), FEES)


@pytest.mark.parametrize(
    ("given_line", "cell", "limits", "offer", "bound"),
    [
        (line(), MEDIAN_3, {}, D("300.00"), MEDIAN),
        (line(), RANGE_1_4, {}, D("400.00"), RANGE),
        (line(charge=D("250.00")), MEDIAN_3, {}, D("250.00"), CHARGE),
        (line(), MEDIAN_3, {"most_multiple": D("2.5")}, D("250.00"), POLICY),
        (line(target=D(350)), MEDIAN_3, {}, D("300.00"), MEDIAN),  # fair is more than has won: the range holds it
    ],
)
def test_a_flat_chance_goes_to_the_bound_and_says_which(
    given_line: IdrLine, cell: Winning, limits: dict[str, Any], offer: D, bound: str
) -> None:
    found = choose(given_line, cell=cell, **limits)
    assert (found.offer, found.bound) == (offer, bound)
    assert found.lines == ((1, offer),)


def test_the_value_of_each_point_is_what_the_formula_gives_by_hand() -> None:
    found = choose()  # chance 0.8 at every offer; the payer's likely offer is its QPA of 100
    first, last = found.curve[0], found.curve[-1]
    # 0.8 × 100 + 0.2 × 100 − 100 − 15 − 0.2 × 520 = −119.00; 0.8 × 300 + 0.2 × 100 − 100 − 15 − 104 = 41.00
    assert (first.offer, first.value) == (D("100.00"), D("-119.00"))
    assert (last.offer, last.multiple, last.chance, last.value) == (D("300.00"), D("3.00"), D("0.8000"), D("41.00"))
    # at the fair value: 0.8 × 200 + 20 − 100 − 15 − 104 = −39.00
    assert found.at_target is not None and (found.at_target.offer, found.at_target.value) == (D(200), D("-39.00"))
    assert found.payer_offer == D("100.00")


def test_a_chance_that_falls_steeply_holds_the_offer_inside_the_range() -> None:
    found = choose(cell=RANGE_1_4, response=4.0)
    assert found.bound == CHANCE
    assert found.curve[0].offer < found.offer < found.curve[-1].offer
    assert max(point.value for point in found.curve) == next(p.value for p in found.curve if p.offer == found.offer)


@pytest.mark.parametrize(
    ("given_line", "cell", "why"),
    [
        (line(qpa=None), MEDIAN_3, "disclosed no QPA"),
        (line(qpa=D(0)), MEDIAN_3, "disclosed no QPA"),
        (line(), Winning("99281", "99288", 49, 3.0), "has 49 determinations of a line's service, and 50 are needed"),
        (line(code="J1234"), MEDIAN_3, "has 0 determinations"),
        (line(allowed=D(320)), MEDIAN_3, "what was allowed lies above all that the record has seen win"),
    ],
)
def test_too_little_known_falls_back_to_the_fair_value_and_says_why(
    given_line: IdrLine, cell: Winning, why: str
) -> None:
    found = choose(given_line, cell=cell)
    assert (found.offer, found.lines, found.curve, found.at_target) == (D(200), ((1, D(200)),), (), None)
    assert why in found.why_target


def test_the_pessimistic_quantile_lies_below_the_mean_by_its_normal_deviate() -> None:
    # one in ten: 1.2816 standard deviations of 0.5 below log odds of 0: 1 / (1 + e^0.6408) = 0.3451
    found = choose_offer((line(),), record(MEDIAN_3), told(0.5, 0.5), OfferLimits(), FEES)
    assert {point.chance for point in found.curve} == {D("0.3451")}


dollars = st.integers(1, 500_000).map(lambda n: D(n).scaleb(-2))


@given(
    qpa=dollars, allowed=dollars, charge=dollars, target=dollars, median=st.floats(0.3, 40), response=st.floats(0, 5),
    chance=st.floats(0.05, 0.97), spread=st.floats(0, 1),
)  # fmt: skip
def test_an_offer_is_never_above_the_charge_nor_below_what_was_allowed(
    qpa: D, allowed: D, charge: D, target: D, median: float, response: float, chance: float, spread: float
) -> None:
    charge = max(charge, allowed)
    one = line(qpa=qpa, allowed=allowed, charge=charge, target=target)
    found = choose_offer(
        (one, line(line=2)), record(Winning("99281", "99288", 99, median), response=response), told(chance, spread),
        OfferLimits(), FEES,
    )  # fmt: skip
    if found.why_target:
        assert found.lines == ((1, target), (2, D(200)))
        return
    assert allowed <= dict(found.lines)[1] <= charge
    assert sum(amount for _, amount in found.lines) == found.offer
    chances = [point.chance for point in found.curve]
    assert chances == sorted(chances, reverse=True)  # it never rises with the offer
    top = max(allowed, min(charge, (qpa * D(str(median))).quantize(D("0.01")) + D("0.01"), qpa * 15))
    assert dict(found.lines)[1] <= top


def test_the_narrowest_cell_of_a_code_counts() -> None:
    wide, narrow = Winning("92920", "93998", 100, 4.0), Winning("93880", "93998", 100, 7.0)
    assert record(wide, narrow).winning_of("93880") == narrow
    assert record(wide, narrow).winning_of("93000") == wide
    assert record(wide).winning_of("A0431") is None


def test_who_answers_is_found_by_the_names_of_the_record() -> None:
    assert record().payer_named("UNITED-HEALTHCARE of Texas, Inc.") == "UnitedHealthcare"
    assert record().payer_named("Prairie Mutual") == record().payer_named("") == ""


@pytest.mark.parametrize("data", [b"", b"[]", b'{"version":"1"}'])
def test_a_record_that_cannot_be_used_is_refused(data: bytes) -> None:
    with pytest.raises(RecordUnreadable):
        parse_public_record(data)
