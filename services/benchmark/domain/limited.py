"""Whose services Medicare pays below the fee schedule, by the rendering provider's taxonomy (NUCC).

Nurse practitioners, physician assistants and clinical nurse specialists at 85 % (42 CFR 414.52, 414.56), clinical
social workers, marriage and family therapists and mental health counselors at 75 % (Social Security Act 1833(a)(1)(F)
and (FF)), dietitians at 85 % (42 CFR 414.64). Nurse midwives are paid in full (since 2011). Marriage and family
therapists and mental health counselors are covered from 1 January 2024 on (Social Security Act 1861(lll), put in by
section 4121 of the Consolidated Appropriations Act, 2023).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from recoup_x12.codes import known
from services.benchmark.domain.modifiers import percent

_ONE = Decimal(1)
_RATES = {
    "363L": ("nurse practitioner", Decimal("0.85")),
    "363A": ("physician assistant", Decimal("0.85")),
    "364S": ("clinical nurse specialist", Decimal("0.85")),
    "133V": ("dietitian", Decimal("0.85")),
    "1041": ("clinical social worker", Decimal("0.75")),
    "106H": ("marriage and family therapist", Decimal("0.75")),
    "101Y": ("mental health counselor", Decimal("0.75")),
}
_FULL = ("", _ONE)
UNKNOWN_KIND = "provider of unknown taxonomy"
_COVERED_FROM = {
    "marriage and family therapist": date(2024, 1, 1),
    "mental health counselor": date(2024, 1, 1),
}
_BY_KIND = dict(_RATES.values())


def limited_kind(taxonomy: str) -> str:
    """The kind of provider whose rate is limited; `UNKNOWN_KIND` of a taxonomy that NUCC's list lacks; else empty."""
    if not taxonomy:
        return ""
    kind = _RATES.get(taxonomy[:4].upper(), _FULL)[0]
    listed = known("taxonomy")
    return kind or ("" if listed is None or taxonomy.upper() in listed else UNKNOWN_KIND)


def limit_of(kind: str, modifiers: Sequence[str]) -> tuple[Decimal, str]:
    """The share of the fee schedule amount, and a note; an assistant's 13.6 % (AS) holds the 85 % already."""
    rate = _BY_KIND.get(kind)
    if rate is None or "AS" in modifiers:
        return _ONE, ""
    return rate, f"rendered by a {kind}, at {percent(rate)} %"


def not_yet_covered(kind: str, day: date) -> str:
    """Why Medicare has no amount for this kind of provider on a day; empty where it has one."""
    begin = _COVERED_FROM.get(kind)
    if begin is None or day >= begin:
        return ""
    return f"Medicare covers services of a {kind} from {begin.isoformat()} on only: it would have allowed nothing"
