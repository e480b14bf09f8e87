"""The payer model's federal IDR, held to what CMS publishes of the second quarter of 2025.

Source: CMS, DOL and Treasury, Federal IDR supplemental tables 2025Q2 (released 21 January 2026), as `cms_tables.csv`.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from recoup_odds.publish import Row, tables
from recoup_tools.demo.dice import Dice
from recoup_tools.demo.idr_model import FITTED, MODELS
from recoup_tools.simulation.field import FieldFigures, play_field

_RANGES = {
    "emergency": "99281-99288", "radiology": "70010-79999", "anesthesia": "00100-01999", "surgery": "10004-69990",
    "neurology": "95700-96020",
}  # fmt: skip


@pytest.fixture(scope="module")
def played() -> FieldFigures:
    return play_field(20_000, seed=11)


@pytest.fixture(scope="module")
def published() -> dict[tuple[str, str], Row]:
    return {(row.table, row.name): row for row in tables() if row.quarter == "2025Q2"}


def test_shares_are_within_two_points_of_cms(
    played: FieldFigures, published: dict[tuple[str, str], Row]
) -> None:  # fmt: skip
    made = published["outcomes", "determinations"].cases
    # 532,614 of 603,757 are 88.2 %; 134,103 are 22.2 %; 69,870-odd of the closed are 16.6 %
    assert abs(played.provider_share - published["outcomes", "provider"].cases / made) < 0.02
    assert abs(played.one_party_share - published["outcomes", "one party"].cases / made) < 0.02
    closed = published["flow", "closed"].cases
    assert abs(played.ineligible_share - published["flow", "ineligible"].cases / closed) < 0.02


@pytest.mark.parametrize("service", sorted(_RANGES))
def test_median_winning_multiples_are_within_a_tenth_of_cms(
    service: str, played: FieldFigures, published: dict[tuple[str, str], Row]
) -> None:
    told = published["winning", _RANGES[service]].multiple
    assert told is not None
    assert abs(played.winning_multiple[service] / told - 1) < 0.10


def test_days_are_those_of_the_record(played: FieldFigures) -> None:
    # air ambulances, 2025Q2: median 41, nine of ten within 198 days
    assert 40 <= played.median_days <= 50
    assert 180 <= played.p90_days <= 200


def test_chances_are_flat_and_nowhere_below_a_half_in_the_fitted_model() -> None:
    multiples = [Decimal(n) / 10 for n in range(5, 400)]
    shares = [FITTED.provider_wins(multiple) for multiple in multiples]
    assert min(shares) == 790 and max(shares) == 890  # the dip stands from 1.25 to 2 times the QPA
    assert all(FITTED.provider_wins(Decimal(m)) < 830 for m in ("1.3", "1.5", "1.9", "2.0"))


@pytest.mark.parametrize(("multiple", "chance"), [("1.5", 790), ("3.0", 739), ("10", 549)])
def test_the_adversary_answers_high_offers(multiple: str, chance: int) -> None:
    # log odds of the fitted chance less ln(multiple / 1.5): 850 -> ln(850/150) - ln 2 = 1.0415 -> 0.7391
    # at 10: ln(890/110) - ln(10 / 1.5) = 2.0907 - 1.8971 = 0.1936 -> 0.5482
    assert abs(MODELS["adversarial"].provider_wins(Decimal(multiple)) - chance) <= 1


def test_every_wrong_model_is_worse_for_us_than_the_fitted_one() -> None:
    for name in ("harder", "flat", "adversarial", "steep"):
        assert play_field(2_000, seed=3, idr=MODELS[name]).provider_share < 0.86, name


def test_a_payer_that_is_pressed_offers_more_where_we_ask_more() -> None:
    model = MODELS["adversarial"]
    assert model.payer_offer(Decimal(100), Decimal(1000), Dice("x", 1)) == Decimal(400)
    assert model.payer_offer(Decimal(100), Decimal(100), Dice("x", 1)) >= Decimal(40)
