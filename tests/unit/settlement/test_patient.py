"""What the patient lawfully owes, worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pypdfium2 as pdfium
import pytest

from services.settlement.adapters.documents.release import render, terms, typeset
from services.settlement.domain.patient import balance_billing, lawful_share
from shared.adjustments import cost_share
from shared.events.claims import Adjustment, RemittanceFacts, RemittanceLine
from tests.unit.settlement.world import D, World


def remittance(*adjustments: tuple[str, str, str], paid: str, allowed: str, qpa: str | None = None) -> RemittanceFacts:
    parts = tuple(Adjustment(group=g, carc=c, amount=D(a)) for g, c, a in adjustments)
    line = RemittanceLine(
        line=1,
        code="99285",
        charge=D(1000),
        paid=D(paid),
        allowed=D(allowed),
        adjustments=parts,
        qpa=None if qpa is None else D(qpa),
    )
    return RemittanceFacts(
        remittance_id="R",
        status="1",
        charge=D(1000),
        paid=D(paid),
        patient_responsibility=sum((p.amount for p in parts if p.group == "PR"), Decimal(0)),
        paid_on=date(2026, 1, 1),
        received_on=date(2026, 1, 1),
        lines=(line,),
    )


@pytest.mark.parametrize(
    ("adjustments", "share"),
    [
        ((("PR", "1", "100"), ("PR", "2", "40"), ("PR", "3", "25")), "165"),
        ((("PR", "2", "40"), ("PR", "45", "500")), "40"),  # a balance is not cost share
        ((("CO", "45", "800"),), "0"),
        ((("PR", "96", "1000"),), "0"),
    ],
)
def test_only_cost_sharing_counts(adjustments: tuple[tuple[str, str, str], ...], share: str) -> None:
    assert cost_share(remittance(*adjustments, paid="0", allowed="0")) == D(share)


def test_balance_put_on_the_patient_is_found() -> None:
    found = balance_billing(remittance(("PR", "2", "40"), ("PR", "45", "500"), paid="160", allowed="200"))
    assert [(f.rule, f.line, f.amount) for f in found] == [("pr-not-cost-share", 1, D(500))]


def test_coinsurance_is_recomputed_on_the_recognized_amount() -> None:
    # allowed 500, coinsurance 100 = 20 % of 500; QPA 300: 20 % of 300 is 60, so 40 too much
    facts = remittance(("PR", "2", "100"), paid="400", allowed="500", qpa="300")
    assert [(f.rule, f.amount) for f in balance_billing(facts)] == [("coinsurance-base", D(40))]
    assert lawful_share(facts) == D(60)


def test_deductible_comes_first() -> None:
    # allowed 500, deductible 100, coinsurance 20 % of 400 = 80; on a QPA of 300: 20 % of 200 = 40
    facts = remittance(("PR", "1", "100"), ("PR", "2", "80"), paid="320", allowed="500", qpa="300")
    assert lawful_share(facts) == D(140)


@pytest.mark.parametrize(
    ("coinsurance", "qpa"),
    [("60", "300"), ("100", None), ("100", "500"), ("100", "600"), ("87.13", "300")],
    ids=["already on the QPA", "no QPA", "QPA is the allowed", "QPA above", "no round rate"],
)
def test_no_finding_without_evidence(coinsurance: str, qpa: str | None) -> None:
    facts = remittance(("PR", "2", coinsurance), paid="400", allowed="500", qpa=qpa)
    # 60 of 500 is 12 %, no rate a plan uses: it was taken on the QPA already
    assert balance_billing(facts) == ()


def test_release_letter_is_the_same_every_time_and_says_the_terms() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.offer("800.00")
    first = render(w.account)
    assert first.startswith(b"%PDF") and first == render(w.account)
    said = terms(w.account)
    assert (said["amount"], said["additional_due"], said["patient_share"]) == ("$800.00", "$600.00", "$40.00")
    assert "No Surprises Act" in said["patient_clause"]


def test_the_lines_to_sign_stand_on_one_page_with_who_signs_and_days_are_american() -> None:
    w = World()
    w.underpaid()
    w.negotiation()
    w.offer("800.00")
    said = terms(w.account)
    assert said["settled_on"] == f"{w.today:%B} {w.today.day}, {w.today.year}"
    pages_seen: set[int] = set()
    for lines in range(0, 24, 3):  # wherever the page ends
        data = said | {"lines": [{"line": str(n), "amount": "$1.00"} for n in range(lines)]}
        pages = [page.get_textpage().get_text_range() for page in pdfium.PdfDocument(typeset(data))]
        (signed,) = [text for text in pages if "For the provider" in text]
        assert signed.count("Signature") == signed.count("Name and title") == 2 and "For the payer" in signed
        for number, text in enumerate(pages, 1):
            assert f"Page {number} of {len(pages)}" in text and said["account"] in text.splitlines()[0]
        pages_seen.add(len(pages))
    assert pages_seen == {1, 2}


def test_no_letter_without_an_agreement() -> None:
    w = World()
    w.underpaid()
    with pytest.raises(ValueError, match="no release letter"):
        render(w.account)
