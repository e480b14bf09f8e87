"""Values of the segments that only an 837 has."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any

from recoup_x12.core import segments as s
from recoup_x12.core import values
from recoup_x12.core.delimiters import Delimiters
from recoup_x12.core.guide import Builder, Number
from recoup_x12.core.values import get, plain_builder, procedure
from recoup_x12.sets.claim837 import model as c

_PLAIN: dict[str, tuple[type[s.Value], str]] = {
    "CL1": (c.Admission, "sss"),
    "DN1": (c.Orthodontics, "mmss"),
    "DN2": (c.ToothStatus, "ss---s"),
    "PS1": (c.PurchasedService, "sm"),
    "MEA": (c.Measurement, "ssm"),
    "FRM": (c.FormAnswer, "ssssm"),
}
PLAIN = values.PLAIN | _PLAIN
"""Every segment of an 837 whose elements map one to one; see `core.values.PLAIN`."""


@lru_cache(maxsize=10_000)
def pointers(text: str, separator: str) -> tuple[int, ...]:
    """Composite C004: diagnosis pointers."""
    return tuple([int(p) for p in text.split(separator) if p])


def claim_values(delimiters: Delimiters, number: Number) -> dict[str, Builder]:
    """Builders by segment ID."""
    return _ClaimValues(delimiters, number).builders


class _ClaimValues:
    def __init__(self, delimiters: Delimiters, number: Number) -> None:
        self._number = number
        self._component = delimiters.component
        self._health_codes: dict[str, s.HealthCode] = {}
        self.builders: dict[str, Builder] = {k: plain_builder(v[0], v[1], number) for k, v in _PLAIN.items()}
        self.builders.update({
            "HI": self._hi, "CLM": self._clm, "SV1": self._sv1, "SV2": self._sv2, "SV3": self._sv3, "SV5": self._sv5,
            "TOO": self._too, "LIN": _lin, "CTP": self._ctp, "SVD": self._svd,
        })  # fmt: skip

    def _optional(self, text: str) -> Decimal | None:
        return self._number(text) if text else None

    def _hi(self, e: list[str]) -> tuple[s.HealthCode, ...]:
        return tuple([self._health_code(text) for text in e[1:] if text])

    def _health_code(self, text: str) -> s.HealthCode:
        found = self._health_codes.get(text)
        if found is None:
            if len(self._health_codes) > 10_000:
                self._health_codes.clear()
            found = self._health_codes[text] = self._new_health_code(text)
        return found

    def _new_health_code(self, text: str) -> s.HealthCode:
        parts = text.split(self._component)
        if len(parts) == 2:
            return s.HealthCode(parts[0], parts[1])
        q, code, fmt, when, amount, quantity, version, end, poa, *_ = [*parts, *[""] * 9]
        return s.HealthCode(q, code, fmt, when, self._optional(amount), self._optional(quantity), version, end, poa)

    def _clm(self, e: list[str]) -> tuple[Any, ...]:
        """CLM as positional arguments of Claim, after form and implementation."""
        e = e + [""] * (21 - len(e))
        place = ([*e[5].split(self._component), "", "", ""])[:3]
        accident = None
        if e[11]:
            parts = (e[11].split(self._component) + [""] * 5)[:5]
            accident = c.Accident(tuple(p for p in parts[:3] if p), parts[3], parts[4])
        return (
            e[1], self._number(e[2]), place[0], place[1], place[2], e[6], e[7], e[8], e[9], e[10],
            accident, e[12], e[19], e[20],
        )  # fmt: skip

    def _sv1(self, e: list[str]) -> tuple[Any, ...]:
        """SV1, SV2, SV3 as positional arguments of Line, after the number."""
        if len(e) < 16:
            e = e + [""] * (16 - len(e))
        return (
            procedure(e[1], self._component), self._number(e[2]), e[3], self._number(e[4]) if e[4] else None, e[5],
            pointers(e[7], self._component), "", None, None, e[9], e[11], e[12], e[15],
        )  # fmt: skip

    def _sv2(self, e: list[str]) -> tuple[Any, ...]:
        e = e + [""] * (8 - len(e))
        return (
            procedure(e[2], self._component) if e[2] else None, self._number(e[3]), e[4], self._optional(e[5]), "", (),
            e[1], self._optional(e[6]), self._optional(e[7]),
        )  # fmt: skip

    def _sv3(self, e: list[str]) -> tuple[Any, ...]:
        e = e + [""] * (12 - len(e))
        return (
            procedure(e[1], self._component), self._number(e[2]), "", self._optional(e[6]), e[3],
            pointers(e[11], self._component), "", None, None, "", "", "", "",
            tuple(p for p in e[4].split(self._component) if p), e[5],
        )  # fmt: skip

    def _sv5(self, e: list[str]) -> c.Equipment:
        return c.Equipment(
            procedure(e[1], self._component),
            get(e, 2),
            self._optional(get(e, 3)),
            self._optional(get(e, 4)),
            self._optional(get(e, 5)),
            get(e, 6),
        )

    def _too(self, e: list[str]) -> c.Tooth:
        surfaces = tuple(p for p in get(e, 3).split(self._component) if p)
        return c.Tooth(get(e, 1), get(e, 2), surfaces)

    def _ctp(self, e: list[str]) -> tuple[Decimal | None, str]:
        return self._optional(get(e, 4)), get(e, 5).replace(self._component, ":")

    def _svd(self, e: list[str]) -> c.LineAdjudication:
        return c.LineAdjudication(
            e[1],
            self._number(e[2]),
            procedure(e[3], self._component) if get(e, 3) else None,
            get(e, 4),
            self._optional(get(e, 5)),
            get(e, 6),
        )


def _lin(e: list[str]) -> c.Drug:
    return c.Drug(e[2], get(e, 3))
