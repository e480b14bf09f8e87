"""Hospital outpatient payment by the addenda of CY2025: single lines, and what a claim's lines do to each other.

Rates of Addendum B: 64483 890.29, 10060 198.70, 45380 1,179.08, 43239 937.56 (T); 96374 210.69 (S); 29881 3,244.61,
27447 12,866.82, 19081 and 11044 1,620.24, 0200T 7,143.73 (J1); 99285 613.10, 99291 842.61, G0463 128.87 (J2); 93005
59.40, 96372 71.17 (Q1); 70450 106.34, 70496 178.02, 70551 and 72148 241.72, 70553 and 74177 357.13, 76700 and 76770
106.34, 90837 and 90791 160.67, 90853 92.50, 71045 88.05 (Q3); J9035 72.704 (K), J1885 0.682 (K1). Of Addendum A: 5073
2,862.05, 8004 306.50, 8005 224.55, 8006 435.12, 8007 540.27, 8008 854.83, 8010 408.55, 8011 2,647.73.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.benchmark.application.quote import Asked, quote
from services.benchmark.domain.hospitals import HospitalIndex, at_index
from services.benchmark.domain.other_lines import adjust_for_other_lines, session_of
from services.benchmark.domain.outpatient import quarter_missing
from services.benchmark.domain.releases import NoPrice, Price, Service
from tests.unit.benchmark.world import D, policy, reference

_DAY = date(2025, 11, 3)
Billed = tuple[str, int, tuple[str, ...], int]


def _one(code: str, *modifiers: str, units: int = 1, wage_index: str = "1", day: date = _DAY) -> Price | NoPrice:
    line = Service(code, modifiers, "10001", "22", D(units), day)
    return reference().outpatient(line, wage_index=D(wage_index))


def _line(text: str) -> Billed:
    """`code[-modifier][ xUNITS][ @DAY]` of November 2025; without a day the third."""
    service, *more = text.split()
    code, *modifiers = service.split("-")
    units = next((int(one[1:]) for one in more if one.startswith("x")), 1)
    return code, units, tuple(modifiers), next((int(one[1:]) for one in more if one.startswith("@")), 3)


def _claim(*texts: str, wage_index: str = "1") -> list[Decimal]:
    """What each line of a claim comes to; 0 where it is packaged or has no rate."""
    return _amounts([_line(text) for text in texts], wage_index)


def _amounts(lines: Sequence[Billed], wage_index: str = "1") -> list[Decimal]:
    days = [date(2025, 11, day) for *_, day in lines]
    prices = [
        _one(code, *modifiers, units=units, wage_index=wage_index, day=day)
        for (code, units, modifiers, _), day in zip(lines, days, strict=True)
    ]
    beside = adjust_for_other_lines(prices, [session_of(day, line[2]) for line, day in zip(lines, days, strict=True)])
    return [
        changed.amount if changed is not None else price.amount if isinstance(price, Price) else D(0)
        for price, changed in zip(prices, beside, strict=True)
    ]


@pytest.mark.parametrize(
    ("line", "wage_index", "expected"),
    [
        ("64483", "1", "890.29"),
        ("64483-50", "1", "1335.44"),  # 1.5 × 890.29 = 1,335.435
        ("64483-73", "1", "445.15"),  # half of it: 445.145
        ("64483-52", "1", "445.15"),
        ("64483-74", "1", "890.29"),
        ("64483-PO", "1", "890.29"),
        ("64483-PN", "1", "356.12"),  # 0.4 × 890.29 = 356.116
        ("64483-50-PN", "1", "534.17"),  # 0.4 × 1,335.435 = 534.174
        ("G0463", "1", "128.87"),
        ("G0463-PN", "1", "51.55"),  # 0.4 × 128.87 = 51.548
        ("G0463-PO", "1", "51.55"),
        ("29881", "1", "3244.61"),
        ("29881-50", "1", "3244.61"),  # a comprehensive procedure is paid once
        ("29881-50-73", "1", "1622.31"),  # T/U of the I/OCE: half of it
        ("64483-50-52", "1", "445.15"),  # the same of a surgical service, both sides or not
        ("96374-50", "1", "210.69"),  # indicator 0: 150 % does not apply
        ("27447 x2", "1", "12866.82"),
        ("0200T-73", "1", "2362.43"),  # (7,143.73 − 2,418.87) / 2
        ("0200T-52", "1", "3571.87"),
        ("0200T-74", "1", "7143.73"),
        ("J9035 x10", "1", "727.04"),
        ("J9035-PN", "1", "72.70"),  # drugs are not reduced
        ("J1885", "1.3", "0.68"),  # nor wage-adjusted
        ("64483", "1.2", "997.12"),  # 890.29 × (0.6 × 1.2 + 0.4) = 997.1248
        ("29881", "0.9", "3049.93"),  # 3,244.61 × (0.54 + 0.4) = 3,049.9334
        ("G0463-PN", "1.2", "57.73"),  # 144.3344 × 0.4 = 57.73376
        ("43239", "1.2", "1050.07"),  # 937.56 × 1.12 = 1,050.0672
        ("96374 x3", "1.2", "707.92"),  # 3 × 235.9728, rounded once
        ("P9016", "1.3", "182.00"),  # nor is blood (R)
        ("C2616", "1.3", "17485.10"),  # nor are brachytherapy sources (U)
        ("71046-FX", "1", "70.44"),  # 88.05 less 20 % (Social Security Act 1833(t)(16)(F))
        ("71046-FY", "1", "79.25"),  # less 10 % from 2023 on: 79.245
        ("70450-CT", "1", "90.39"),  # 106.34 less 15 %: 90.389
        ("70450-CT-PN", "1", "36.16"),  # 0.4 × 90.389 = 36.1556
        ("71046-CT", "1", "88.05"),  # no scan
        ("72148-CT", "1", "241.72"),
        ("70450-FX", "1", "106.34"),  # no X-ray
        ("72148-FY", "1", "241.72"),
        ("76700-FX", "1", "106.34"),
        ("99285", "1.1", "649.89"),  # 613.10 × (0.66 + 0.4) = 649.886
    ],
)
def test_a_line_by_itself(line: str, wage_index: str, expected: str) -> None:
    code, units, modifiers, _ = _line(line)
    price = _one(code, *modifiers, units=units, wage_index=wage_index)
    assert isinstance(price, Price), price
    assert price.amount == D(expected)
    assert price.source == "medicare_opps"
    assert price.release == "CMS OPPS CY2025 (final rule)"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("33533", "inpatient procedure"),
        ("G0378", "is packaged into other services"),
        ("80053", "laboratory"),
        ("0001F", "not taken|not billed|not covered"),
        ("E0601", "durable equipment"),
        ("C1600", "paid by the hospital's cost"),
        ("C9804", "paid by the hospital's cost"),
        ("G0129", "partial hospitalization"),
        ("99999", "the code is unknown to it"),
        ("2988I", "is not a CPT or HCPCS code"),
    ],
)
def test_no_rate_says_why(code: str, why: str) -> None:
    price = _one(code)
    assert isinstance(price, NoPrice)
    assert any(one in price.reason for one in why.split("|")), price.reason


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # discounts are by day, and by the rate of one unit
        (("64483", "64483 @17"), "890.29 890.29"),
        (("64483", "64483"), "890.29 445.15"),
        (("64483 x3",), "1780.58"),  # 1 + ½ + ½
        (("45380", "43239"), "1179.08 468.78"),
        (("45380", "64483-50"), "1179.08 667.72"),  # half of 150 %
        (("45380-73", "64483"), "294.77 890.29"),  # what was broken off comes after what was not
        (("45380-52", "43239"), "294.77 937.56"),  # T × D / U: 0.5 × 0.5 × 1,179.08
        (("45380-73",), "589.54"),  # T / U
        (("45380-50-73", "43239"), "294.77 937.56"),
        (("64483-50", "43239"), "667.72 937.56"),  # ranked by one side: D × (1 + D) / U
        (("64483-50", "10060"), "1335.44 99.35"),  # (1 + D) / U, and half of 198.70
        (("43239 x2", "64483"), "1406.34 445.15"),  # (1 + D × (U − 1)) / U × 2 × 937.56
        (("45380", "43239 x2"), "1179.08 937.56"),  # D × 2
        # comprehensive procedures
        (("29881", "64483", "96374", "93005"), "3244.61 0 0 0"),
        (("29881", "64483 @17"), "3244.61 0"),
        (("29881", "J1885 x15"), "3244.61 10.23"),
        (("29881", "J9035"), "3244.61 0"),
        (("29881", "27447"), "0 12866.82"),
        (("19081", "11044"), "1620.24 0"),  # ranks 2,970 and 2,971 at one rate
        (("11044", "19081"), "0 1620.24"),
        # complexity adjustment
        (("19081", "19082"), "2862.05 0"),
        (("19081 x2",), "2862.05"),
        (("19081", "19081"), "2862.05 0"),
        (("19081-50",), "2862.05"),  # the other side is a second procedure: 19081+19081 of Addendum J
        (("19301-50",), "6521.46"),  # 19301+19301: APC 5092
        (("29881-50",), "3244.61"),  # no such pair
        (("29881", "0625T"), "3244.61 950.50"),  # New Technology APC 1511: excluded (Addendum J)
        (("11044", "20700"), "2862.05 0"),
        (("11044-PN", "20700"), "1144.82 0"),
        (("19081", "20700"), "1620.24 0"),
        # observation
        (("99285", "G0378 x8"), "2647.73 0"),
        (("99285", "G0378 x20 @4", "96374", "93005", "70450 @4"), "2647.73 0 0 0 0"),
        (("99285", "G0378 x7"), "613.10 0"),
        (("99285", "G0378 x24", "10060"), "613.10 0 198.70"),
        (("G0378 x24",), "0"),
        # imaging composites
        (("70450",), "106.34"),
        (("70450 x2",), "224.55"),
        (("70450", "70496"), "0 435.12"),
        (("70450", "70496 @5"), "106.34 178.02"),
        (("70551", "72148"), "540.27 0"),
        (("70551", "70553"), "0 854.83"),
        (("76700", "76770"), "306.50 0"),
        (("74177", "70551"), "357.13 241.72"),
        (("70450-PN", "70496-PN"), "0 174.05"),  # 0.4 × 435.12 = 174.048
        # mental health
        (("90837", "90791", "90853"), "408.55 0 0"),
        (("90837", "90791"), "160.67 160.67"),
        (("90837", "90791", "90853 @5"), "160.67 160.67 92.50"),
        # critical care
        (("99291", "71045"), "842.61 0"),
        (("99291", "71045 @5"), "842.61 88.05"),
        # conditional packaging
        (("93005", "96372"), "0 71.17"),
        (("93005",), "59.40"),
        (("93005 x2",), "59.40"),
        (("93005", "93005 x2"), "59.40 0"),
        (("93005", "96374 @5"), "0 210.69"),
        (("93005", "70450"), "0 106.34"),
        (("93005", "99285"), "0 613.10"),
    ],
)
def test_lines_beside_each_other(lines: tuple[str, ...], expected: str) -> None:
    assert _claim(*lines) == [D(one) for one in expected.split()]


def test_a_line_is_rounded_once_as_cms_s_pricer_does() -> None:
    """937.56 × 1.12 = 1,050.0672, of which half is 525.0336; two units 1,575.1008."""
    assert _claim("45380", "43239", wage_index="1.2") == [D("1320.57"), D("525.03")]
    assert _claim("43239 x2", wage_index="1.2") == [D("1575.10")]


def test_a_composite_is_wage_adjusted() -> None:
    assert _claim("76700", "76770", wage_index="1.1") == [D("324.89"), D(0)]  # 306.50 × (0.66 + 0.4)


_CODES = st.sampled_from(
    [
        *("64483", "10060", "96374", "29881", "27447", "19081", "19082", "99285", "G0378", "93005", "96372", "70450"),
        *("70496", "70551", "90837", "90791", "90853", "99291", "71045", "J9035", "J1885"),
    ]
)
_LINES = st.lists(st.tuples(_CODES, st.integers(1, 24), st.just(()), st.sampled_from([3, 4])), min_size=1, max_size=6)


@given(_LINES, st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_no_sum(lines: list[Billed], random: object) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)  # pyright: ignore
    assert abs(sum(_amounts(lines)) - sum(_amounts(shuffled))) <= D("0.01") * len(lines)


@given(_LINES)
def test_company_never_makes_a_claim_of_negative_lines_or_pays_twice_for_a_comprehensive_one(
    lines: list[Billed],
) -> None:
    amounts = _amounts(lines)
    assert all(amount >= 0 for amount in amounts)
    procedures = [a for (code, *_), a in zip(lines, amounts, strict=True) if code in ("29881", "27447", "19081")]
    if procedures:
        assert sum(amount > 0 for amount in procedures) == 1


@pytest.mark.parametrize("day", [date(2026, 3, 2), date(2024, 6, 3)])
def test_another_year_s_rates_may_flag_and_never_enter_a_letter(day: date) -> None:
    found = quote(Asked("29881", "10001", day, (), "22", outpatient=True), reference(), policy())
    assert found.amount == D("3244.61")
    assert found.fallback == f"no release is loaded for {day.year}: CMS OPPS CY2025 (final rule) used"
    assert [one.uses for one in found.benchmarks] == [("internal",)]
    own = quote(Asked("29881", "10001", _DAY, (), "22", outpatient=True), reference(), policy())
    assert own.confidence - found.confidence == 40
    assert "commercial_appeal" in own.benchmarks[0].uses


# --- drugs ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", [date(2025, 1, 15), date(2025, 5, 1), date(2025, 8, 1), date(2025, 11, 3)])
@pytest.mark.parametrize(("code", "amount"), [("J9271", "58.22"), ("J1885", "0.68")])
def test_a_drug_by_rates_of_no_quarter_s_own_is_named_and_enters_no_letter(code: str, amount: str, day: date) -> None:
    """The final rule prints rates by an earlier quarter's prices (42 CFR 414.904, 419.64): 58.216 (K), 0.682 (K1)."""
    found = quote(Asked(code, "10001", day, (), "22", outpatient=True), reference(), policy())
    assert (found.amount, [one.uses for one in found.benchmarks]) == (D(amount), [("internal",)])
    assert found.fallback == (
        f"CMS sets rates of drugs each quarter, and those of quarter {(day.month + 2) // 3} of 2025 are not at hand: "
        "CMS OPPS CY2025 (final rule) used"
    )
    own = quote(Asked("29881", "10001", day, (), "22", outpatient=True), reference(), policy())
    assert own.confidence - found.confidence == 40


@pytest.mark.parametrize("code", ["P9016", "C1716", "29881"])
def test_blood_brachytherapy_and_procedures_have_rates_of_the_year(code: str) -> None:
    found = quote(Asked(code, "10001", _DAY, (), "22", outpatient=True), reference(), policy())
    assert not found.fallback
    assert "commercial_appeal" in found.benchmarks[0].uses


@pytest.mark.parametrize(
    ("first", "last", "day", "own"),
    [
        (date(2025, 4, 1), date(2025, 6, 30), date(2025, 4, 1), True),
        (date(2025, 4, 1), date(2025, 6, 30), date(2025, 6, 30), True),
        (date(2025, 4, 1), date(2025, 9, 30), date(2025, 5, 1), False),
        (date(2024, 4, 1), date(2025, 6, 30), date(2025, 5, 1), False),
        (date(2024, 4, 1), date(2024, 6, 30), date(2025, 5, 1), False),
    ],
)
def test_a_release_of_one_quarter_has_that_quarter_s_drugs(first: date, last: date, day: date, own: bool) -> None:
    assert (quarter_missing("Mine", (first, last), day) == "") == own


@pytest.mark.parametrize(
    ("code", "amount", "told"),
    [
        ("J9271", "58.22", "not adjusted by the wage index"),
        ("P9016", "182.00", "not adjusted by the wage index"),
        ("C1716", "868.33", "not adjusted by the wage index"),
        ("J1885", "0.68", "not adjusted by the wage index"),
        ("64483", "1050.54", "wage index 1.3 applied"),  # 890.29 × (0.6 × 1.3 + 0.4) = 1,050.5422
    ],
)
def test_the_wage_index_is_told_of_what_it_reaches(code: str, amount: str, told: str) -> None:
    price = _one(code, wage_index="1.3")
    assert isinstance(price, Price)
    assert (price.amount, [note for note in price.notes if "wage index" in note]) == (D(amount), [told])


def test_a_hospital_s_index_is_not_told_of_a_drug() -> None:
    index = HospitalIndex(D("1.3"), "CCN 330101, FY 2024", "no release is loaded for fiscal year 2025: FY 2024 used")
    drug, procedure = (at_index(_one(code, wage_index="1.3"), index) for code in ("P9016", "64483"))
    assert isinstance(drug, Price)
    assert isinstance(procedure, Price)
    assert (drug.fallback, drug.internal, procedure.internal) == ("", False, True)
    assert not any("CCN" in note for note in drug.notes)


# --- what is paid beside a comprehensive procedure ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("beside", "amount"),
    [("G0101", "92.50"), ("G0121", "911.71"), ("77080", "106.34"), ("G0008", "46.14"), ("Q2053", "460530.40")],
)
def test_preventive_services_and_cell_therapies_are_paid_beside_a_comprehensive_procedure(
    beside: str, amount: str
) -> None:
    """42 CFR 410.2 and the CY 2025 rule exclude them; 29881 (J1) is 3,244.61."""
    assert _claim("29881", beside) == [D("3244.61"), D(amount)]


@pytest.mark.parametrize("beside", ["77067", "97110", "A0429"])
def test_what_another_schedule_pays_is_not_said_to_be_packaged(beside: str) -> None:
    prices = [_one("29881"), _one(beside)]
    alone = adjust_for_other_lines(prices, [session_of(_DAY, ())] * 2)
    assert alone[1] is None
    assert isinstance(prices[1], NoPrice)
    assert "is paid by another schedule" in prices[1].reason


@pytest.mark.parametrize("beside", ["96374", "71046", "J9035", "G0404"])
def test_other_services_stay_packaged(beside: str) -> None:
    assert _claim("29881", beside) == [D("3244.61"), D("0.00")]
