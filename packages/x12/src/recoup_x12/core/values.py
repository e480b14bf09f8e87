"""Turns the elements of a segment into the model's values. Tolerant: what cannot be read raises ValueError."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from recoup_x12.codes.shapes import hcpcs
from recoup_x12.core import segments as s
from recoup_x12.core.delimiters import Delimiters
from recoup_x12.core.guide import Builder, Number
from recoup_x12.core.party import Party

is_number = re.compile(r"-?(?:\d+\.?\d*|\.\d+)", re.ASCII).fullmatch
"""What an X12 R or N0 element may hold: a match, or None."""

# Segments whose elements map one to one: per element `s` text, `m` number, `-` not kept.
PLAIN: dict[str, tuple[type[s.Value], str]] = {
    "REF": (s.Reference, "ssss"),
    "AMT": (s.Amount, "sm"),
    "PRV": (s.Specialty, "sss"),
    "SBR": (s.Coverage, "sssss---s"),
    "PAT": (s.PatientInfo, "s---sssms"),
    "PWK": (s.Attachment, "ss--ss"),
    "CN1": (s.ContractInfo, "smmsms"),
    "NTE": (s.Note, "ss"),
    "K3": (s.FileInformation, "s"),
    "CR1": (s.AmbulanceTransport, "sm-ssm--ss"),
    "CR2": (s.SpinalManipulation, "-------s-ss"),
    "CR3": (s.EquipmentCertification, "ssm"),
    "HCP": (s.Pricing, "smmsmsmssssmsss"),
    "OI": (s.OtherInsurance, "--ss-s"),
    "MOA": (s.OutpatientAdjudication, "mmsssssmm"),
    "MIA": (s.InpatientAdjudication, "mmmmsmmmmmmmmmmmmmmssssm"),
    "QTY": (s.Quantity, "sm"),
    "LQ": (s.Reference, "ss"),
}


def number(text: str) -> Decimal:
    """An X12 R or N0 element, exactly, whatever blanks are around it; ValueError for anything else."""
    if not is_number(text):
        text = text.strip(" ")
        if not is_number(text):
            raise ValueError("not a number")
    return Decimal(text)


@lru_cache(maxsize=50_000)
def day(text: str) -> date | None:
    """CCYYMMDD as a date, None where it is not one."""
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])) if len(text) >= 8 else None
    except ValueError:
        return None


def dated(qualifier: str, format_: str, text: str) -> s.Dated:
    """DTP: D8 a day, RD8 two days, DT a day with time, TM a time."""
    if format_ == "RD8":
        return s.Dated(qualifier, format_, text, day(text[:8]), day(text[9:17]))
    start = day(text) if format_ in ("D8", "DT") else None
    return s.Dated(qualifier, format_, text, start, start)


@lru_cache(maxsize=20_000)
def procedure(text: str, separator: str) -> s.Procedure:
    """Composite C003."""
    parts = text.split(separator)
    count = len(parts)
    if count == 2:
        return s.Procedure(parts[0], parts[1])
    return s.Procedure(
        parts[0],
        parts[1] if count > 1 else "",
        tuple(p for p in parts[2:6] if p),
        parts[6] if count > 6 else "",
        parts[7] if count > 7 else "",
    )


def get(e: list[str], index: int) -> str:
    """Return an element of a split segment, "" where the segment ends before it."""
    return e[index] if index < len(e) else ""


class Values:
    """Builders by segment ID for one set of delimiters; each takes the split segment (ID first).

    `own` are those of a transaction set. `number` reads amounts: `Decimal` itself serves where a pattern has already
    found them to be plain numbers.
    """

    def __init__(
        self,
        delimiters: Delimiters,
        number: Number = number,
        own: Callable[[Delimiters, Number], dict[str, Builder]] | None = None,
    ) -> None:
        self._number = number
        self._component = delimiters.component
        special: dict[str, Builder] = {
            "NM1": _nm1, "N1": _n1, "N3": _n3, "N4": _n4, "PER": _per, "DMG": _dmg, "DTP": _dtp, "DTM": _dtm,
            "CRC": _crc, "CUR": _cur, "LX": _lx, "CAS": lambda e: _cas(e, number), "ST": raw, "BHT": raw, "HL": raw,
            "TRN": raw, "REF": self._ref, "SVC": self._svc,
        }  # fmt: skip
        self.builders: dict[str, Builder] = {k: plain_builder(v[0], v[1], number) for k, v in PLAIN.items()}
        self.builders.update(special)
        if own is not None:
            self.builders.update(own(delimiters, number))

    def _svc(self, e: list[str]) -> tuple[Any, ...]:
        """SVC: procedure, charge, paid (None where not sent), revenue code, units paid, as billed, units billed."""
        code, component, number, count = e[1], self._component, self._number, len(e)
        if component not in code and hcpcs(code):
            code = f"HC{component}{code}"  # the qualifier left out, of a code that only HCPCS has
        return (
            procedure(code, component),
            number(e[2]),
            number(e[3]) if count > 3 and e[3] else None,
            e[4] if count > 4 else "",
            self._quantity(e[5]) if count > 5 and e[5] else None,
            procedure(e[6], component) if count > 6 and e[6] else None,
            self._quantity(e[7]) if count > 7 and e[7] else None,
        )

    def _quantity(self, text: str) -> Decimal | None:
        """Units, None where they cannot be read: a fault that leaves charge and payment as they are."""
        try:
            return self._number(text)
        except (ValueError, ArithmeticError):
            return None

    def _ref(self, e: list[str]) -> s.Reference:
        if len(e) == 3:
            return s.Reference(e[1], e[2])
        secondary = get(e, 4)
        if secondary and self._component != ":":
            secondary = secondary.replace(self._component, ":")
        return s.Reference(e[1], get(e, 2), get(e, 3), secondary)


def plain_builder(kind: type[s.Value], shape: str, number: Number) -> Builder:
    """Return a builder of `kind` from a split segment.

    Args:
        kind: The struct to build; its fields are in the order of `shape`.
        shape: One character per element from 01 on: `m` is a number, `-` is left out, anything else is text.
        number: Reads the text of a number.
    """
    places = [(i, code == "m") for i, code in enumerate(shape, 1) if code != "-"]

    def build(e: list[str]) -> s.Value:
        count = len(e)
        values = [(number(e[i]) if e[i] else None) if is_number else e[i] for i, is_number in places if i < count]
        return kind(*values)

    return build


def raw(e: list[str]) -> list[str]:
    """Return the split segment as it is."""
    return e


def _nm1(e: list[str]) -> Party:
    e = e + [""] * (10 - len(e)) if len(e) < 10 else e
    return Party(e[1], e[2], e[3], e[4], e[5], e[6], e[7], e[8], e[9])


def _n1(e: list[str]) -> Party:
    return Party(e[1], "", get(e, 2), id_qualifier=get(e, 3), id=get(e, 4))


def _n3(e: list[str]) -> tuple[str, str]:
    return e[1], get(e, 2)


def _n4(e: list[str]) -> tuple[str, ...]:
    """City, state, postal code, country, country subdivision."""
    return get(e, 1), get(e, 2), get(e, 3), get(e, 4), get(e, 7)


def _per(e: list[str]) -> s.Contact:
    numbers = tuple((e[i], e[i + 1]) for i in range(3, min(len(e), 9) - 1, 2) if e[i])
    return s.Contact(e[1], get(e, 2), numbers)


def _dmg(e: list[str]) -> s.Demographics:
    text = get(e, 2)
    return s.Demographics(e[1], text, get(e, 3), day.__wrapped__(text))  # a birth date is not remembered


def _dtp(e: list[str]) -> s.Dated:
    return dated(e[1], e[2], e[3])


def _dtm(e: list[str]) -> s.Dated:
    return dated(e[1], "D8", e[2])


def _crc(e: list[str]) -> s.Condition:
    return s.Condition(e[1], get(e, 2), tuple(v for v in e[3:8] if v))


def _cur(e: list[str]) -> str:
    return get(e, 2)


def _lx(e: list[str]) -> int:
    return int(e[1])


def _cas(e: list[str], number: Number) -> tuple[s.Adjustment, ...]:
    group = e[1]
    if len(e) == 4:
        return (s.Adjustment(group, e[2], number(e[3])),)
    e = e + [""] * (20 - len(e))
    return tuple(
        [
            s.Adjustment(group, e[i], number(e[i + 1]), number(e[i + 2]) if e[i + 2] else None)
            for i in range(2, 20, 3)
            if e[i] or e[i + 1]
        ]
    )
