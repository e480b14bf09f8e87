"""Anesthesia: (base units + time units) × a rate of one unit.

Medicare (42 CFR 414.46) pays by the locality's anesthesia conversion factor. Contracts, charge tables and the QPA
(45 CFR 149.140(c)(1)(iii)) hold a rate of one unit too, and count physical status units besides. A time unit is 15
minutes, to one decimal. Medical direction pays half to each (QK, QX, QY); more than four concurrent cases (AD) pay the
physician at most three base units. What is not known of a case (its minutes, its base units) is never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from shared.money import ZERO, cents

_ONE = Decimal(1)
_HALF = Decimal("0.5")
_TENTH = Decimal("0.1")
_QUARTER_HOUR = Decimal(15)
_DIRECTED = frozenset({"QK", "QX", "QY"})
_SUPERVISED_BASE = Decimal(3)
_STATUS_UNITS = {"P3": Decimal(1), "P4": Decimal(2), "P5": Decimal(3)}
"""Physical status units by modifier, as the relative value guide counts them; P1, P2 and P6 add none."""
_DAILY, _EACH_PART = "01996", "01953"
"""Without time of their own: daily management of continuous drug administration (base units for each day), and each
further part of a burn, whose time is in the first code's."""


_ADDED = frozenset({_EACH_PART, "01968", "01969", _DAILY})


class Case(msgspec.Struct, frozen=True, gc=False):
    """One anesthesia line in units.

    `direction` is the share that medical direction leaves; `notes` say how the units come about.
    """

    base: Decimal
    time: Decimal
    status: Decimal
    direction: Decimal = _ONE
    code: str = ""
    notes: tuple[str, ...] = ()

    @property
    def rated(self) -> Decimal:
        """How many times a contract's or a table's rate of one unit the line is worth."""
        return (self.base + self.time + self.status) * self.direction

    def medicare(self, conversion_factor: Decimal) -> Decimal:
        """Medicare's amount in dollars; it knows no physical status units."""
        return cents((self.base + self.time) * self.direction * conversion_factor)


def is_added(code: str) -> bool:
    """Return True if the code is added to another anesthesia's, or stands for days of management (01996).

    Added codes are those of burns (01953) and obstetrics (01968 and 01969); their base units are their own.
    """
    return code in _ADDED


def is_nurse(modifiers: Sequence[str]) -> bool:
    """Return True if a nurse anesthetist or anesthesiologist assistant bills, directed (QX) or not (QZ)."""
    return "QX" in modifiers or "QZ" in modifiers


def beside_another(case: Case) -> Case:
    """The case without its base and status units, which are held in those of another procedure."""
    return msgspec.structs.replace(case, base=ZERO, status=ZERO)


class Unknown(msgspec.Struct, frozen=True):
    """Why the units of a line cannot be told."""

    reason: str


def is_anesthesia(code: str) -> bool:
    """CPT 00100–01999."""
    return "00100" <= code <= "01999" and len(code) == 5 and code.isdigit()


def is_shared(modifiers: Sequence[str]) -> bool:
    """Return True if one directed or supervised what another gave."""
    return "AD" in modifiers or not _DIRECTED.isdisjoint(modifiers)


def case_of(
    code: str, base: Decimal | None, quantity: Decimal, unit_type: str, modifiers: Sequence[str]
) -> Case | Unknown:
    """The units of one line from what was billed: minutes (MJ), or of codes without time of their own units (UN)."""
    if not base:
        return Unknown(f"no anesthesia base units are known for {code}")
    if "AD" in modifiers:
        return Case(
            min(base, _SUPERVISED_BASE),
            ZERO,
            ZERO,
            code=code,
            notes=("supervision of more than four cases: three base units",),
        )
    if code == _DAILY or (code == _EACH_PART and unit_type == "UN"):
        whole = base * quantity if unit_type == "UN" else base
        return Case(whole, ZERO, ZERO, code=code, notes=(f"{whole} base units, no time",))
    if code == _EACH_PART:
        return Unknown(f"anesthesia {code} has no time of its own, and its units are missing")
    time, lacking = _time(quantity, unit_type)
    if time is None:
        return Unknown(f"anesthesia {code} is paid by its time: {lacking}")
    status = sum((_STATUS_UNITS.get(one, ZERO) for one in modifiers), ZERO)
    notes = [f"{base} base + {time} time units"]
    notes += [f"physical status adds {status} units, which Medicare does not count"] if status else []
    if _DIRECTED.isdisjoint(modifiers):
        return Case(base, time, status, code=code, notes=tuple(notes))
    return Case(base, time, status, _HALF, code, (*notes, "medical direction at 50 %"))


def _time(quantity: Decimal, unit_type: str) -> tuple[Decimal | None, str]:
    """(time units, nothing), or (None, why they are unknown).

    The 837 wants what can be told in minutes in minutes (TR3 005010X222, SV103 MJ; X12's interpretation 1110 of it:
    all of 00100-01999 but codes with a period of their own or with their time in another code's), and Medicare pays by
    actual minutes (Claims Processing Manual, ch. 12, 50). Units (UN) may be of time, of time and base, of 10, 12 or 15
    minutes, or minutes: none is taken for the others.
    """
    if unit_type == "MJ" and quantity > 0:
        return (quantity / _QUARTER_HOUR).quantize(_TENTH, rounding=ROUND_HALF_UP), ""
    if unit_type == "UN" and quantity != 1:  # one is what is sent where nobody stated the time
        return None, f"its minutes are missing: {quantity:f} units (UN) were billed, which do not tell them"
    return None, "its minutes are missing"
