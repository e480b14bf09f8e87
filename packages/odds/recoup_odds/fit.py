"""Fits the win model on the record: cells from the quarters before, weights from how well they told the next one.

Only contested lines with an outcome for one side are used: a default says who answered, not whose offer was better,
and is a chance of its own. Each quarter's lines are described by the cells of the quarters before it, as they will be
when the model is used, so a cell never knows the outcome it is to tell. Later quarters count more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from msgspec.structs import replace
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from recoup_odds.intervals import drift_of
from services.settlement.domain.cpt_services import service_of
from services.settlement.domain.win_model import (
    FACTORS,
    LEAST_RATE,
    SURE,
    Cell,
    WinModel,
    offer_terms,
)

DISCOUNT = 0.75
"""What a line counts for each quarter it is old; chosen on 2024Q1-2024Q4, see docs/odds.md."""
SHRINK = 15.0
"""Lines of its service that a cell is mixed with; chosen likewise."""
_PENALTY = 0.3
_TOLERANCE = 1e-8
"""So small that the fit ends at its one solution: the usual one leaves weights that depend on the order of sums."""
_FIRST = 2
"""Quarters of cells before lines are learnt from."""
_LEAST_LINES = 0.5
"""A cell with less weight than this is left out: it moves nothing."""
_TERMS = tuple(offer_terms(None, None))
Array = NDArray[np.float64]


class TooLittle(Exception):
    """The record has not enough quarters to learn from."""


def contested(record: pl.DataFrame) -> pl.DataFrame:
    """The lines both sides argued and one side won, with what the model calls them."""
    lines = record.filter(
        (pl.col("default").fill_null(value=False).not_()) & pl.col("outcome").is_in(["provider", "payer"])
    )
    entity = pl.when(pl.col("entity").is_not_null()).then(pl.col("entity"))
    fee = pl.when(pl.col("entity_fee") > 0).then("fee " + pl.col("entity_fee").round(0).cast(pl.Int64).cast(pl.String))
    codes = lines["code"].fill_null("")
    return lines.with_columns(
        (pl.col("outcome") == "provider").cast(pl.Float64).alias("won"),
        entity.otherwise(fee).fill_null("").alias("entity"),
        pl.Series("service", [service_of(code) for code in codes]),
        *(pl.col(name).fill_null("") for name in ("payer", "plan_type", "state", "code")),
        pl.col("batched").cast(pl.String).str.to_titlecase(),
    ).sort("quarter", maintain_order=True)


def fit(record: pl.DataFrame, *, discount: float = DISCOUNT, shrink: float = SHRINK) -> WinModel:
    """Fit on all quarters of the record.

    Raises:
        TooLittle: it has fewer than three quarters with contested lines.
    """
    return fit_contested(contested(record), discount=discount, shrink=shrink)


def fit_contested(lines: pl.DataFrame, *, discount: float = DISCOUNT, shrink: float = SHRINK) -> WinModel:
    """`fit` on lines that `contested` has picked."""
    quarters = sorted(lines["quarter"].unique().to_list())
    if len(quarters) <= _FIRST:
        raise TooLittle(f"the record has contested lines of {len(quarters)} quarter(s); the model learns from three on")
    described = [_describe(lines, quarters, at, discount, shrink) for at in range(_FIRST, len(quarters))]
    weights, intercept = _weigh(described, discount)
    seen = _cells_of(lines, quarters, discount, shrink)
    return replace(
        seen, version=f"{quarters[0]}-{quarters[-1]}", weights=weights, intercept=intercept,
        drift=drift_of(_predicted_before(described, discount)),
    )  # fmt: skip


def predicted(model: WinModel, lines: pl.DataFrame) -> pl.DataFrame:
    """Contested lines with the model's chance of each, all at once; equal to `WinModel.of` line by line."""
    base = _base_of(model, lines)
    return _with_chance(_Described(lines, base, _terms(lines, model, base)), model.weights, model.intercept)


class _Described(NamedTuple):
    """Lines of a quarter as the quarters before it describe them: the rates of their services, and their terms."""

    lines: pl.DataFrame
    base: Array
    terms: Array


def _describe(lines: pl.DataFrame, quarters: Sequence[str], at: int, discount: float, shrink: float) -> _Described:
    now = lines.filter(pl.col("quarter") == quarters[at])
    before = _cells_of(lines, quarters[:at], discount, shrink)
    base = _base_of(before, now)
    return _Described(now, base, _terms(now, before, base))


def _weigh(described: Sequence[_Described], discount: float) -> tuple[dict[str, float], float]:
    """How much each term counts, and the intercept; each quarter counts `discount` times the one after it."""
    newest = len(described) - 1
    weight = np.concatenate([np.full(one.lines.height, discount ** (newest - n)) for n, one in enumerate(described)])
    terms, offset = np.vstack([one.terms for one in described]), _logit(np.concatenate([d.base for d in described]))
    won = np.concatenate([one.lines["won"].to_numpy() for one in described])
    found: Any = LogisticRegression(C=_PENALTY, max_iter=1000, tol=_TOLERANCE)
    found.fit(np.column_stack([terms, offset]), won, sample_weight=weight)
    coefficients: Array = np.asarray(found.coef_, dtype=np.float64)[0]
    weights = dict(zip((*_names(), *_TERMS), (float(one) for one in coefficients[:-1]), strict=True))
    # the service's own rate counts once; what the fit found beyond that is kept in the intercept at its mean
    extra = float((coefficients[-1] - 1) * np.average(offset, weights=weight))
    return weights, float(np.asarray(found.intercept_)[0]) + extra


def _predicted_before(described: Sequence[_Described], discount: float) -> pl.DataFrame:
    """Each quarter as the quarters before it tell it: its lines with a column `chance`."""
    predictions = [_with_chance(now, *_weigh(described[:at], discount)) for at, now in enumerate(described) if at]
    return (
        pl.concat(predictions) if predictions else described[0].lines.head(0).with_columns(pl.lit(0.0).alias("chance"))
    )


def _with_chance(described: _Described, weights: Mapping[str, float], intercept: float) -> pl.DataFrame:
    each = np.array([weights.get(name, 0.0) for name in (*_names(), *_TERMS)])
    total = np.clip(intercept + _logit(described.base) + described.terms @ each, -SURE, SURE)
    return described.lines.with_columns(pl.Series("chance", 1 / (1 + np.exp(-total))))


def _cells_of(lines: pl.DataFrame, quarters: Sequence[str], discount: float, shrink: float) -> WinModel:
    """The cells of these quarters, as a model without weights."""
    age = {quarter: discount ** (len(quarters) - 1 - at) for at, quarter in enumerate(quarters)}
    past = lines.filter(pl.col("quarter").is_in(list(quarters))).with_columns(
        pl.col("quarter").replace_strict(age, return_dtype=pl.Float64).alias("w")
    )
    base: dict[str, Cell] = {"": _cell(past)}
    for (kind,), part in sorted(past.group_by("kind"), key=itemgetter(0)):
        base[str(kind)] = _cell(part)
    for (kind, service), part in sorted(past.group_by("kind", "service"), key=itemgetter(0)):
        if service:
            base[f"{kind}|{service}"] = _cell(part)
    cells: dict[str, dict[str, Cell]] = {}
    for factor in FACTORS:
        sums = (
            past.with_columns(_key(factor).alias("key")).filter(pl.col("key") != "")
            .group_by("key").agg(pl.col("w").sum(), (pl.col("w") * pl.col("won")).sum().alias("s"))
            .filter(pl.col("w") >= _LEAST_LINES).sort("key")
        )  # fmt: skip
        cells["+".join(factor)] = {key: Cell(w, s) for key, w, s in sums.iter_rows()}
    return WinModel(
        version="", quarters=tuple(quarters), lines=past.height, discount=discount, shrink=shrink, base=base,
        cells=cells, weights={}, intercept=0.0, drift=0.0,
    )  # fmt: skip


def _cell(part: pl.DataFrame) -> Cell:
    return Cell(float(part["w"].sum()), float((part["w"] * part["won"]).sum()))


def _key(factor: Sequence[str]) -> pl.Expr:
    complete = pl.all_horizontal(pl.col(name) != "" for name in factor)
    return pl.when(complete).then(pl.concat_str(["kind", *factor], separator="|")).otherwise(pl.lit(""))


def _names() -> tuple[str, ...]:
    return tuple("+".join(factor) for factor in FACTORS)


def _base_of(model: WinModel, lines: pl.DataFrame) -> Array:
    rates = {pair: model.rate(*pair) for pair in lines.select("kind", "service").unique().iter_rows()}
    return np.array([rates[pair] for pair in lines.select("kind", "service").iter_rows()], dtype=np.float64)


def _terms(lines: pl.DataFrame, model: WinModel, base: Array) -> Array:
    columns: list[Array] = []
    for factor in FACTORS:
        known = model.cells.get("+".join(factor), {})
        table = pl.DataFrame(
            [(key, cell.lines, cell.won) for key, cell in known.items()],
            schema={"key": pl.String, "n": pl.Float64, "s": pl.Float64}, orient="row",
        )  # fmt: skip
        found = lines.select(_key(factor).alias("key")).join(table, on="key", how="left", maintain_order="left")
        n, s = found["n"].fill_null(0.0).to_numpy(), found["s"].fill_null(0.0).to_numpy()
        columns.append(_logit((s + model.shrink * base) / (n + model.shrink)) - _logit(base))
    columns += _offers(lines)
    return np.column_stack(columns)


def _offers(lines: pl.DataFrame) -> list[Array]:
    pairs = lines.select(pl.col("provider_offer", "payer_offer").cast(pl.Float64).fill_nan(None))
    terms = {pair: tuple(offer_terms(*pair).values()) for pair in pairs.unique().iter_rows()}
    table = np.array([terms[pair] for pair in pairs.iter_rows()], dtype=np.float64).reshape(-1, len(_TERMS))
    return list(table.T)


def _logit(p: Any) -> Array:
    clipped = np.clip(np.asarray(p, dtype=np.float64), LEAST_RATE, 1 - LEAST_RATE)
    return np.log(clipped / (1 - clipped))
