"""A model that is wrong is seen to be: reliability, Brier score and verdict worked out by hand."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from services.settlement.application.decider import shipped_rulebook
from services.settlement.domain.account import Result
from services.settlement.domain.calibration import Bin, Forecast, calibrate, forecasts
from services.settlement.domain.payer_history import ForumCounts, PayerHistory
from services.settlement.domain.rulebook import Rulebook
from tests.unit.settlement.world import START, D, World


def test_the_score_and_the_bins_by_hand() -> None:
    # said 0.6 ten times, 6 won; said 0.3 ten times, 3 won; said 0.3500 twenty times, 7 won
    found = calibrate([Forecast(D("0.6"), 10, 6), Forecast(D("0.3"), 10, 3), Forecast(D("0.35"), 20, 7)])
    assert (found.n, found.won, found.predicted, found.observed) == (40, 16, D("0.4000"), D("0.4000"))
    # 6 × 0.16 + 4 × 0.36 = 2.4; 3 × 0.49 + 7 × 0.09 = 2.1; 7 × 0.4225 + 13 × 0.1225 = 4.55; together 9.05 of 40
    assert found.brier == D("0.2263") and found.brier_of_base_rate == D("0.2400")
    assert found.p_value is not None and found.p_value > D("0.99") and found.verdict == "as often as said"
    # 3 + 7 of 30 came true, said on average (10 × 0.3 + 20 × 0.35) / 30. Wilson: (0.3333 + 2.706 / 60) / 1.0902
    # ± 1.645 × √(0.2222 / 30 + 2.706 / 3600) / 1.0902 = 0.3471 ± 0.1363; of 6 in 10 0.5787 ± 0.2271
    assert found.bins == (
        Bin(D("0.3"), D("0.4"), 30, D("0.3333"), D("0.3333"), D("0.2108"), D("0.4834")),
        Bin(D("0.6"), D("0.7"), 10, D("0.6000"), D("0.6000"), D("0.3516"), D("0.8058")),
    )


def test_chances_that_never_or_always_come_true_have_their_place() -> None:
    found = calibrate([Forecast(D(1), 20, 20), Forecast(D(0), 20, 0)])
    assert [(b.low, b.high, b.observed) for b in found.bins] == [(0, D("0.1"), 0), (D("0.9"), 1, 1)]
    assert (found.brier, found.verdict) == (0, "as often as said")
    assert calibrate([Forecast(D(1), 40, 39)]).verdict == "less often than said", "certainty that failed once"
    assert calibrate([]).n == 0 and calibrate([Forecast(D("0.5"), 29, 0)]).verdict == "too few results"


TRUTHS: dict[str, tuple[Callable[[float], float], str]] = {
    "calibrated": (lambda said: said, "as often as said"),
    "too hopeful": (lambda said: max(said - 0.15, 0.02), "less often than said"),
    "too cautious": (lambda said: min(said + 0.15, 0.98), "more often than said"),
    "too extreme": (lambda said: 0.5 + (said - 0.5) / 4, "not as said"),  # on both sides, right on average
}


@pytest.mark.parametrize("kind", TRUTHS)
def test_what_is_wrong_with_a_model_is_said(kind: str) -> None:
    """400 forecasts between 0.1 and 0.9, drawn from what is true: the verdict in nine of ten histories at least."""
    truth, says = TRUTHS[kind]
    right = 0
    for seed in range(40):
        dice = random.Random(seed)
        told: list[Forecast] = []
        for n in range(400):
            said = 0.1 + 0.8 * n / 399
            told.append(Forecast(D(f"{said:.4f}"), 1, int(dice.random() < truth(said))))
        right += calibrate(told).verdict == says
    assert right >= 36, f"{right} of 40"


def believing(chance: int) -> Rulebook:
    """The standard policy with a record of a hundred cases of the payer, `chance` of which were won."""
    tally = ForumCounts(forum="commercial_appeal", decided=100, won=chance, awards=chance, award_share=D("0.8"))
    book = shipped_rulebook()
    return Rulebook(book.policy, PayerHistory(version="r", tallies=(tally,)), book.fees)


def test_each_level_keeps_what_was_said_of_it_and_how_it_ended() -> None:
    w = World(believing(60))
    w.underpaid()
    w.appeal()
    w.offer("300.00")  # of a target of 600
    w.appeal_decided("upheld")
    w.appeal(level=2)
    w.appeal_decided("overturned", "450.00", level=2)
    first, proceeding, second = w.account.results
    # 0.35 counts as four cases, 100 were seen: (4 × 0.35 + 60) / 104 = 0.5904; the second level starts from 0.25
    assert first == Result("commercial_appeal", 1, first.on, False, D(0), D("0.5904"), "standard@2026-11")
    assert proceeding == Result("commercial_appeal", 0, proceeding.on, False, D("0.5000"))
    assert second == Result("commercial_appeal", 2, second.on, True, D("0.7500"), D("0.5865"), "standard@2026-11")
    assert forecasts(w.account.results) == [Forecast(D("0.5904"), 1, 0), Forecast(D("0.5865"), 1, 1)]


def test_a_level_that_was_never_decided_brought_nothing_and_one_settled_before_counts_for_nothing() -> None:
    silent = World()
    silent.underpaid()
    silent.appeal()
    silent.ended()
    assert [(r.level, r.won) for r in silent.account.results] == [(1, False)]
    agreed = World()
    agreed.underpaid()
    agreed.appeal()
    agreed.offer("800.00")
    assert [(r.level, r.won, r.share) for r in agreed.account.results] == [(0, True, D("1.3333"))]
    onward = World()
    onward.underpaid()
    onward.negotiation()
    onward.offer("210.00")
    onward.idr()
    onward.determined("230.00", "payer")
    assert [(r.forum, r.level, r.won) for r in onward.account.results] == [
        ("open_negotiation", 0, False),
        ("federal_idr", 1, False),
    ]


def test_an_award_that_grants_no_more_than_was_allowed_is_not_won() -> None:
    w = World()
    w.underpaid()
    w.appeal()
    w.today = START + timedelta(days=40)
    w.appeal_decided("partially_overturned", "200.00")
    assert [(r.won, r.share) for r in w.account.results if r.level] == [(False, Decimal(0))]
