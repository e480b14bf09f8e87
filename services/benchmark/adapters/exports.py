"""Rows for analysts: CSV, Parquet, and a picture of ratios."""

from __future__ import annotations

import csv
import importlib
import sys
from collections.abc import Sequence
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any

from services.benchmark.adapters.rejects import ReferenceFileError
from services.benchmark.application.paid_lines import Ratio

_WIDTH, _LEFT, _RIGHT, _ROW = 720, 240, 60, 34
_DIGITS = 18
_COLOURS = {"Medicare": "#5b7083", "QPA": "#b3261e"}


def write_rows(rows: Sequence[dict[str, Any]], out: Path | None) -> None:
    """Write to FILE.csv or FILE.parquet, by the ending; CSV on standard output without a file.

    Amounts in Parquet are decimals of two places, so that they stay exact and can be summed. Raises
    `ReferenceFileError` for another ending, or without pyarrow.
    """
    if out is not None and out.suffix == ".parquet":
        _write_parquet(rows, out)
        return
    if out is not None and out.suffix != ".csv":
        raise ReferenceFileError(f"{out.name}: FILE.csv, FILE.parquet or FILE.svg is needed")
    file = sys.stdout if out is None else out.open("w", newline="", encoding="utf-8")
    try:
        writer = csv.DictWriter(file, list(rows[0]) if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    finally:
        if file is not sys.stdout:
            file.close()


def _write_parquet(rows: Sequence[dict[str, Any]], out: Path) -> None:
    try:
        arrow: Any = importlib.import_module("pyarrow")
        parquet: Any = importlib.import_module("pyarrow.parquet")
    except ModuleNotFoundError:
        raise ReferenceFileError(f"{out.name}: writing Parquet needs pyarrow; install recoup[parquet]") from None
    columns: dict[str, Any] = {}
    for name in rows[0] if rows else ():
        values = [row[name] for row in rows]
        exact = any(isinstance(value, Decimal) for value in values)
        columns[name] = arrow.array(values, type=arrow.decimal128(_DIGITS, 2) if exact else None)
    parquet.write_table(arrow.table(columns), out)


def ratios_picture(rows: Sequence[Ratio], most: int = 40) -> str:
    """An SVG of two bars a row, percent of Medicare and of the QPA, with a mark at 100 %; the first `most` rows."""
    shown = rows[:most]
    percents = [p for row in shown for p in (row.percent_of_medicare, row.percent_of_qpa) if p is not None]
    top = max([*percents, Decimal(100)])
    height = _ROW * len(shown) + 40
    title = "What payers allowed, in percent of Medicare's amount and of their own QPA"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{title}" '
        'font-family="sans-serif" font-size="12">',
        f"<title>{title}</title>",
    ]
    for at, (name, colour) in enumerate(_COLOURS.items()):
        x = _LEFT + 130 * at
        parts.append(f'<rect x="{x}" y="8" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{x + 18}" y="18" fill="#222">percent of {name}</text>')
    whole = _x(Decimal(100), top)
    parts.append(f'<line x1="{whole}" x2="{whole}" y1="26" y2="{height - 8}" stroke="#999" stroke-dasharray="4 3"/>')
    for number, row in enumerate(shown):
        y = 34 + _ROW * number
        label = escape(f"{row.payer} {row.code} {row.region} {row.year}")
        parts.append(f'<text x="{_LEFT - 10}" y="{y + 14}" text-anchor="end" fill="#222">{label}</text>')
        for at, percent in enumerate((row.percent_of_medicare, row.percent_of_qpa)):
            if percent is None:
                continue
            x, colour = _x(percent, top), list(_COLOURS.values())[at]
            parts.append(
                f'<rect x="{_LEFT}" y="{y + 12 * at}" width="{max(x - _LEFT, 1)}" height="10" fill="{colour}"/>'
                f'<text x="{x + 6}" y="{y + 9 + 12 * at}" fill="#222">{percent} %</text>'
            )
    return "".join((*parts, "</svg>"))


def _x(percent: Decimal, top: Decimal) -> int:
    return _LEFT + int((_WIDTH - _LEFT - _RIGHT) * percent / top)
