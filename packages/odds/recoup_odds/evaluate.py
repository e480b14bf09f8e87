"""Scores a quarter: how well a model that saw the quarters before it told what came."""

from __future__ import annotations

import msgspec
import numpy as np
import polars as pl

from recoup_odds.fit import contested, fit_contested, predicted
from recoup_odds.intervals import cells, coverage


class Decile(msgspec.Struct, frozen=True):
    """A tenth of the lines, by their chance: the mean chance and the share that was won."""

    chance: float
    won: float
    lines: int


class Part(msgspec.Struct, frozen=True):
    """The score of a part of the quarter."""

    name: str
    lines: int
    brier: float
    base_brier: float
    chance: float
    won: float


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """The score of a quarter's contested lines; `base` is the rate of the record before it.

    `brier` is the mean square of chance less outcome; `calibration_in_the_large` the mean chance less the share won;
    `coverage_90` the share of cells whose rate lay in its 90 % bounds.
    """

    quarter: str
    fitted_on: tuple[str, ...]
    lines: int
    brier: float
    base_brier: float
    better_by: float
    base: float
    calibration_in_the_large: float
    deciles: tuple[Decile, ...]
    coverage_90: float
    cells: int
    by_service: tuple[Part, ...]
    by_payer: tuple[Part, ...]


def evaluate(record: pl.DataFrame, later: pl.DataFrame, quarter: str) -> Score:
    """Score one quarter's lines by a model fitted on the quarters of the record before it.

    Raises:
        TooLittle: the record has too few quarters before it.
    """
    before = contested(record.filter(pl.col("quarter") < quarter))
    model = fit_contested(before)
    predictions = predicted(model, contested(later.filter(pl.col("quarter") == quarter)))
    base = float(before["won"].mean() or 0)  # type: ignore[arg-type]
    chance, won = predictions["chance"].to_numpy(), predictions["won"].to_numpy()
    order = np.argsort(chance, kind="stable")
    tenths = [part for part in np.array_split(order, 10) if part.size]
    found = cells(predictions)
    brier, base_brier = float(np.mean((chance - won) ** 2)), float(np.mean((base - won) ** 2))
    return Score(
        quarter=quarter, fitted_on=model.quarters, lines=predictions.height, brier=brier, base_brier=base_brier,
        better_by=1 - brier / base_brier if base_brier else 0.0, base=base,
        calibration_in_the_large=float(np.mean(chance) - np.mean(won)),
        deciles=tuple(Decile(float(chance[one].mean()), float(won[one].mean()), int(one.size)) for one in tenths),
        coverage_90=coverage(found, model.drift), cells=found.height,
        by_service=_parts(predictions, "service", base), by_payer=_parts(predictions, "payer", base),
    )  # fmt: skip


def _parts(predictions: pl.DataFrame, by: str, base: float, most: int = 15) -> tuple[Part, ...]:
    square, level = (pl.col("chance") - pl.col("won")) ** 2, (base - pl.col("won")) ** 2
    found = (
        predictions.group_by(by)
        .agg(
            pl.len(), square.mean().alias("b"), level.mean().alias("bb"), pl.col("chance").mean(), pl.col("won").mean()
        )
        .sort(["len", by], descending=[True, False])
        .head(most)
    )
    return tuple(Part(str(name or "other"), *rest) for name, *rest in found.iter_rows())
