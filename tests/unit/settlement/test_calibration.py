"""The payers' record is calibrated: what it believes comes true as often as it says, on histories drawn from a model.

The model is not the one the record assumes: payers' true chances are drawn around their specialty's, the specialties'
around that of all, by logistic offsets. A history is counted from it, and the record's beliefs are held against the
true chances, which nobody has in life.
"""

from __future__ import annotations

import math
import random
from decimal import Decimal

import msgspec
import pytest

from services.settlement.domain.payer_history import ForumCounts, PayerHistory, award_share, chance, offer_share

FORUM = "federal_idr"
PRIOR = {"prior": Decimal("0.6"), "strength": Decimal(4)}
SPECIALTIES, PAYERS = 12, 25


class Truth(msgspec.Struct, frozen=True):
    specialty: str
    payer: str
    win: float
    counted: int
    won: int


def drawn(seed: int) -> tuple[PayerHistory, list[Truth]]:
    """A history of 300 payers within 12 specialties: 0 to 60 counted cases each, most of them few."""
    dice = random.Random(seed)
    truths: list[Truth] = []
    for s in range(SPECIALTIES):
        offset = dice.gauss(0, 0.5)
        for p in range(PAYERS):
            win = 1 / (1 + math.exp(-(0.3 + offset + dice.gauss(0, 0.8))))
            counted = min(int(dice.expovariate(1 / 8)), 60)
            truths.append(Truth(f"s{s}", f"p{p}", win, counted, sum(dice.random() < win for _ in range(counted))))
    return PayerHistory(
        version="drawn", tallies=(_tally(truths, "", ""), *_by_specialty(truths), *_by_payer(truths))
    ), truths


def _tally(truths: list[Truth], specialty: str, payer: str) -> ForumCounts:
    decided, won = sum(t.counted for t in truths), sum(t.won for t in truths)
    return ForumCounts(forum=FORUM, specialty=specialty, payer=payer, decided=decided, won=won)


def _by_specialty(truths: list[Truth]) -> list[ForumCounts]:
    names = sorted({t.specialty for t in truths})
    return [_tally([t for t in truths if t.specialty == name], name, "") for name in names]


def _by_payer(truths: list[Truth]) -> list[ForumCounts]:
    return [_tally([t], t.specialty, t.payer) for t in truths]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_believed_comes_true_as_often_as_it_says(seed: int) -> None:
    record, truths = drawn(seed)
    beliefs = [(chance(record.levels(FORUM, t.specialty, t.payer), **PRIOR), t) for t in truths]
    # by fifths of the belief: the mean of the true chances lies where the belief puts it
    ordered = sorted(beliefs, key=lambda b: b[0].mean)
    fifth = len(ordered) // 5
    for n in range(5):
        part = ordered[n * fifth : (n + 1) * fifth]
        believed = sum(float(b.mean) for b, _ in part) / len(part)
        true = sum(t.win for _, t in part) / len(part)
        assert abs(believed - true) < 0.06, f"fifth {n + 1}: believed {believed:.3f}, true {true:.3f}"
    # the 90 % interval holds the true chance about nine times in ten
    inside = sum(float(b.low) <= t.win <= float(b.high) for b, t in beliefs) / len(beliefs)
    assert 0.84 <= inside <= 0.98, f"{inside:.2f} of the intervals hold the truth"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shrinkage_foretells_better_than_counting_alone_or_one_belief_for_all(seed: int) -> None:
    record, truths = drawn(seed)
    everyone = sum(t.won for t in truths) / sum(t.counted for t in truths)

    def brier(of: dict[tuple[str, str], float]) -> float:
        """Expected squared error of a forecast of one further case of each payer."""
        return sum((of[t.specialty, t.payer] - t.win) ** 2 + t.win * (1 - t.win) for t in truths) / len(truths)

    def belief(t: Truth) -> float:
        return float(chance(record.levels(FORUM, t.specialty, t.payer), **PRIOR).mean)

    shrunk = brier({(t.specialty, t.payer): belief(t) for t in truths})
    counted = brier({(t.specialty, t.payer): t.won / t.counted if t.counted else everyone for t in truths})
    same = brier({(t.specialty, t.payer): everyone for t in truths})
    assert shrunk < counted and shrunk < same


@pytest.mark.parametrize("seed", [1, 2])
def test_shares_are_calibrated_too(seed: int) -> None:
    """Awards and best offers: spread 0.25 around a payer's own mean, as the record assumes for single cases."""
    dice = random.Random(seed)
    hits = cases = 0
    gaps: list[float] = []
    for s in range(SPECIALTIES):
        middle = dice.gauss(0.8, 0.08)
        means = [dice.gauss(middle, 0.08) for _ in range(PAYERS)]
        seen = [(m, [dice.gauss(m, 0.25) for _ in range(dice.randint(0, 30))]) for m in means]
        whole = [x for _, xs in seen for x in xs]
        for number, (mean, xs) in enumerate(seen):
            levels = tuple(
                ForumCounts(
                    forum=FORUM, specialty=specialty, payer=payer, awards=len(got), offers=len(got),
                    award_share=_mean(got), offer_share=_mean(got),
                )
                for specialty, payer, got in (("", "", whole), (f"s{s}", "", whole), (f"s{s}", f"p{number}", xs))
            )  # fmt: skip
            found = award_share(levels, prior=Decimal("0.9"), strength=Decimal(4))
            assert found == offer_share(levels, prior=Decimal("0.9"), strength=Decimal(4))
            hits += float(found.low) <= mean <= float(found.high)
            cases += 1
            gaps.append(float(found.mean) - mean)
    assert abs(sum(gaps) / len(gaps)) < 0.02
    assert 0.84 <= hits / cases <= 0.99


def _mean(values: list[float]) -> Decimal:
    return Decimal(f"{sum(values) / len(values):.4f}") if values else Decimal(0)
