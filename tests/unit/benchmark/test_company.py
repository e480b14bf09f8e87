"""Rules on several services of one session, by hand for Manhattan (13202-01: 1.065, 1.166, 1.656) in 2025."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.benchmark.domain.multiple import reduce
from services.benchmark.domain.outpatient import unit_rate
from services.benchmark.domain.packaging import Share, arrange
from services.benchmark.domain.releases import Price
from shared.money import cents
from tests.unit.benchmark.world import DAY, D, priced, reference, service


def _amounts(*prices: Price) -> list[str]:
    reduced = reduce([price.ranked for price in prices])
    return [str(price.amount if one is None else cents(one.amount)) for price, one in zip(prices, reduced, strict=True)]


def test_surgery_dearest_in_full_others_at_half() -> None:
    """1465.45 in full; 10060 in a facility is 3.71832 × 32.3465 = 120.27, half 60.135; 12002 66.14, half 33.07."""
    assert _amounts(priced("12002"), priced("27447"), priced("10060")) == ["33.07", "1465.45", "60.14"]


def test_services_without_the_rule_stay_in_full() -> None:
    assert _amounts(priced("99285"), priced("27447")) == ["190.63", "1465.45"]


def test_further_units_are_further_procedures() -> None:
    """Two units of 10060: 120.27 + half of it = 180.405."""
    assert _amounts(priced("10060", units=2)) == ["180.41"]


def test_further_units_of_an_endoscopy_are_of_its_family() -> None:
    """151.42 and once 16.31, its difference to the base of 135.11, in one line or two."""
    assert _amounts(priced("43239", units=2)) == ["167.73"]
    assert sorted(_amounts(priced("43239"), priced("43239"))) == ["151.42", "16.31"]


def test_modifier_51_alone_is_a_later_procedure() -> None:
    assert _amounts(priced("10060", "51")) == ["60.14"]


def test_endoscopies_of_a_family_pay_their_difference_to_the_base() -> None:
    """43248 181.76 in full; 43239 151.42 less the base 135.11; the base itself is in the others."""
    assert _amounts(priced("43235"), priced("43239"), priced("43248")) == ["0.00", "16.31", "181.76"]


def test_a_family_is_one_procedure_beside_another_surgery() -> None:
    """181.76 / 2 = 90.88; 16.31 / 2 = 8.155."""
    assert _amounts(priced("43239"), priced("43248"), priced("27447")) == ["8.16", "90.88", "1465.45"]


def test_imaging_technical_half_professional_95_percent() -> None:
    """70450: 120.59 = 77.47 technical + 43.12 professional -> 38.735 + 40.964 = 79.699."""
    assert _amounts(priced("70450", place="11"), priced("70486", place="11")) == ["79.70", "145.11"]


def test_therapy_practice_expense_of_later_units_at_half() -> None:
    """97110: 2 × 32.26 − 16.2179 / 2 = 56.411; 97140: 30.44 − 15.0864 / 2 = 22.897."""
    assert _amounts(priced("97110", units=2, place="11"), priced("97140", place="11")) == ["56.41", "22.90"]


def test_cardiovascular_technical_part_at_75_percent() -> None:
    """93306: 215.47 − 143.42 × 0.25 = 179.615."""
    assert _amounts(priced("93306", place="11"), priced("78452", place="11")) == ["179.62", "473.34"]


def test_ophthalmology_technical_part_at_80_percent() -> None:
    """92133: 34.00 − 16.37 × 0.2 = 30.726."""
    assert _amounts(priced("92083", place="11"), priced("92133", place="11")) == ["69.97", "30.73"]


_SOME = st.lists(
    st.sampled_from(
        ["27447", "10060", "12002", "43239", "43248", "43235", "70450", "70486", "97110", "93306", "99285"]
    ),
    min_size=1,
    max_size=6,
)


@given(_SOME)
def test_company_never_raises_and_the_order_of_lines_does_not_change_the_sum(codes: list[str]) -> None:
    prices = [priced(code, place="11") for code in codes]
    amounts = [D(a) for a in _amounts(*prices)]
    assert all(0 <= a <= price.amount for a, price in zip(amounts, prices, strict=True))
    assert sum(amounts) == sum(D(a) for a in _amounts(*reversed(prices)))


# --- hospital outpatient -------------------------------------------------------------------------------------------


def _outpatient(code: str, *modifiers: str, units: int = 1, wage_index: str = "1") -> Price:
    price = reference().outpatient(service(code, *modifiers, units=units), wage_index=D(wage_index))
    assert isinstance(price, Price), price
    return price


def _arranged(*codes: str) -> list[Share]:
    return arrange([_outpatient(code).placed for code in codes], [DAY] * len(codes))


@pytest.mark.parametrize(
    ("code", "rate"),
    [
        ("43239", "937.56"),
        ("45385", "1179.08"),
        ("66984", "2280.73"),
        ("29881", "3244.61"),
        ("71046", "88.05"),
        ("99285", "613.10"),
        ("70450", "106.34"),
        ("96374", "210.69"),
    ],
)
def test_rates_are_those_of_addendum_b(code: str, rate: str) -> None:
    assert _outpatient(code).amount == D(rate)


def test_the_wage_index_moves_the_labor_share() -> None:
    """937.56 × 0.6 × 1.30 + 937.56 × 0.4 = 731.2968 + 375.0240."""
    assert _outpatient("43239", wage_index="1.30").amount == D("1106.32")
    assert unit_rate(D("100.00"), "K", D("1.30")) == D("100.00")  # drugs are not wage-adjusted


def test_discontinued_before_anesthesia_is_half() -> None:
    assert _outpatient("43239", "73").amount == D("468.78")


def test_a_comprehensive_procedure_packages_the_rest() -> None:
    shares = _arranged("96374", "29827", "43239")
    assert [share.factor for share in shares] == [0, 1, 0]


def test_later_procedures_of_status_t_at_half() -> None:
    shares = _arranged("10060", "45380", "96374")
    assert [share.factor for share in shares] == [D("0.5"), 1, 1]


def test_ancillary_status_q1_is_packaged_with_a_procedure() -> None:
    assert _arranged("93005")[0].factor == 1
    assert _arranged("93005", "96374")[0].factor == 0
