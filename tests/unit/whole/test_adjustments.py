"""One table of adjustments: what a payer sent comes to the same allowed amount and patient share in every service.

Expected figures are worked out by hand from the adjustments' meaning; why each is so stands beside it.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from recoup_tools.demo.books import read_log
from recoup_tools.demo.payer_memory import ClaimFile, remember
from recoup_x12.model import Remittance
from shared.adjustments import CARCS, claim_allowed, cost_share, is_bundled, side_of
from shared.events.assessment import ClaimBenchmarked
from shared.events.claims import RemittanceReceived
from tests.unit.whole.world import D, Whole, claimed, line, payment

CO45 = ("CO", "45", "740")
CASES: dict[str, tuple[Remittance, str, str]] = {
    "coinsurance": (payment(line("99285", "1000", "208", CO45, ("PR", "2", "52"))), "260", "52"),
    "deductible, coinsurance, copay, blood": (
        payment(
            line(
                "99285", "1000", "0", CO45, ("PR", "1", "100"), ("PR", "2", "40"), ("PR", "3", "70"), ("PR", "66", "50")
            )
        ),
        "260",
        "260",
    ),
    # the plan paid 100 of the 260, to the patient: neither a cut of the price nor cost sharing
    "payment made to the patient": (payment(line("99285", "1000", "160", CO45, ("PR", "100", "100"))), "260", "0"),
    "the low income copayment is a copayment": (
        payment(line("99285", "1000", "160", CO45, ("PR", "241", "100"))),
        "260",
        "100",
    ),
    "the Medicaid patient's liability": (
        payment(line("99285", "1000", "160", CO45, ("PR", "142", "100"))),
        "260",
        "100",
    ),
    # sequestration is 2 % of the payment: 0.02 × 208 = 4.16; allowed amount and coinsurance stay
    "sequestration": (
        payment(line("99285", "1000", "203.84", CO45, ("PR", "2", "52"), ("CO", "253", "4.16"))),
        "260",
        "52",
    ),
    "sequestration at the claim": (
        payment(line("99285", "1000", "208", CO45, ("PR", "2", "52")), own=(("CO", "253", "4.16"),)),
        "260",
        "52",
    ),
    "incentive on the amount otherwise paid": (
        payment(line("99285", "1000", "269", CO45, ("CO", "144", "-9"))),
        "260",
        "0",
    ),
    "penalty on the amount otherwise paid": (
        payment(line("99285", "1000", "251", CO45, ("CO", "237", "9"))),
        "260",
        "0",
    ),
    # the second procedure at half its price
    "multiple procedures lower the price": (
        payment(line("99285", "1000", "130", CO45, ("CO", "59", "130"))),
        "130",
        "0",
    ),
    "more than charged": (payment(line("99285", "1000", "1040", ("CO", "94", "-40"))), "1040", "0"),
    "a balance is not cost share": (
        payment(line("99285", "1000", "208", ("PR", "45", "740"), ("PR", "2", "52"))),
        "260",
        "52",
    ),
    "the stated amount counts before what follows from codes": (
        payment(line("99285", "1000", "208", ("CO", "999", "740"), ("PR", "2", "52"), allowed="260")),
        "260",
        "52",
    ),
    # what the payer withheld cannot be told from what it cut: paid and left to the patient
    "an unknown code": (payment(line("99285", "1000", "208", ("CO", "999", "740"), ("PR", "2", "52"))), "260", "52"),
    "denied": (payment(line("99285", "1000", "0", ("CO", "197", "1000")), status="4"), "0", "0"),
    "denied, put on the patient": (payment(line("99285", "1000", "0", ("PR", "96", "1000"))), "0", "0"),
    "bundled": (payment(line("99285", "1000", "0", ("CO", "97", "1000"))), "0", "0"),
    "cut and shared at the claim, one line": (
        payment(line("99285", "1000", "1000"), own=(CO45, ("PR", "2", "52"))),
        "260",
        "52",
    ),
}


@pytest.mark.parametrize(("remittance", "allowed", "share"), CASES.values(), ids=list(CASES))
def test_every_service_reads_the_same_amounts(remittance: Remittance, allowed: str, share: str) -> None:
    whole = Whole(claimed(("99285", "1000")))
    whole.pays(remittance)
    (received,) = whole.said(RemittanceReceived)
    facts = received.remittance
    benchmarked: ClaimBenchmarked = whole.said(ClaimBenchmarked)[0]
    assert (claim_allowed(facts), cost_share(facts)) == (D(allowed), D(share))
    assert (benchmarked.allowed, benchmarked.patient_share) == (D(allowed), D(share))
    assert (benchmarked.lines[0].allowed, benchmarked.lines[0].patient_share) == (D(allowed), D(share))
    assert whole.account.share == D(share)
    assert whole.view.patient.stated == D(share)
    assert (whole.view.allowed, whole.view.patient_share) in {(D(allowed), D(share)), _closing(whole)}
    assert read_log(whole.log).cost_share == D(share)
    payer = ClaimFile(claim_id="1")
    for entry in whole.log[:2]:
        known = remember(payer, entry.data)
        assert known is not None
        payer = known
    assert payer.disputed_allowed == D(allowed)


def _closing(whole: Whole) -> tuple[Decimal, Decimal] | None:
    """A closed claim's figures are those of its books."""
    books = whole.view.books
    return None if books is None else (books.allowed, books.patient_share)


def test_each_code_is_on_one_side_and_says_why() -> None:
    assert all(row.source and row.says and row.code == code for code, row in CARCS.items())
    assert side_of("197") is None and side_of("not a code") is None


@pytest.mark.parametrize(
    ("cuts", "bundled"),
    [
        ((("CO", "59", "1000"),), True),  # nothing is left: another line holds it
        ((("CO", "59", "500"), ("PR", "1", "500")), False),  # half the price, all of it the patient's deductible
        ((("CO", "234", "1000"),), True),
        ((("CO", "45", "1000"),), False),
    ],
)
def test_multiple_procedures_bundle_only_what_they_leave_nothing_of(
    cuts: tuple[tuple[str, str, str], ...], bundled: bool
) -> None:
    whole = Whole(claimed(("99285", "1000")))
    facts = whole.facts(payment(line("99285", "1000", "0", *cuts)), "R")
    assert is_bundled(facts.lines[0]) is bundled
