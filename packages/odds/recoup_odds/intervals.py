"""How sure the model may be: bounds of a cell's rate, made as wide as past quarters would have needed them."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from scipy.stats import beta

CELL = ("payer", "plan_type")
"""What rates are compared by: the lines of one answering party and type of plan in one quarter."""
LEAST = 20
"""A cell with fewer lines has no rate worth comparing."""
_STEPS = tuple(step / 40 for step in range(1, 81))
_COVER = 0.90


def cells(predictions: pl.DataFrame) -> pl.DataFrame:
    """The cells of told lines with enough of them: lines, the mean chance, the rate that came, lines to a dispute."""
    return (
        predictions.group_by("quarter", *CELL)
        .agg(
            pl.len().alias("lines"), pl.col("chance").mean(), pl.col("won").mean().alias("rate"),
            (pl.len() / pl.col("dispute").n_unique()).alias("together"),
        )
        .filter(pl.col("lines") >= LEAST)
        .sort("quarter", *CELL)
    )  # fmt: skip


def bounds(found: pl.DataFrame, drift: float) -> tuple[np.ndarray, np.ndarray]:
    """Between which rates a cell's rate lies nine times of ten.

    A beta distribution about the mean chance, whose spread is that of so many disputes (the lines of one share their
    outcome) and of a quarter's own drift of `drift` logits.
    """
    p = found["chance"].to_numpy()
    n = found["lines"].to_numpy() / found["together"].to_numpy()
    variance = p * (1 - p) / n + (drift * p * (1 - p)) ** 2
    size = np.maximum(p * (1 - p) / variance - 1, 0.5)
    spread: Any = beta  # scipy has no types
    low = spread.ppf((1 - _COVER) / 2, p * size, (1 - p) * size)
    high = spread.ppf((1 + _COVER) / 2, p * size, (1 - p) * size)
    return low, high


def coverage(found: pl.DataFrame, drift: float) -> float:
    """The share of cells whose rate lay between its bounds; a rate of a few lines may step just over them."""
    low, high = bounds(found, drift)
    rate = found["rate"].to_numpy()
    step = 0.5 / found["lines"].to_numpy()
    return float(np.mean((rate >= low - step) & (rate <= high + step))) if found.height else float("nan")


def drift_of(predictions: pl.DataFrame) -> float:
    """The least drift with which nine of ten cells of the past quarters would have lain between their bounds."""
    found = cells(predictions)
    if not found.height:
        return 0.5
    return next((step for step in _STEPS if coverage(found, step) >= _COVER), _STEPS[-1])
