"""Inpatient stays are judged as a whole, by their MS-DRG, or say why they cannot be.

IPPS of the test: MS-DRG 470 at the wage index of 330101 is (4,478.16 × 1.29 + 2,146.29 + 510.51 × 1.1905) × 1.8990 =
16,200.14; a facility's target is twice that, 32,400.28. Of charges of 30,000 and 20,000 the lines bear 60 and 40 %:
9,720.08 and 6,480.06.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.benchmark.adapters.shipped import reference_of
from services.benchmark.application.quote import Asked, quote
from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.distributions import Row, Table, table_of
from services.benchmark.domain.recouped import Recouped, left_of
from services.benchmark.domain.releases import Inpatient, Release
from services.benchmark.domain.systems import billing_of
from services.benchmark.domain.verdict import Assessment
from shared.events.claims import Adjustment, ClaimFacts, RemittanceFacts, RemittanceLine
from tests.unit.benchmark.world import DAY, D, claimed, paid, policy, remitted

_NPI = "1234567893"
_TABLES = Inpatient(
    {"469": D("3.1000"), "470": D("1.8990")},
    (D("4478.16"), D("2146.29")),
    (D("4107.16"), D("2517.29")),
    D("510.51"),
    {"330101": D("1.29"), "471300": D("1")},
)


def _release(inpatient: Inpatient | None = None, **more: Any) -> Release:
    days = (date(2025, 10, 1), date(2026, 9, 30))
    return replace(Release("IPPS FY 2026", *days, D(0), {}, {}, {}, {}, inpatient=inpatient), **more)


HOSPITALS = _release(name="Hospitals", hospitals={_NPI: "330101"})


def ipps() -> Release:
    """MS-DRG weights, amounts and wage indices of the test."""
    return _release(_TABLES)


def _assessor(*names: str, tables: tuple[Table, ...] = ()) -> Assessor:
    known = {"ipps": _release(_TABLES), "hospitals": HOSPITALS}
    return Assessor(reference_of(tuple(known[name] for name in names), tables), policy())


_BOTH = ("ipps", "hospitals")


def _room(
    charge: str = "30000", paid_: str = "0", *cuts: Adjustment, line: int = 1, code: str = "0120"
) -> RemittanceLine:
    return RemittanceLine(line=line, code=code, charge=D(charge), paid=D(paid_), adjustments=cuts, revenue_code=code)


def _cut(amount: str, carc: str = "45", group: str = "CO") -> Adjustment:
    return Adjustment(group=group, carc=carc, amount=D(amount))


def _claim(drg: str = "470", **more: Any) -> ClaimFacts:
    lines = [_room(), _room("20000", line=2, code="0360")]
    return replace(claimed(lines, form="institutional", bill_type="0111", place=""), drg=drg, **more)


def _on_the_first() -> RemittanceFacts:
    first = _room("30000", "12000", _cut("18000"))
    return remitted(first, _room("20000", "0", _cut("20000", "97"), line=2, code="0360"))


def _by_charge() -> RemittanceFacts:
    first = _room("30000", "7200", _cut("22800"))
    return remitted(first, _room("20000", "4800", _cut("15200"), line=2, code="0360"))


def _of_the_claim() -> RemittanceFacts:
    """Lines without a word, and what was cut at the claim (2100 CAS)."""
    lines = (_room("30000", "30000"), _room("20000", "20000", line=2, code="0360"))
    return replace(remitted(*lines), paid=D("12000"), adjustments=(_cut("38000"),))


def _without_lines() -> RemittanceFacts:
    return replace(remitted(), charge=D("50000"), paid=D("12000"), adjustments=(_cut("38000"),))


_PAYMENTS = {one.__name__: one for one in (_on_the_first, _by_charge, _of_the_claim, _without_lines)}


def _medicare(found: Assessment) -> list[Decimal]:
    return [b.amount for line in found.lines for b in line.benchmarks if b.source == "medicare_inpatient"]


@pytest.mark.parametrize("name", _PAYMENTS)
def test_a_stay_is_judged_as_a_whole_however_its_payment_is_shared_out(name: str) -> None:
    found = _assessor(*_BOTH).assess(_claim(), _PAYMENTS[name]())
    assert (found.verdict, found.weak_evidence) == ("underpaid", False)
    assert (found.allowed, found.disputed_allowed, found.target) == (D("12000"), D("12000"), D("32400.28"))
    assert _medicare(found) == [D("9720.08"), D("6480.06")]
    assert [(line.line, line.charge, line.allowed) for line in found.lines] == [
        (1, D("30000"), D("7200")),
        (2, D("20000"), D("4800")),
    ]
    assert any("MS-DRG 470, weight 1.8990, wage index 1.29" in reason for reason in found.lines[0].reasons)
    assert any("of $16200.14 for the stay" in reason for reason in found.lines[0].reasons)


@pytest.mark.parametrize("name", _PAYMENTS)
def test_a_stay_that_was_paid_fairly_is(name: str) -> None:
    """80 % of 32,400.28 is 25,920.22: 26,000 reaches it. 14,000 more than in the payments above."""
    given_one = _PAYMENTS[name]()
    more = D("14000")
    lines = given_one.lines
    if given_one.adjustments:
        given_one = replace(given_one, paid=given_one.paid + more, adjustments=(_cut("24000"),))
    else:
        cut = lines[0].adjustments[0].amount - more
        first = replace(lines[0], paid=lines[0].paid + more, adjustments=(_cut(str(cut)),))
        given_one = replace(given_one, paid=given_one.paid + more, lines=(first, *lines[1:]))
    assert _assessor(*_BOTH).assess(_claim(), given_one).verdict == "paid_fairly"


def test_a_denial_of_the_stay_is_one_of_its_lines() -> None:
    refused = replace(_without_lines(), status="4", paid=D(0), adjustments=(_cut("50000", "50"),))
    found = _assessor(*_BOTH).assess(_claim(), refused)
    assert (found.verdict, found.target) == ("denied", D("32400.28"))
    assert [line.verdict for line in found.lines] == ["denied", "denied"]


@pytest.mark.parametrize(
    ("names", "claim", "payment", "why"),
    [
        ((), {}, {}, "no IPPS tables"),
        (("ipps",), {}, {}, "which Hospital Enrollments give for its NPI"),
        (("hospitals",), {}, {}, "no IPPS tables"),
        (_BOTH, {"drg": ""}, {}, "neither the claim (HI*DR) nor the payment (CLP11) names its MS-DRG"),
        (_BOTH, {"drg": "1944"}, {}, "DRG 1944 is no MS-DRG"),
        (_BOTH, {"drg": ""}, {"drg": "194-4"}, "DRG 194-4 is no MS-DRG"),
        (_BOTH, {"drg": "001"}, {}, "no weight for MS-DRG 001"),
        (_BOTH, {"billing_npi": "9999999999"}, {}, "wage index of the hospital is needed"),
    ],
)
def test_a_stay_without_a_price_says_why(
    names: tuple[str, ...], claim: dict[str, Any], payment: dict[str, Any], why: str
) -> None:
    found = _assessor(*names).assess(_claim(**claim), replace(_by_charge(), **payment))
    assert (found.verdict, [line.target for line in found.lines]) == ("unjudged", [None, None])
    assert [line.allowed for line in found.lines] == [D("7200"), D("4800")]
    told = " ".join(found.reasons)
    assert why in told and "type of bill 0111" in told


def test_a_stay_without_lines_and_without_tables_says_which_are_missing() -> None:
    found = _assessor().assess(_claim(), _without_lines())
    assert found.verdict == "unjudged"
    assert "no IPPS tables" in " ".join(found.reasons)


def test_a_critical_access_hospital_is_not_paid_by_drg() -> None:
    hospitals = replace(HOSPITALS, hospitals={_NPI: "471300"})
    found = Assessor(reference_of((_release(_TABLES), hospitals)), policy()).assess(_claim(), _by_charge())
    assert "not of a short-term hospital" in " ".join(found.reasons)


def test_the_payer_s_group_serves_where_the_claim_states_none_and_a_difference_is_told() -> None:
    payer = replace(_by_charge(), drg="470", drg_amount=D("12000"))
    found = _assessor(*_BOTH).assess(_claim(""), payer)
    assert found.target == D("32400.28")
    assert any("the payer's own amount of the DRG is $12000 (MIA04)" in r for r in found.lines[0].reasons)
    # 3.1000 × (5,776.8264 + 2,146.29 + 607.762155) = 26,445.7235…
    other = _assessor(*_BOTH).assess(_claim("469"), payer)
    assert sum(_medicare(other)) == D("26445.72")
    assert any("the payer paid by DRG 470, the claim states 469" in r for r in other.lines[0].reasons)


def _rate(kind: Any, rate: str) -> Table:
    payer = "PAYER1" if kind == "in_network" else ""
    row = Row("DRG 470", "", "institutional", "us", 40, (D(rate),) * 3, payer=payer)
    return table_of(f"{kind} 2025", kind, date(2025, 1, 1), date(2025, 12, 31), (50, 80, 95), [row])


def test_contracted_rates_of_a_drg_speak_for_the_stay_without_medicare_s() -> None:
    """20,000 × 1.50 for facilities; each line bears its share."""
    found = _assessor(tables=(_rate("in_network", "20000"),)).assess(_claim(), _on_the_first())
    assert (found.verdict, found.target) == ("underpaid", D("30000"))
    assert [line.benchmarks[0].amount for line in found.lines] == [D("12000"), D("8000")]
    joined = _assessor(*_BOTH, tables=(_rate("in_network", "20000"),)).assess(_claim(), _on_the_first())
    # (0.5 × 32,400.28 + 0.3 × 30,000) / 0.8 = 31,500.175
    assert abs(joined.target - D("31500.18")) <= D("0.01")


def test_the_payer_s_qpa_of_a_stay_is_borne_alike() -> None:
    """(0.5 × 32,400.28 + 0.5 × 1.50 × 24,000) / 1 = 34,200.14."""
    lines = tuple(replace(line, qpa=D("24000") if line.line == 1 else None) for line in _on_the_first().lines)
    found = _assessor(*_BOTH).assess(_claim(), replace(_on_the_first(), lines=lines))
    assert abs(found.target - D("34200.14")) <= D("0.01")


@pytest.mark.parametrize("name", _PAYMENTS)
def test_what_was_taken_back_is_borne_by_the_lines(name: str) -> None:
    payment = _PAYMENTS[name]()
    left = left_of(payment, Recouped(D("2000"), DAY, "x"))
    found = _assessor(*_BOTH).assess(_claim(), payment, left)
    assert (found.verdict, found.disputed_allowed, found.paid) == ("underpaid", D("10000"), D("10000"))
    gone = left_of(payment, Recouped(D("12000"), DAY, "x", whole=True))
    assert _assessor(*_BOTH).assess(_claim(), payment, gone).disputed_allowed == 0


@pytest.mark.parametrize(
    ("bill", "system"),
    [("0111", "inpatient"), ("117", "inpatient"), ("0121", "outpatient"), ("0131", "outpatient"), ("0181", "")],
)
def test_which_bills_are_stays(bill: str, system: str) -> None:
    assert billing_of(replace(_claim(), bill_type=bill)).system == system


@given(
    charges=st.lists(st.integers(0, 5_000_000), min_size=1, max_size=6),
    percent=st.integers(1, 100),
    shares=st.lists(st.integers(0, 100), min_size=6, max_size=6),
)
def test_every_cent_of_a_stay_is_borne(charges: Sequence[int], percent: int, shares: Sequence[int]) -> None:
    """Whatever the lines say, together they come to the payment and to the stay's price, and all stand alike."""
    whole = D(sum(charges)) / 100
    if not whole:
        return
    allowed = (whole * percent / 100).quantize(D("0.01"))
    lines: list[RemittanceLine] = []
    left = allowed
    for n, (charge, share) in enumerate(zip(charges, shares, strict=False), 1):
        part = left if n == len(charges) else (left * share / 100).quantize(D("0.01"))
        left -= part
        of = D(charge) / 100
        lines.append(_room(str(of), str(part), _cut(str(of - part)), line=n))
    claim = replace(claimed(lines, form="institutional", bill_type="111", place=""), drg="470")
    found = _assessor(*_BOTH).assess(claim, remitted(*lines))
    assert sum(line.allowed for line in found.lines) == allowed
    assert sum(line.charge for line in found.lines) == whole
    assert sum(_medicare(found)) == D("16200.14")


@pytest.mark.parametrize("code", ["DRG 470", "ms-drg 470", "DRG470"])
def test_a_quote_of_a_stay_takes_contracted_rates_too(code: str) -> None:
    """Half of each at the general multiples 2.20 and 1.60: (0.5 × 35,640.31 + 0.3 × 32,000) / 0.8 = 34,275.19."""
    reference = reference_of((_release(_TABLES),), (_rate("in_network", "20000"),))
    found = quote(Asked(code, "10001", DAY, ccn="330101", payer="PAYER1"), reference, policy())
    assert [(one.source, one.amount) for one in found.benchmarks] == [
        ("medicare_inpatient", D("16200.14")),
        ("in_network_median", D("20000.00")),
    ]
    assert found.target == D("34275.19")


# --- outpatient claims of a hospital whose CCN is known ---------------------------------------------------------------


def test_an_outpatient_claim_is_by_its_hospital_s_wage_index_where_that_is_loaded() -> None:
    """64483: 890.29 × (0.6 × 1.29 + 0.4) = 1,045.20, by the index of the fiscal year in which the year begins."""
    line = paid("64483", "9000", "10")
    claim = claimed([line], form="institutional", bill_type="131")
    last = replace(_release(_TABLES), name="FY 2025", effective_from=date(2024, 10, 1), effective_to=date(2025, 9, 30))
    for loaded, amount in (
        ((last, HOSPITALS), "1045.20"),
        ((last,), "890.29"),
        ((HOSPITALS,), "890.29"),
        ((), "890.29"),
    ):
        found = Assessor(reference_of(loaded), policy()).assess(claim, remitted(line)).lines[0]
        assert found.benchmarks[0].amount == D(amount)
        assert ("wage index of CCN 330101, FY 2025" in found.benchmarks[0].caveats) == (amount == "1045.20")
