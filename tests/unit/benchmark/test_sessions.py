"""Reductions are by day of service. By hand for Manhattan 2025 (1.065, 1.166, 1.656; CF 32.3465).

20610 in a facility 0.79 × 1.065 + 0.44 × 1.166 + 0.13 × 1.656 = 1.56967 × 32.3465 = 50.77; 27447 45.30468 → 1,465.45;
97110 0.99719 → 32.26, its practice expense 0.43 × 1.166 × 32.3465 = 16.2179; 72148 6.68074 → 216.10; 70551 6.86730 →
222.13, its technical part 222.13 − 74.72 = 147.41. OPPS 64483 (status T) 890.29.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.benchmark.domain.assessment import Assessor
from shared.events.claims import RemittanceLine
from tests.unit.benchmark.world import D, claimed, paid, policy, reference, remitted

ASSESSOR = Assessor(reference(), policy())
_MEDICARE = ("medicare_pfs", "medicare_opps")
Billed = tuple[str, int, tuple[str, ...]]
"""Code, units, modifiers."""


def _day(number: int) -> date:
    return date(2025, 11, number)


def _lines(*billed: Billed) -> list[RemittanceLine]:
    return [
        paid(code, "9000", "10", line=number, units=units, modifiers=modifiers)
        for number, (code, units, modifiers) in enumerate(billed, 1)
    ]


def _amounts(billed: list[Billed], days: list[date], **claim: Any) -> list[Decimal | None]:
    """Medicare's amount of each line; None where the line has none of its own."""
    lines = _lines(*billed)
    found = ASSESSOR.assess(claimed(lines, days=days, **claim), remitted(*lines))
    return [next((b.amount for b in line.benchmarks if b.source in _MEDICARE), None) for line in found.lines]


_HOSPITAL: dict[str, Any] = {"form": "institutional", "bill_type": "131"}
_OFFICE: dict[str, Any] = {"place": "11"}
_FACILITY: dict[str, Any] = {"place": "22"}


@pytest.mark.parametrize(
    ("claim", "billed", "apart", "together"),
    [
        # 2 × 32.26 − 16.2179 / 2 on every day; on one day every unit but the first loses half its expense
        (_OFFICE, ["97110*2", "97110*2", "97110*2"], ["56.41", "56.41", "56.41"], ["56.41", "48.30", "48.30"]),
        (_FACILITY, ["27447", "20610"], ["1465.45", "50.77"], ["1465.45", "25.39"]),
        # 216.10 = 141.00 technical + 75.10 professional: 70.50 + 71.345; 70551 is the dearer in its technical part,
        # 72148 in its professional one: 222.13 − 74.72 × 0.05 = 218.394
        (_OFFICE, ["72148", "70551"], ["216.10", "222.13"], ["145.60", "218.39"]),
        (_HOSPITAL, ["64483", "64483"], ["890.29", "890.29"], ["890.29", "445.15"]),
    ],
)
def test_only_services_of_one_day_reduce_each_other(
    claim: dict[str, Any], billed: list[str], apart: list[str], together: list[str]
) -> None:
    lines: list[Billed] = [(code, int(units or 1), ()) for code, _, units in (one.partition("*") for one in billed)]
    assert _amounts(lines, [_day(3 + 7 * n) for n in range(len(lines))], **claim) == [D(a) for a in apart]
    assert _amounts(lines, [_day(3)] * len(lines), **claim) == [D(a) for a in together]


def test_a_comprehensive_procedure_packages_the_whole_claim_whatever_the_day() -> None:
    """29827 is status J1, 7,143.73; the infusion of the next day is part of it (Claims Processing Manual, ch. 4)."""
    billed: list[Billed] = [("29827", 1, ()), ("96374", 1, ())]
    assert _amounts(billed, [_day(3), _day(4)], **_HOSPITAL) == [D("7143.73"), None]


def test_an_assistant_is_reduced_beside_his_own_procedures_only() -> None:
    """1,465.45 × 13.6 % = 199.30; a second procedure of the assistant is at half: 50.77 × 16 % / 2 = 4.06."""
    surgeon, assistant = ("27447", 1, ()), ("27447", 1, ("AS",))
    assert _amounts([surgeon, assistant], [_day(3)] * 2, **_FACILITY) == [D("1465.45"), D("199.30")]


# --- property ------------------------------------------------------------------------------------------------------

_PEOPLE_S = st.sampled_from(["27447", "10060", "43239", "43248", "43235", "70551", "72148", "97110", "93306", "99285"])
_HOSPITAL_S = st.sampled_from(["64483", "10060", "45380", "96374", "70450"])
"""Statuses T and S: what is packaged (J1, Q1, Q2) is packaged over the claim and no matter of days."""


@st.composite
def _claims(draw: st.DrawFn) -> tuple[list[Billed], list[date], dict[str, Any]]:
    hospital = draw(st.booleans())
    codes = draw(st.lists(_HOSPITAL_S if hospital else _PEOPLE_S, min_size=1, max_size=7))
    billed: list[Billed] = [(code, draw(st.integers(1, 3)), ()) for code in codes]
    days = [date(2025, 11, 1) + timedelta(days=draw(st.integers(0, 2))) for _ in codes]
    return billed, days, _HOSPITAL if hospital else _OFFICE


@given(_claims())
def test_splitting_a_claim_by_day_changes_nothing(claim: tuple[list[Billed], list[date], dict[str, Any]]) -> None:
    billed, days, form = claim
    whole = _amounts(billed, days, **form)
    for day in set(days):
        at = [i for i, one in enumerate(days) if one == day]
        assert _amounts([billed[i] for i in at], [day] * len(at), **form) == [whole[i] for i in at]
