"""Medicare Physician Fee Schedule: a payment from relative values, geography and the conversion factor.

Payment = (work RVU × work GPCI + practice-expense RVU × PE GPCI + malpractice RVU × MP GPCI) × conversion factor
(42 CFR 414.20), rounded to the cent. Practice expense differs between facility and non-facility settings (42 CFR
414.22(b)(5)). What modifiers do to it is in `payment_rules`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from shared.money import cents

Setting = Literal["facility", "non_facility"]

FACILITY_PLACES = frozenset("19 21 22 23 24 26 31 34 41 42 51 52 53 56 61".split())  # noqa: SIM905
"""Places of service that CMS pays at the facility rate (Medicare Claims Processing Manual, ch. 12, 20.4.2)."""

PRICED_STATUS = frozenset("ARTNDI")
"""Status codes whose relative values are published; the row prices the service even where Medicare would not pay."""


class RelativeValues(msgspec.Struct, frozen=True, array_like=True):
    """One row of PPRRVU: a code with its modifier (blank, 26, TC or 53) and CMS's payment policy indicators."""

    code: str
    modifier: str
    status: str
    work: Decimal
    pe_non_facility: Decimal
    pe_facility: Decimal
    malpractice: Decimal
    multiple: str
    bilateral: str
    assistant: str
    co_surgeon: str

    @property
    def row(self) -> str:
        """How the row is cited."""
        return f"PPRRVU {self.code}{'-' + self.modifier if self.modifier else ''}"


class Gpci(msgspec.Struct, frozen=True, array_like=True):
    """The geographic practice cost indices of one locality."""

    locality: str
    state: str
    work: Decimal
    practice_expense: Decimal
    malpractice: Decimal


def setting_of(place_of_service: str) -> Setting:
    """The rate that a place of service is paid at."""
    return "facility" if place_of_service in FACILITY_PLACES else "non_facility"


def base_price(values: RelativeValues, gpci: Gpci, conversion_factor: Decimal, setting: Setting) -> Decimal:
    """The fee schedule amount of one unit in dollars, before modifiers, rounded half up to the cent."""
    expense = values.pe_facility if setting == "facility" else values.pe_non_facility
    adjusted = values.work * gpci.work + expense * gpci.practice_expense + values.malpractice * gpci.malpractice
    return cents(adjusted * conversion_factor)
