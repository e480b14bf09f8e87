"""Turns the elements of a segment into the model's values. Tolerant: what cannot be read raises ValueError."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from services.intake.adapters.x12.delimiters import Delimiters
from services.intake.domain import claim as c
from services.intake.domain import segments as s
from services.intake.domain.codes.shapes import hcpcs
from services.intake.domain.party import Party

_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)", re.ASCII).fullmatch

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
    "CL1": (c.Admission, "sss"),
    "DN1": (c.Orthodontics, "mmss"),
    "DN2": (c.ToothStatus, "ss---s"),
    "PS1": (c.PurchasedService, "sm"),
    "MEA": (c.Measurement, "ssm"),
    "QTY": (s.Quantity, "sm"),
    "FRM": (c.Answer, "ssssm"),
    "LQ": (s.Reference, "ss"),
}


def number(text: str) -> Decimal:
    """An X12 R or N0 element, exactly; ValueError for anything else."""
    if not _NUMBER(text):
        raise ValueError("not a number")
    return Decimal(text)


def optional_number(text: str) -> Decimal | None:
    return number(text) if text else None


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


@lru_cache(maxsize=10_000)
def pointers(text: str, separator: str) -> tuple[int, ...]:
    """Composite C004: diagnosis pointers."""
    return tuple([int(p) for p in text.split(separator) if p])


def _get(e: list[str], index: int) -> str:
    return e[index] if index < len(e) else ""


Number = Callable[[str], Decimal]


class Status(s.Value, frozen=True):
    """STC: (category, industry code, code list) of STC01, STC10 and STC11, and STC02 as sent."""

    codes: tuple[tuple[str, str, str], ...]
    date: str = ""


class Values:
    """Builders by segment ID for one set of delimiters; each takes the split segment (ID first).

    `number` reads amounts: `Decimal` itself serves where a pattern has already found them to be plain numbers.
    """

    def __init__(self, delimiters: Delimiters, number: Number = number) -> None:
        self._number = number
        self._component = delimiters.component
        self._health_codes: dict[str, s.HealthCode] = {}
        special: dict[str, Callable[[list[str]], Any]] = {
            "NM1": _nm1, "N1": _n1, "N3": _n3, "N4": _n4, "PER": _per, "DMG": _dmg, "DTP": _dtp, "DTM": _dtm,
            "CRC": _crc, "CUR": _cur, "LX": _lx, "HI": self._hi, "CLM": self._clm, "SV1": self._sv1,
            "SV2": self._sv2, "SV3": self._sv3, "SV5": self._sv5, "TOO": self._too, "LIN": _lin,
            "CTP": self._ctp, "SVD": self._svd, "CAS": lambda e: _cas(e, number), "ST": _raw, "BHT": _raw,
            "HL": _raw, "BPR": _raw,
            "TRN": _raw, "TS3": _raw, "TS2": _raw, "RDM": _raw, "PLB": self._plb, "CLP": _raw,
            "SVC": self._svc, "REF": self._ref, "STC": self._stc,
        }  # fmt: skip
        self.builders: dict[str, Callable[[list[str]], Any]] = {k: _plain(v[0], v[1], number) for k, v in PLAIN.items()}
        self.builders.update(special)

    def _optional(self, text: str) -> Decimal | None:
        return self._number(text) if text else None

    def _ref(self, e: list[str]) -> s.Reference:
        secondary = _get(e, 4)
        if secondary and self._component != ":":
            secondary = secondary.replace(self._component, ":")
        return s.Reference(e[1], _get(e, 2), _get(e, 3), secondary)

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
            _get(e, 2),
            self._optional(_get(e, 3)),
            self._optional(_get(e, 4)),
            self._optional(_get(e, 5)),
            _get(e, 6),
        )

    def _too(self, e: list[str]) -> c.Tooth:
        surfaces = tuple(p for p in _get(e, 3).split(self._component) if p)
        return c.Tooth(_get(e, 1), _get(e, 2), surfaces)

    def _ctp(self, e: list[str]) -> tuple[Decimal | None, str]:
        return self._optional(_get(e, 4)), _get(e, 5).replace(self._component, ":")

    def _svd(self, e: list[str]) -> c.LineAdjudication:
        return c.LineAdjudication(
            e[1],
            self._number(e[2]),
            procedure(e[3], self._component) if _get(e, 3) else None,
            _get(e, 4),
            self._optional(_get(e, 5)),
            _get(e, 6),
        )

    def _svc(self, e: list[str]) -> tuple[Any, ...]:
        """SVC as positional arguments of ServicePayment; the amount paid is None where it is not sent."""
        billed, code = _get(e, 6), e[1]
        if self._component not in code and hcpcs(code):
            code = f"HC{self._component}{code}"  # the qualifier left out, of a code that only HCPCS has
        return (
            procedure(code, self._component), self._number(e[2]), self._optional(_get(e, 3)), _get(e, 4),
            self._optional(_get(e, 5)), procedure(billed, self._component) if billed else None,
            self._optional(_get(e, 7)),
        )  # fmt: skip

    def _stc(self, e: list[str]) -> Status:
        codes: list[tuple[str, str, str]] = []
        for text in (_get(e, 1), _get(e, 10), _get(e, 11)):
            if text:
                parts = [*text.split(self._component), *[""] * 4]
                codes.append((parts[0], parts[1], parts[3]))
        return Status(tuple(codes), _get(e, 2))

    def _plb(self, e: list[str]) -> tuple[tuple[str, str, str, str, Decimal], ...]:
        rows: list[tuple[str, str, str, str, Decimal]] = []
        for at in range(3, len(e) - 1, 2):
            if e[at] or e[at + 1]:
                reason, _, reference = e[at].partition(self._component)
                rows.append((e[1], e[2], reason, reference, self._number(e[at + 1])))
        return tuple(rows)


def _plain(kind: type[s.Value], shape: str, number: Number) -> Callable[[list[str]], s.Value]:
    places = [(i, code == "m") for i, code in enumerate(shape, 1) if code != "-"]

    def build(e: list[str]) -> s.Value:
        count = len(e)
        values = [(number(e[i]) if e[i] else None) if is_number else e[i] for i, is_number in places if i < count]
        return kind(*values)

    return build


def _raw(e: list[str]) -> list[str]:
    return e


def _nm1(e: list[str]) -> Party:
    e = e + [""] * (10 - len(e)) if len(e) < 10 else e
    return Party(e[1], e[2], e[3], e[4], e[5], e[6], e[7], e[8], e[9])


def _n1(e: list[str]) -> Party:
    return Party(e[1], "", _get(e, 2), id_qualifier=_get(e, 3), id=_get(e, 4))


def _n3(e: list[str]) -> tuple[str, str]:
    return e[1], _get(e, 2)


def _n4(e: list[str]) -> tuple[str, ...]:
    """City, state, postal code, country, country subdivision."""
    return _get(e, 1), _get(e, 2), _get(e, 3), _get(e, 4), _get(e, 7)


def _per(e: list[str]) -> s.Contact:
    numbers = tuple((e[i], e[i + 1]) for i in range(3, min(len(e), 9) - 1, 2) if e[i])
    return s.Contact(e[1], _get(e, 2), numbers)


def _dmg(e: list[str]) -> s.Demographics:
    text = _get(e, 2)
    return s.Demographics(e[1], text, _get(e, 3), day.__wrapped__(text))  # a birth date is not remembered


def _dtp(e: list[str]) -> s.Dated:
    return dated(e[1], e[2], e[3])


def _dtm(e: list[str]) -> s.Dated:
    return dated(e[1], "D8", e[2])


def _crc(e: list[str]) -> s.Condition:
    return s.Condition(e[1], _get(e, 2), tuple(v for v in e[3:8] if v))


def _cur(e: list[str]) -> str:
    return _get(e, 2)


def _lx(e: list[str]) -> int:
    return int(e[1])


def _lin(e: list[str]) -> c.Drug:
    return c.Drug(e[2], _get(e, 3))


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
