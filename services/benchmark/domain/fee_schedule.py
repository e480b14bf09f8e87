"""Medicare Physician Fee Schedule: a payment from relative values, geography and the conversion factor.

Payment = (work RVU × work GPCI + practice-expense RVU × PE GPCI + malpractice RVU × MP GPCI) × conversion factor
(42 CFR 414.20), rounded to the cent as CMS publishes it. Practice expense differs between facility and non-facility
settings (42 CFR 414.22(b)(5)). What modifiers do to it is in `modifiers`, what company does in `multiple`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from shared.money import cents

Setting = Literal["facility", "non_facility"]

FACILITY_PLACES = frozenset("02 19 21 22 23 24 26 31 34 41 42 51 52 53 56 61".split())  # noqa: SIM905
"""Places of service that CMS pays at the facility rate (Medicare Claims Processing Manual, ch. 26, 10.5)."""

PRICED_STATUS = frozenset("ARTNDI")
"""Status codes whose relative values are published; the row prices the service even where Medicare would not pay."""

_NONE = Decimal(0)


class RelativeValues(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One row of PPRRVU: a code with its modifier (blank, 26, TC or 53) and CMS's payment policy indicators.

    `pre`, `intra` and `post` are the shares of a global surgical package; `endoscopic_base` the code that an
    endoscopy's family is named after. `pctc` tells professional and technical parts apart; `na` holds the settings, N
    non-facility and F facility, in which the service is rarely or never performed. `capped_expense` and
    `capped_malpractice` are the values that the outpatient rate leaves of an imaging service (0: it caps nothing).
    """

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
    team: str = "0"
    global_days: str = "XXX"
    pre: Decimal = _NONE
    intra: Decimal = _NONE
    post: Decimal = _NONE
    endoscopic_base: str = ""
    pctc: str = ""
    na: str = ""
    capped_expense: Decimal = _NONE
    capped_malpractice: Decimal = _NONE

    @property
    def row(self) -> str:
        """How the row is cited."""
        return f"PPRRVU {self.code}{'-' + self.modifier if self.modifier else ''}"

    def expense(self, setting: Setting) -> Decimal:
        """The practice expense RVU of a setting."""
        return self.pe_facility if setting == "facility" else self.pe_non_facility


class Gpci(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The geographic practice cost indices of one locality, and its anesthesia conversion factor in dollars."""

    locality: str
    state: str
    work: Decimal
    practice_expense: Decimal
    malpractice: Decimal
    anesthesia: Decimal | None = None


def setting_of(place_of_service: str) -> Setting:
    """The rate that a place of service is paid at."""
    return "facility" if place_of_service in FACILITY_PLACES else "non_facility"


def base_price(values: RelativeValues, gpci: Gpci, conversion_factor: Decimal, setting: Setting) -> Decimal:
    """The fee schedule amount of one unit in dollars, before modifiers, rounded half up to the cent."""
    adjusted = (
        values.work * gpci.work
        + values.expense(setting) * gpci.practice_expense
        + values.malpractice * gpci.malpractice
    )
    return cents(adjusted * conversion_factor)


def outpatient_cap(values: RelativeValues, gpci: Gpci, conversion_factor: Decimal) -> Decimal | None:
    """What the outpatient rate caps one unit of an imaging service at, in dollars (42 CFR 414.22(b)(5)(v)).

    None where it caps nothing. CMS publishes the capped values beside the others and these amounts as its OPPSCAP file.
    """
    if not values.capped_expense:
        return None
    adjusted = (
        values.work * gpci.work
        + values.capped_expense * gpci.practice_expense
        + values.capped_malpractice * gpci.malpractice
    )
    return cents(adjusted * conversion_factor)


def expense_part(values: RelativeValues, gpci: Gpci, conversion_factor: Decimal, setting: Setting) -> Decimal:
    """The practice expense part of one unit's amount in dollars, not rounded (what the therapy rule reduces)."""
    return values.expense(setting) * gpci.practice_expense * conversion_factor
