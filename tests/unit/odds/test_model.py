"""The win model: cells drawn to their service by hand, no cell knows what it tells, bounds that hold."""

from __future__ import annotations

from math import log
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import polars as pl
import pytest

from recoup_odds.evaluate import Decile, Score, evaluate
from recoup_odds.fit import TooLittle, contested, fit, predicted
from recoup_odds.picture import reliability
from recoup_odds.record import COLUMNS, read
from services.settlement.domain.win_model import Case, Cell, WinModel, deviation, offer_terms

QUARTERS = ("2023Q1", "2023Q2", "2023Q3", "2023Q4", "2024Q1", "2024Q2")
AIR = Path(__file__).parents[4] / "shared" / "data" / "idr" / "air_2023Q1_2025Q1.parquet"


def made(chance: dict[str, float], seed: int = 7, each: int = 400) -> pl.DataFrame:
    """A record in which each payer loses at its own rate, every quarter alike."""
    dice = Random(seed)
    rows = [
        {
            "quarter": quarter, "dispute": f"{quarter}-{payer}-{n}", "kind": "medical", "default": dice.random() < 0.1,
            "outcome": "provider" if dice.random() < rate else "payer", "batched": False, "payer": payer,
            "plan_type": "FEHB", "state": "TX", "code": "99285", "entity_fee": 435.0, "provider_offer": 3.0,
            "payer_offer": 1.0,
        }
        for quarter in QUARTERS for payer, rate in chance.items() for n in range(each)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=COLUMNS)


def test_a_small_cell_says_next_to_nothing() -> None:
    # three of three won, in a service won eight times of ten, drawn to it by fifteen lines: (3 + 12) / 18 = 5/6
    assert deviation(Cell(3, 3), 0.8, 15) == pytest.approx(log(5) - log(4))
    assert deviation(Cell(0, 0), 0.8, 15) == pytest.approx(0)


def test_a_service_is_drawn_to_its_kind_and_that_to_all() -> None:
    base = {"": Cell(30, 27), "medical": Cell(30, 24), "medical|emergency": Cell(0, 0)}
    model = WinModel(version="", quarters=(), lines=0, discount=1, shrink=15, base=base, cells={}, weights={},
                     intercept=0, drift=0.1)  # fmt: skip
    everything = (27 + 15 * 0.5) / 45
    kind = (24 + 15 * everything) / 45
    assert model.rate("medical", "emergency") == pytest.approx(kind)
    assert model.rate("air", "air ambulance") == pytest.approx(everything)


def test_an_offer_that_is_not_known_adds_nothing() -> None:
    assert set(offer_terms(None, None).values()) == {0.0}
    assert offer_terms(3.0, 1.0) == {
        "provider_offer": pytest.approx(log(3) - 0.8),
        "payer_offer": 0.0,
        "payer_at_qpa": 1.0,
    }


def test_one_case_has_the_chance_that_the_fit_gives_its_line() -> None:
    record = made({"A": 0.6, "B": 0.95})
    model = fit(record)
    lines = predicted(model, contested(record))
    for row in lines.sample(50, seed=1).to_dicts():
        case = Case(kind=row["kind"], service=row["service"], payer=row["payer"], plan_type=row["plan_type"],
                    state=row["state"], code=row["code"], entity=row["entity"], provider_offer=row["provider_offer"],
                    payer_offer=row["payer_offer"])  # fmt: skip
        found = model.of(case)
        assert found.chance == pytest.approx(row["chance"], abs=1e-9)
        assert found.low < found.chance < found.high
        assert abs(found.chance - {"A": 0.6, "B": 0.95}[row["payer"]]) < 0.05
        assert any(reason.name == "payer" and "this payer" in reason.sentence for reason in found.reasons)


def test_what_payers_do_is_learnt_and_a_coin_is_not() -> None:
    told = made({"A": 0.5, "B": 0.9, "C": 0.97})
    score = evaluate(told, told, "2024Q2")
    assert score.better_by > 0.10 and abs(score.calibration_in_the_large) < 0.03
    assert all(abs(one.chance - one.won) < 0.12 for one in score.deciles)
    coin = made({"A": 0.8, "B": 0.8, "C": 0.8})
    assert abs(evaluate(coin, coin, "2024Q2").better_by) < 0.01  # a cell that knew its own lines would be far better


def test_a_quarter_is_told_by_those_before_it_alone() -> None:
    record = made({"A": 0.5, "B": 0.9})
    changed = record.with_columns(
        pl.when(pl.col("quarter") == "2024Q2").then(pl.lit("payer")).otherwise(pl.col("outcome")).alias("outcome")
    )
    before, after = evaluate(record, record, "2024Q2"), evaluate(changed, changed, "2024Q2")
    assert [one.chance for one in before.deciles] == [one.chance for one in after.deciles]
    assert after.brier > before.brier and before.fitted_on == QUARTERS[:-1]


def test_two_quarters_are_too_little() -> None:
    few = made({"A": 0.5}).filter(pl.col("quarter") <= "2023Q2")
    with pytest.raises(TooLittle, match="three"):
        fit(few)


@pytest.mark.outside(AIR)
def test_the_air_ambulance_record_of_2025_is_told_by_the_years_before() -> None:
    record, told = read(AIR)
    assert (told.lines, told.no_outcome) == (62_884, 2)
    score = evaluate(record, record, "2025Q1")
    assert score.lines > 9_000 and score.better_by >= 0.13
    assert abs(score.calibration_in_the_large) <= 0.015
    assert max(abs(one.chance - one.won) for one in score.deciles) <= 0.05
    assert 0.85 <= score.coverage_90 <= 0.95


def test_a_reliability_diagram_has_a_dot_for_each_tenth() -> None:
    tenths = tuple(Decile(share / 10, share / 10, 10 * share) for share in range(1, 11))
    score = Score(
        quarter="2025Q1", fitted_on=("2023Q1", "2024Q4"), lines=550, brier=0.08, base_brier=0.11, better_by=0.2,
        base=0.87, calibration_in_the_large=0.0, deciles=tenths, coverage_90=0.9, cells=10, by_service=(), by_payer=(),
    )  # fmt: skip
    dots = ElementTree.fromstring(reliability(score)).findall("{http://www.w3.org/2000/svg}circle")
    assert len(dots) == 10
    # said and won in equal shares: on the diagonal, 48 from the margin at nothing and 264 dots on a side of 360
    assert [(float(d.attrib["cx"]), float(d.attrib["cy"])) for d in dots][9] == (312.0, 48.0)
