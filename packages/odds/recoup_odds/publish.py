"""Writes the public record as services read it: chances by kind, the offers that won, how a chance falls.

Air ambulances' come from their lines. Of all other services CMS publishes tables (`cms_tables.csv`), until their lines
are loaded: one share of provider wins, and a median of winning offers for each range of codes.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from importlib.resources import files
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression

from recoup_odds.fit import DISCOUNT, SHRINK, contested, fit_contested
from recoup_odds.payers import names_of_payers
from services.settlement.domain.public_record import PublicRecord, Winning
from services.settlement.domain.win_model import Cell, Kind, WinModel, logit

LEAST_LINES = 200
"""Contested lines of a payer from which its own share or response says something."""
ENOUGH_LINES = 10_000
"""Contested lines of other services than air ambulances from which they have a model of their own."""
_WEAKEST = 0.1
_CODES = re.compile(r"(\d{3,5})-(\d{4,5})")
_PROPRIETARY = "0001U-0475U,"
"""Laboratory codes that stand in one range with the pathologist's."""
_LOW, _HIGH = 0.05, 0.75


class Row(NamedTuple):
    """One figure of CMS's tables: a number of `cases`, and of winning offers their median as a multiple of the QPA."""

    quarter: str
    table: str
    name: str
    multiple: float | None
    cases: int


def tables() -> tuple[Row, ...]:
    """CMS's supplemental tables as they ship."""
    text = files("recoup_odds").joinpath("cms_tables.csv").read_text(encoding="utf-8")
    return tuple(
        Row(r["quarter"], r["table"], r["name"], float(r["multiple"]) if r["multiple"] else None, int(r["count"]))
        for r in csv.DictReader(text.splitlines())
    )


def public_record(record: pl.DataFrame) -> PublicRecord:
    """The record that ships with settlement, from lines and tables.

    Raises:
        TooLittle: the lines are of fewer than three quarters.
    """
    lines = contested(record)
    rows = tables()
    air, medical = (lines.filter(pl.col("kind") == kind) for kind in ("air", "medical"))
    is_published = medical.height >= ENOUGH_LINES
    models: dict[Kind, WinModel] = {
        "air": fit_contested(air),
        "medical": fit_contested(medical) if is_published else by_tables(rows, between_payers(air)),
    }
    return PublicRecord(
        version=f"lines {models['air'].version}, tables {max(row.quarter for row in rows)}",
        models=models,
        winning=(*winning_by_tables(rows), *winning_by_lines(lines)),
        payer_offer={"air": usual_offer(air), "medical": usual_offer(medical if is_published else air)},
        response=response(lines),
        payers=names_of_payers(),
    )


def by_tables(rows: Sequence[Row], spread: float) -> WinModel:
    """A model of one share: that of determinations a provider won, later quarters counting more.

    `spread` is by how much payers stand apart, in logits, where lines tell it; with it goes what the share moved by
    from quarter to quarter.
    """
    quarters = sorted({row.quarter for row in rows if row.table == "outcomes"})
    count = {(row.quarter, row.name): row.cases for row in rows if row.table == "outcomes"}
    ages = {quarter: DISCOUNT ** (len(quarters) - 1 - at) for at, quarter in enumerate(quarters)}
    won = sum(ages[q] * count[q, "provider"] for q in quarters)
    cell = Cell(sum(ages[q] * count[q, "determinations"] for q in quarters), won)
    shares = [logit(count[q, "provider"] / count[q, "determinations"]) for q in quarters]
    moved = sqrt(float(np.mean(np.diff(shares) ** 2)))
    return WinModel(
        version=f"{quarters[0]}-{quarters[-1]}", quarters=tuple(quarters),
        lines=sum(count[q, "determinations"] for q in quarters), discount=DISCOUNT, shrink=SHRINK,
        base={"": cell, "medical": cell}, cells={}, weights={}, intercept=0.0, drift=sqrt(moved**2 + spread**2),
    )  # fmt: skip


def between_payers(lines: pl.DataFrame) -> float:
    """By how much payers' shares stand apart, as a standard deviation in logits, each weighing as its lines do."""
    by = lines.group_by("payer").agg(pl.len().alias("n"), pl.col("won").mean()).filter(pl.col("n") >= LEAST_LINES)
    at = np.array([logit(share) for share in by["won"]])
    n = by["n"].to_numpy()
    return float(np.sqrt(np.average((at - np.average(at, weights=n)) ** 2, weights=n))) if at.size else 0.5


def winning_by_tables(rows: Sequence[Row]) -> tuple[Winning, ...]:
    """Medians by range of codes: of the last two quarters the lower one, with the last one's determinations."""
    last = sorted({row.quarter for row in rows if row.table == "winning"})[-2:]
    found: dict[tuple[str, str], Winning] = {}
    for row in sorted(row for row in rows if row.table == "winning" and row.quarter in last):
        codes = _CODES.fullmatch(row.name.removeprefix(_PROPRIETARY))
        if codes is None or row.multiple is None:
            continue
        first, end = codes[1].zfill(5), codes[2].zfill(5)
        before = found.get((first, end))
        median = min(row.multiple, before.median) if before is not None else row.multiple
        found[first, end] = Winning(first, end, row.cases, median)
    return tuple(found[key] for key in sorted(found))


def winning_by_lines(lines: pl.DataFrame) -> tuple[Winning, ...]:
    """The spread of offers that won, of each code with enough of them."""
    won = lines.filter((pl.col("won") == 1) & pl.col("prevailing_offer").is_not_null())
    by = (
        won.group_by("code")
        .agg(pl.len(), *(pl.col("prevailing_offer").quantile(q).alias(f"{q}") for q in (0.5, _LOW, _HIGH)))
        .filter((pl.col("len") >= LEAST_LINES) & (pl.col("code").str.len_chars() == 5)).sort("code")
    )  # fmt: skip
    return tuple(Winning(code, code, n, *(round(at, 2) for at in cuts)) for code, n, *cuts in by.iter_rows())


def usual_offer(lines: pl.DataFrame) -> float:
    """The median of the answering parties' offers, as a multiple of the QPA."""
    median: Any = lines["payer_offer"].median()
    return round(float(median or 1.0), 2)


def response(lines: pl.DataFrame) -> float:
    """By how many logits a chance falls as the provider's offer grows e-fold, at the payers where it falls most.

    The tenth of payers' slopes, each of a logistic regression on the logarithm of the offer; never a rise.
    """
    slopes: list[float] = []
    asked = lines.filter(pl.col("provider_offer").is_not_null())
    for _, part in sorted(asked.group_by("payer"), key=lambda one: str(one[0])):
        won = part["won"].to_numpy()
        if part.height >= LEAST_LINES and 0 < won.sum() < won.size:
            fitted: Any = LogisticRegression(C=1e3, max_iter=1000)
            fitted.fit(np.log(part["provider_offer"].to_numpy()).reshape(-1, 1), won)
            slopes.append(float(fitted.coef_[0][0]))
    return round(max(-float(np.quantile(slopes, _WEAKEST)), 0.0), 3) if slopes else 0.5
