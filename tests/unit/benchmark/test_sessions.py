"""Reductions are by day of service. By hand for Manhattan 2025 (1.065, 1.166, 1.656; CF 32.3465).

20610 in a facility 0.79 × 1.065 + 0.44 × 1.166 + 0.13 × 1.656 = 1.56967 × 32.3465 = 50.77; 27447 45.30468 → 1,465.45;
97110 0.99719 → 32.26, its practice expense 0.43 × 1.166 × 32.3465 = 16.2179; 72148 6.68074 → 216.10; 70551 6.86730 →
222.13, its technical part 222.13 − 74.72 = 147.41. OPPS 64483 (status T) 890.29.

Who rendered a line decides for operations and anesthesia; imaging, therapy and diagnostics meet in the whole group.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
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


_ONE, _OTHER = "1003000126", "1234567893"


@pytest.mark.parametrize(
    ("billed", "place", "apart", "together"),
    [
        (["27447", "20610"], "22", ["1465.45", "50.77"], ["1465.45", "25.39"]),
        (["20610", "20610"], "22", ["50.77", "50.77"], ["50.77", "25.39"]),
        # a group's imaging meets, whoever read it (77 FR 68933)
        (["72148", "70551"], "11", ["145.60", "218.39"], ["145.60", "218.39"]),
        (["97110", "97110"], "11", ["32.26", "24.15"], ["32.26", "24.15"]),
    ],
)
def test_who_rendered_a_line_decides_for_operations(
    billed: list[str], place: str, apart: list[str], together: list[str]
) -> None:
    lines: list[Billed] = [(code, 1, ()) for code in billed]
    for rendered, expected in (((_ONE, _OTHER), apart), ((_ONE, _ONE), together)):
        found = _amounts(lines, [_day(3)] * 2, place=place, rendered_by=rendered)
        assert found == [D(one) for one in expected]


def test_an_endoscopic_family_is_ranked_by_what_it_comes_to() -> None:
    """45388 295.39 against 43254 294.26 and 43253 286.10 less the base of 135.11, 150.99: the upper family comes to
    445.25 and stands in full, the lower at half: 147.695."""
    lines: list[Billed] = [(code, 1, ()) for code in ("45388", "43254", "43253")]
    assert _amounts(lines, [_day(3)] * 3, **_FACILITY) == [D("147.70"), D("294.26"), D("150.99")]


@pytest.mark.parametrize(
    ("code", "modifiers", "place", "amounts"),
    [
        ("92134", ("RT", "LT"), "11", ["35.86", None]),  # indicator 2: the values are of both sides
        ("92134", ("LT", "RT"), "11", ["35.86", None]),
        ("20610", ("RT", "LT"), "22", ["50.77", "25.39"]),  # indicator 1: 150 %, 76.155
        ("73030", ("RT", "LT"), "11", ["38.95", "38.95"]),  # 3: each in full, (0.18, 0.84, 0.02) 1.20426 × CF
    ],
)
def test_both_sides_on_two_lines(code: str, modifiers: tuple[str, str], place: str, amounts: list[str | None]) -> None:
    lines: list[Billed] = [(code, 1, (one,)) for one in modifiers]
    assert _amounts(lines, [_day(3)] * 2, place=place) == [None if a is None else D(a) for a in amounts]


def test_both_sides_are_one_procedure_beside_another() -> None:
    """(50.77 × 150 %) / 2 = 38.0775, a third of it at the second line."""
    lines: list[Billed] = [("20610", 1, ("RT",)), ("27447", 1, ()), ("20610", 1, ("LT",))]
    assert _amounts(lines, [_day(3)] * 3, **_FACILITY) == [D("25.39"), D("1465.45"), D("12.69")]


def test_a_service_of_status_t_is_paid_alone_only() -> None:
    """94760 (0, 0.10, 0.01): 0.13316 × 32.3465 = 4.31; nothing beside a visit of the day."""
    pulse: Billed = ("94760", 1, ())
    assert _amounts([pulse], [_day(3)], **_OFFICE) == [D("4.31")]
    beside = _amounts([pulse, ("99213", 1, ())], [_day(3)] * 2, **_OFFICE)
    assert beside[0] is None
    assert _amounts([pulse, ("99213", 1, ())], [_day(3), _day(4)], **_OFFICE)[0] == D("4.31")


def test_a_sixth_operation_is_by_report_and_costs_confidence() -> None:
    lines = _lines(*[(code, 1, ()) for code in ("27447", "10060", "20610", "12002", "11042", "11730")])
    found = ASSESSOR.assess(claimed(lines, place="22"), remitted(*lines)).lines
    cheapest = min(found, key=lambda line: line.target or D(0))
    assert any("sixth or later" in reason for reason in cheapest.reasons)
    assert cheapest.confidence == found[0].confidence - 15


def test_imaging_is_reduced_before_the_outpatient_cap() -> None:
    """70496 and 70498: the cheaper technical part is halved first, and then is below its cap (71 FR 69659)."""
    lines: list[Billed] = [("70496", 1, ()), ("70498", 1, ())]
    alone = [_amounts([line], [_day(3)], **_OFFICE)[0] for line in lines]
    found = _amounts(lines, [_day(3)] * 2, **_OFFICE)
    assert D("196.36") in found
    assert found[0] in alone or found[1] in alone


def test_a_whole_test_is_reduced_in_its_technical_part() -> None:
    """93000 15.98 beside 93306: its technical part is 93005's 7.32, a quarter of it 1.83."""
    assert _amounts([("93000", 1, ()), ("93306", 1, ())], [_day(3)] * 2, **_OFFICE)[0] == D("14.15")


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


@given(_claims(), st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_no_sum(
    claim: tuple[list[Billed], list[date], dict[str, Any]], random: Random
) -> None:
    """Of equals another may come first, so single lines may change places: what they come to does not, but for the
    cent that each line is rounded to."""
    billed, days, form = claim
    order = list(range(len(billed)))
    random.shuffle(order)
    whole = sum(one or D(0) for one in _amounts(billed, days, **form))
    shuffled = sum(one or D(0) for one in _amounts([billed[i] for i in order], [days[i] for i in order], **form))
    assert abs(shuffled - whole) <= D("0.01") * len(billed)


_OPERATIONS = st.sampled_from(["27447", "10060", "20610", "43239", "43248", "45388", "99285"])


@given(st.lists(st.tuples(_OPERATIONS, st.sampled_from([_ONE, _OTHER])), min_size=1, max_size=6))
def test_splitting_operations_by_who_rendered_them_changes_nothing(lines: list[tuple[str, str]]) -> None:
    def amounts(at: list[int]) -> list[Decimal | None]:
        billed: list[Billed] = [(lines[i][0], 1, ()) for i in at]
        return _amounts(billed, [_day(3)] * len(at), rendered_by=[lines[i][1] for i in at], **_FACILITY)

    whole = amounts(list(range(len(lines))))
    for one in {npi for _, npi in lines}:
        at = [i for i, (_, npi) in enumerate(lines) if npi == one]
        assert amounts(at) == [whole[i] for i in at]


@given(_claims())
def test_splitting_a_claim_by_day_changes_nothing(claim: tuple[list[Billed], list[date], dict[str, Any]]) -> None:
    billed, days, form = claim
    whole = _amounts(billed, days, **form)
    for day in set(days):
        at = [i for i, one in enumerate(days) if one == day]
        assert _amounts([billed[i] for i in at], [day] * len(at), **form) == [whole[i] for i in at]
