"""Amounts, days and counts as the timeline writes them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal


def usd(amount: Decimal) -> str:
    """`$1,234.50`; negative amounts as `−$1,234.50`."""
    return f"{'−' if amount < 0 else ''}${abs(amount):,.2f}"


def long_day(day: date) -> str:
    """`November 20, 2026`."""
    return f"{day:%B} {day.day}, {day.year}"


def counted(n: int, noun: str) -> str:
    """`1 claim`, `3 claims`."""
    return f"{n} {noun}{'' if n == 1 else 's'}"
