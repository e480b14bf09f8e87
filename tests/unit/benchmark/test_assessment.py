"""Lines told apart, fair ranges worked out by hand, and whether a shortfall is worth its pursuit.

Manhattan, 2025: 99285 190.63, 99284 2.74 × 1.065 + 0.57 × 1.166 + 0.29 × 1.656 = 4.06296 × 32.3465 = 131.42.
Policy 2026-11, emergency: Medicare × 1.80 / 2.60 / 3.60, QPA × 1.10 / 2.00 / 2.57, equal weights; underpaid below 80 %.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.benchmark.adapters.shipped import reference_of
from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.distributions import Row, Table, table_of
from services.benchmark.domain.verdict import Assessment
from shared.events.claims import Adjustment, RemittanceLine
from tests.unit.benchmark.world import DAY, D, claimed, paid, policy, reference, refused, remitted

ASSESSOR = Assessor(reference(), policy())


def _assess(*lines: RemittanceLine, status: str = "1", assessor: Assessor = ASSESSOR, **claim: object) -> Assessment:
    return assessor.assess(claimed(lines, **claim), remitted(*lines, status=status))  # pyright: ignore


def test_fair_range_from_medicare_alone() -> None:
    """190.63 × 1.80 = 343.134; × 2.60 = 495.638; × 3.60 = 686.268."""
    line = _assess(paid("99285", "1500", "190.63")).lines[0]
    assert (line.floor, line.target, line.stretch) == (D("343.13"), D("495.64"), D("686.27"))
    assert line.verdict == "underpaid"
    assert line.confidence == 65
    assert [b.source for b in line.benchmarks] == ["medicare_pfs", "billed_charge"]
    assert line.benchmarks[0].allowed_ratio == D("1.000")


def test_fair_range_with_the_disclosed_qpa() -> None:
    """Half of each: floor (343.134 + 220) / 2, target (495.638 + 400) / 2, stretch (686.268 + 514) / 2."""
    line = _assess(paid("99285", "1500", "200", qpa="200")).lines[0]
    assert (line.floor, line.target, line.stretch) == (D("281.57"), D("447.82"), D("600.13"))
    assert line.confidence == 80
    assert line.benchmarks[0].source == "qpa"
    assert "federal_idr" in line.benchmarks[0].uses


def test_the_charge_caps_the_range() -> None:
    line = _assess(paid("99285", "400", "300")).lines[0]
    assert (line.floor, line.target, line.stretch) == (D("343.13"), D("400.00"), D("400.00"))


@pytest.mark.parametrize(("allowed", "verdict"), [("396.50", "underpaid"), ("396.51", "paid_fairly")])
def test_the_threshold_is_exact(allowed: str, verdict: str) -> None:
    """80 % of 495.64 is 396.512, to the cent 396.51; 99291 keeps the claim worth pursuing."""
    low = paid("99291", "2000", "100", line=2)
    assert _assess(paid("99285", "1500", allowed), low).lines[0].verdict == verdict


def test_worth_pursuing_is_net_of_its_cost() -> None:
    """Short of 495.64 by 105.64: 0.55 × 105.64 = 58.10, less 35 is 23.10, above 10. 93010 is short by 14.82 at most."""
    near = _assess(paid("99285", "1500", "390.00"))
    assert near.verdict == "underpaid"
    assert near.expected_net == D("23.10")
    small = _assess(paid("93010", "100", "7.67"))  # 8.65 × 2.60 = 22.49
    assert small.verdict == "paid_fairly"
    assert small.lines[0].verdict == "below_threshold"
    assert "below $10" in " ".join(small.reasons)


@pytest.mark.parametrize(
    ("line", "status", "verdict"),
    [
        (refused("99285", "1500", "50"), "4", "denied"),
        (refused("99285", "1500", "50"), "1", "denied"),
        (refused("99285", "1500", "96", group="PR"), "1", "denied"),
        (refused("99285", "1500", "97"), "1", "bundled"),
        (refused("99285", "1500", "18"), "1", "duplicate"),
        (refused("99285", "1500", "24"), "1", "in_network"),
        (paid("99285", "1500", "400", share="400"), "1", "patient_responsibility"),
        (paid("99285", "1500", "300", share="300", qpa="300"), "1", "underpaid"),  # the Act's cost share
        (paid("99285", "1500", "300", share="300", remarks=("N862",)), "1", "underpaid"),
        (paid("99285", "1500", "700", share="700", qpa="400"), "1", "paid_fairly"),
        (paid("99285", "1500", "400", share="400", qpa="0", remarks=("N858",)), "1", "patient_responsibility"),
        (paid("99285", "1500", "150", remarks=("N381",)), "1", "in_network"),
        (paid("99285", "1500", "150"), "1", "underpaid"),
        (paid("99285", "1500", "150", stated=False), "1", "underpaid"),
        (paid("99285", "1500", "700"), "1", "paid_fairly"),
        (paid("80053", "100", "10"), "1", "unjudged"),
    ],
)
def test_kinds_of_answer_are_told_apart(line: RemittanceLine, status: str, verdict: str) -> None:
    assert _assess(line, status=status).lines[0].verdict == verdict


def test_a_deductible_under_the_act_leaves_the_plan_owing_what_is_fair_beyond_it() -> None:
    """All of $300 is deductible, of a fair $495.64: the plan owes $195.64 (42 USC 300gg-111(a)(1)(C)(iv)(II))."""
    told = msgspec.structs.replace(remitted(paid("99285", "1500", "300", share="300")), remark_codes=("N859",))
    found = ASSESSOR.assess(claimed(told.lines), told)
    assert (found.verdict, found.target, found.disputed_allowed) == ("underpaid", D("495.64"), D("300"))
    assert (found.lines[0].paid, found.lines[0].patient_share) == (D(0), D(300))


def test_a_contract_cut_alone_is_no_sign_of_a_network() -> None:
    """Payers put CARC 45 on out-of-network lines too."""
    assert _assess(paid("99285", "1500", "100")).lines[0].verdict == "underpaid"


def test_a_denied_claim_is_not_underpaid_and_its_target_is_the_fair_amount() -> None:
    found = _assess(refused("99285", "1500", "50"), refused("99291", "2000", "50", line=2), status="4")
    assert found.verdict == "denied"
    # 99291: 4.50 × 1.065 + 1.42 × 1.166 + 0.44 × 1.656 = 7.17686 × 32.3465 = 232.15; × 2.60 = 603.59
    assert found.target == D("495.64") + D("603.59")


def test_a_denied_line_beside_an_underpaid_one_leaves_the_claim_underpaid() -> None:
    found = _assess(refused("93010", "50", "97", line=2), paid("99285", "1500", "150"))
    assert found.verdict == "underpaid"
    assert found.disputed_allowed == D("150")
    assert found.target == D("495.64")


def test_without_benchmarks_the_claim_cannot_be_judged_and_says_why() -> None:
    found = _assess(paid("80053", "900", "10"), paid("99285", "400", "390", line=2))
    assert found.verdict == "unjudged"
    assert any("no priced row for 80053" in reason for reason in found.reasons)


def test_a_small_shortfall_beside_what_cannot_be_judged_does_not_make_the_claim_fair() -> None:
    """93010 is too little short to be pursued for; of the $2,000 beside it nobody knows what they are worth."""
    found = _assess(paid("80053", "2000", "10"), paid("93010", "100", "7.67", line=2))
    assert [line.verdict for line in found.lines] == ["unjudged", "below_threshold"]
    assert found.verdict == "unjudged"
    assert found.reasons[0] == "cannot judge: most of the charge has no benchmark"
    alone = _assess(paid("80053", "20", "10"), paid("93010", "100", "7.67", line=2))
    assert alone.verdict == "paid_fairly", "only a small part is not known"


def test_a_small_part_without_benchmarks_does_not_stop_the_judgement() -> None:
    found = _assess(paid("80053", "100", "10"), paid("99285", "500", "495", line=2))
    assert found.verdict == "paid_fairly"


def test_a_remittance_without_lines_cannot_be_judged() -> None:
    assert ASSESSOR.assess(claimed([paid("99285", "1500", "100")]), remitted()).verdict == "unjudged"


def test_inpatient_bills_are_not_priced_by_the_outpatient_system() -> None:
    found = _assess(paid("99285", "1500", "100"), form="institutional", bill_type="111")
    assert found.verdict == "unjudged"
    assert "type of bill 111" in " ".join(found.reasons)


def test_packaged_lines_of_an_outpatient_claim_have_no_price_of_their_own() -> None:
    found = _assess(
        paid("29827", "30000", "6000"), paid("96374", "900", "0", line=2), form="institutional", bill_type="131"
    )
    assert found.lines[1].target is None
    # 7143.73 × 2.00
    assert found.lines[0].target == D("14287.46")


def test_a_second_surgery_is_held_against_half() -> None:
    lines = (paid("27447", "9000", "1465.45"), paid("10060", "900", "60.14", line=2))
    found = _assess(*lines, place="22", taxonomy="207X00000X")
    assert found.specialty == "surgery"
    assert found.lines[1].benchmarks[0].amount == D("60.14")
    assert any("a later procedure" in reason for reason in found.lines[1].reasons)


# --- percentiles -------------------------------------------------------------------------------------------------


def _ucr(kind: str = "ucr_charge", n: int = 120, payer: str = "") -> Table:
    amounts = (D("600"), D("900"), D("1200"))
    row = Row("99285", "", "professional", "zip3:100", n, amounts, line=12, payer=payer)
    return table_of("Charges 2025", kind, date(2025, 1, 1), date(2025, 12, 31), (50, 80, 95), [row])  # pyright: ignore


def _with(*tables: Table) -> Assessor:
    return Assessor(reference_of(tables=tables), policy())


def test_usual_charges_join_the_range_and_never_a_federal_exhibit() -> None:
    """(0.5 × 495.638 + 0.4 × 900) / 0.9 = 675.3544…; floor (0.5 × 343.134 + 0.4 × 600) / 0.9."""
    line = _assess(paid("99285", "3000", "650"), assessor=_with(_ucr())).lines[0]
    assert line.target == D("675.35")
    assert line.floor == D("457.30")
    cited = [b for b in line.benchmarks if b.source == "ucr_charge"]
    assert [(b.percentile, b.amount, b.n) for b in cited] == [
        (50, D("600.00"), 120),
        (80, D("900.00"), 120),
        (95, D("1200.00"), 120),
    ]
    assert all("federal_idr" not in b.uses and "commercial_appeal" in b.uses for b in cited)
    # 650 of 600…900 is a sixth of the way from 50 to 80
    assert any("percentile 55" in reason for reason in line.reasons)


def test_only_the_qpa_and_contracted_rates_may_enter_a_federal_exhibit() -> None:
    tables = (_ucr(), _ucr("ucr_allowed"), _ucr("in_network", payer="PAYER1"), _ucr("payer_history", payer="PAYER1"))
    line = _assess(paid("99285", "3000", "650", qpa="300"), assessor=_with(*tables)).lines[0]
    allowed = {b.source for b in line.benchmarks if "federal_idr" in b.uses}
    assert allowed == {"qpa", "in_network_median"}


def test_a_sample_below_the_policy_s_minimum_is_not_used() -> None:
    line = _assess(paid("99285", "3000", "650"), assessor=_with(_ucr(n=9))).lines[0]
    assert line.target == D("495.64")


# --- properties --------------------------------------------------------------------------------------------------

_MONEY = st.decimals(min_value="0.01", max_value=5000, places=2)


@given(charge=_MONEY, share=st.integers(0, 100), qpa=st.none() | _MONEY, cut=st.integers(1, 100))
def test_the_range_is_ordered_and_within_the_charge(charge: Decimal, share: int, qpa: Decimal | None, cut: int) -> None:
    allowed = (charge * cut / 100).quantize(D("0.01"))
    patient = (allowed * share / 100).quantize(D("0.01"))
    line = RemittanceLine(
        line=1,
        code="99285",
        charge=charge,
        paid=allowed - patient,
        allowed=allowed,
        qpa=qpa,
        adjustments=(
            Adjustment(group="CO", carc="45", amount=charge - allowed),
            Adjustment(group="PR", carc="2", amount=patient),
        ),
    )
    one = _assess(line).lines[0]
    if one.target is not None:
        assert one.floor is not None
        assert one.stretch is not None
        assert 0 < one.floor <= one.target <= one.stretch <= charge
    assert 0 <= one.confidence <= 100


@given(low=_MONEY, high=_MONEY)
def test_paying_more_never_turns_fair_into_underpaid(low: Decimal, high: Decimal) -> None:
    low, high = sorted((low, high))
    verdicts = [_assess(paid("99285", "5000", str(allowed))).lines[0].verdict for allowed in (low, high)]
    assert not (verdicts[0] == "paid_fairly" and verdicts[1] != "paid_fairly")


def test_the_same_input_gives_the_same_assessment_from_a_cold_and_a_warm_memory() -> None:
    lines = (paid("27447", "9000", "1465.45"), paid("10060", "900", "60.14", line=2))
    cold = _assess(*lines, assessor=Assessor(reference(), policy()))
    assert msgspec.json.encode(_assess(*lines)) == msgspec.json.encode(cold) == msgspec.json.encode(_assess(*lines))
    assert DAY.year == 2025
