"""Shares, medians and histograms of outcomes: intervals worked out by hand, and coverage counted exactly."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from msgspec.structs import replace

from services.gateway.domain.amounts import apply
from services.gateway.domain.outcomes import QUANTILES, Bin, median_interval, ratio, share, spread
from services.gateway.domain.view import ClaimView
from shared.events.assessment import AssessedLine, ClaimDenied
from tests.unit.gateway.lives import DAY, envelope, flagged, new_claim, won

D = Decimal


@pytest.mark.parametrize(
    ("part", "whole", "low", "value", "high"),
    [
        # z = 1.645, z² = 2.706; 8 of 10: centre (0.8 + 0.1353) / 1.2706 = 0.7361, reach 0.2482 / 1.2706 = 0.1953
        (8, 10, "0.5408", "0.8000", "0.9315"),
        # 0 of 5: centre 0.2706 / 1.5412 = 0.1756, reach 1.645 × √(2.706 / 100) / 1.5412 = 0.1756
        (0, 5, "0.0000", "0.0000", "0.3512"),
        (5, 5, "0.6488", "1.0000", "1.0000"),
        # 300 of 1,000: centre (0.3 + 0.001353) / 1.002706 = 0.30054, reach 1.645 × √0.000210677 / 1.002706 = 0.02381
        (300, 1000, "0.2767", "0.3000", "0.3243"),
    ],
)
def test_a_share_says_how_sure_it_is(part: int, whole: int, low: str, value: str, high: str) -> None:
    found = share(part, whole)
    assert found is not None
    assert (found.value, found.part, found.whole) == (D(value), part, whole)
    assert abs(found.low - D(low)) <= D("0.0001") and abs(found.high - D(high)) <= D("0.0001")


def test_nothing_has_no_share_and_no_distribution() -> None:
    assert share(0, 0) is None and ratio(D(1), D(0)) == 0
    assert spread(0, None, [D(1)], [0, 0]) is None


def test_the_interval_holds_the_median_nine_times_in_ten() -> None:
    """Exactly: how many of n independent claims lie below their median is binomial (n, ½)."""
    for n in (*range(6, 400), 613, 800, 999):
        low, high = median_interval(n)
        assert low is not None and high is not None
        first, last = math.ceil(low * n - 1e-9), math.ceil(high * n - 1e-9)  # as percentile_disc takes ranks
        coverage = sum(math.comb(n, below) for below in range(first, last)) / 2**n
        assert coverage >= 0.9, n
    assert [median_interval(n) for n in (1, 2, 3, 4, 5)] == [(None, None)] * 5


def test_a_distribution_has_open_bins_at_both_ends() -> None:
    found = spread(100, [D(n) for n in range(len(QUANTILES))], [D("0.01"), D(50)], [60, 30, 10])
    assert found is not None
    assert found.bins == [Bin(None, D("0.01"), 60), Bin(D("0.01"), D(50), 30), Bin(D(50), None, 10)]
    assert (found.p10, found.median, found.p90) == (D(1), D(11), D(21))
    # n = 100: reach 0.08225 + 0.005, so between the quantiles 0.4 and 0.6
    assert (found.median_low, found.median_high) == (D(7), D(15))


def after(*events: object) -> ClaimView:
    view = ClaimView(code="99285")
    for event in events:
        view = apply(view, envelope(event))  # pyright: ignore[reportArgumentType]
    return view


def line(number: int, code: str, allowed: str, target: str | None, verdict: str = "underpaid") -> AssessedLine:
    return AssessedLine(
        line=number, code=code, modifiers=(), charge=D(2000), allowed=D(allowed), paid=D(allowed), patient_share=D(0),
        verdict=verdict, target=None if target is None else D(target),  # pyright: ignore[reportArgumentType]
    )  # fmt: skip


def test_the_line_most_underpaid_gives_the_claim_its_code() -> None:
    claim = new_claim()
    lines = (line(1, "99291", "100", "300"), line(2, "31500", "50", "900"), line(3, "71045", "0", None, "bundled"))
    view = after(replace(flagged(claim), lines=lines))
    assert view.code == "31500" and view.pursuit is not None
    assert (view.pursuit.began_on, view.pursuit.shortfall) == (flagged(claim).notice_on, 450)
    assert not view.pursuit.denied
    assert after(flagged(claim)).code == "99285", "where no line is named the claim's largest stands"


def test_a_pursuit_keeps_its_first_verdict_and_counts_to_one_policy() -> None:
    claim = new_claim()
    denial = ClaimDenied(
        claim_id=claim, remittance_id="r1", specialty="emergency_medicine", charge=D(1000), target=D("640.00"),
        notice_on=DAY, carcs=("50",),
    )  # fmt: skip
    view = after(denial, flagged(claim))
    assert view.pursuit is not None and view.pursuit.denied
    assert (view.pursuit.shortfall, view.pursuit.policy) == (D("640.00"), "")
    life = won(claim)
    countered = after(*life[:7])
    assert countered.pursuit is not None and countered.pursuit.policy == "2026-1"
    closed = after(*life[:-1], replace_policy(life[-1], "standard@2026-11"))
    assert closed.pursuit is not None and closed.pursuit.policy == "standard@2026-11"
    assert after(*life).pursuit == countered.pursuit, "a closing event from before it named a policy changes nothing"


def replace_policy(event: object, policy: str) -> object:
    return replace(event, policy=policy)  # pyright: ignore[reportArgumentType]
