"""The ten examples with amounts of CARIN's guide (C4BB 2.2.0): each is read, held for its cents, or refused by name.

Amounts and shapes are those of the guide's examples of June 2026; the resources around them are our own. What is
expected was worked out by hand: the guide has eligible = submitted - noncovered - discount, and payment = eligible -
(deductible + coinsurance + copay).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from fhir.resources.R4B.explanationofbenefit import ExplanationOfBenefit

from services.intake.adapters.fhir import read_remittances
from tests.unit.intake.fhir.test_explanations import C4BB, ROLE, D, amount, explanation, item, posted, read, sums
from tests.unit.intake.fhir.test_fhir import concept, encode

ABSENT = concept("http://terminology.hl7.org/CodeSystem/data-absent-reason", "not-applicable")


def status(kind: str, said: str) -> dict[str, Any]:
    """An adjudication without an amount: whether the network's rates held."""
    system = "http://hl7.org/fhir/us/carin-bb/CodeSystem/"
    return {"category": concept(f"{system}C4BBAdjudicationDiscriminator", kind),
            "reason": concept(f"{system}C4BBPayerAdjudicationStatus", said)}  # fmt: skip


def header(form: str, *totals: dict[str, Any], submitted: tuple[str, ...] = (), **fields: Any) -> dict[str, Any]:
    """One whose amounts stand once, for the whole; its lines say at most what was submitted."""
    only = {"sequence": 1, "servicedDate": "2025-03-04", "productOrService": ABSENT}
    rows = [item(n, "99284", amount("submitted", value), status("benefitpaymentstatus", "innetwork"))
            for n, value in enumerate(submitted, 1)]  # fmt: skip
    judged = [status(f"{who}networkstatus", "innetwork") for who in ("billing", "rendering")]
    return explanation(form, item=rows or [only], total=list(totals), adjudication=judged, **fields)


_AMOUNTS_1 = (amount("paidtoprovider", "620", C4BB), amount("submitted", "2650"), amount("paidbypatient", "0", C4BB))
INPATIENT_1 = header("institutional", *_AMOUNTS_1, outcome="partial")
OUTPATIENT_1 = header(
    "institutional", *_AMOUNTS_1, outcome="partial",
    careTeam=[{"sequence": 1, "role": concept(ROLE, "rendering"), "provider": {"reference": "Organization/clinic"}}],
)  # fmt: skip
INPATIENT_2 = header("institutional", amount("submitted", "7147.2"), amount("eligible", "1542.01"),
                     amount("deductible", "0"), amount("copay", "120"), amount("noncovered", "0", C4BB),
                     amount("benefit", "1393.57"), amount("memberliability", "0", C4BB))  # fmt: skip
OUTPATIENT_2 = explanation("institutional", item=[
    item(1, "99231", amount("submitted", "84.4"), amount("copay", "0"), amount("eligible", "56.52"),
         amount("deductible", "0"), amount("benefit", "56.52"), amount("noncovered", "0", C4BB), revenue="0551"),
    item(2, "99231", amount("submitted", "0"), amount("copay", "0"), amount("eligible", "0"), amount("benefit", "0"),
         revenue="0023"),
], total=[amount("submitted", "84.4"), amount("eligible", "56.52"), amount("benefit", "56.52")])  # fmt: skip
ORAL_1 = header("oral", amount("submitted", "410"), amount("benefit", "350"), amount("discount", "60", C4BB),
                amount("paidtoprovider", "350", C4BB), submitted=("190", "220"))  # fmt: skip
ORAL_2 = header("oral", amount("submitted", "150"), amount("benefit", "110"), amount("discount", "40", C4BB),
                amount("paidtoprovider", "100", C4BB), submitted=("150",))  # fmt: skip
PROFESSIONAL_1 = explanation(
    "professional", item=[item(1, "97110", amount("submitted", "250"), amount("benefit", "200"))],
    total=[amount("submitted", "250"), amount("benefit", "200"), amount("paidtoprovider", "200", C4BB)],
    payment={"amount": {"value": D(200), "currency": "USD"}, "adjustment": {"value": D(-50), "currency": "USD"}},
)  # fmt: skip
_TWICE = [("75710", "68.8", "34.8", "34.8", "0"), ("75710", "-68.8", "-34.8", "-34.8", "0"),
          ("75710", "68.8", "34.8", "34.8", "0"), ("37228", "751.2", "224.11", "0", "224.11"),
          ("37228", "751.2", "224.11", "224.11", "0"), ("37228", "-751.2", "-224.11", "0", "-224.11")]  # fmt: skip
PROFESSIONAL_2 = explanation("professional", item=[
    item(number, code, amount("submitted", billed), amount("copay", "0"), amount("eligible", eligible),
         amount("deductible", "0"), amount("benefit", benefit), amount("noncovered", noncovered, C4BB))
    for number, (code, billed, eligible, benefit, noncovered) in enumerate(_TWICE, 1)
], total=[amount("submitted", "820"), amount("eligible", "258.91"), amount("noncovered", "0", C4BB),
          amount("benefit", "258.91"), amount("memberliability", "0", C4BB)])  # fmt: skip
TRANSPORT_1 = explanation("professional", item=[
    item(number, "A0428", amount("submitted", each), amount("eligible", each), amount("deductible", "0"),
         amount("benefit", each)) for number, each in ((1, "40.35"), (2, "42.62"))
], total=[amount("submitted", "82.97"), amount("eligible", "82.97"), amount("benefit", "82.97")])  # fmt: skip


@pytest.mark.parametrize(
    ("document", "charge", "paid", "reasons"),
    [
        (OUTPATIENT_2, "84.4", "56.52", [("CO", "45", "27.88")]),
        (ORAL_1, "410", "350", [("CO", "45", "60")]),
        (TRANSPORT_1, "82.97", "82.97", []),
        # 68.80 - 34.80 three times, once taken back; 751.20 - 224.11 three times, of which one is not covered, one
        # covered, and the first taken back: 820.00 = 68.80 + 751.20 billed, 258.91 = 34.80 + 224.11 paid
        (PROFESSIONAL_2, "820", "258.91", [("CO", "45", "34"), ("CO", "45", "-34"), ("CO", "45", "34"),
         ("CO", "45", "527.09"), ("OA", "96", "224.11"), ("CO", "45", "527.09"),
         ("CO", "45", "-527.09"), ("OA", "96", "-224.11")]),
    ],
)  # fmt: skip
def test_what_explains_itself_is_read(
    document: dict[str, Any], charge: str, paid: str, reasons: list[tuple[str, str, str]]
) -> None:
    remittance = posted(document)
    assert (remittance.charge, remittance.paid) == (D(charge), D(paid))
    assert [(a.group, a.reason, a.amount) for a in sums(remittance)] == [(g, r, D(v)) for g, r, v in reasons]


@pytest.mark.parametrize(
    ("document", "cents"),
    [
        # 2,650 billed, 620 paid, the patient paid 0: contract, denial or the patient's share, nobody says which
        (INPATIENT_1, "2030.00"),
        (OUTPATIENT_1, "2030.00"),
        (INPATIENT_2, "28.44"),  # 1,542.01 eligible - 120 copay is 1,422.01, and 1,393.57 was paid
        (ORAL_2, "10.00"),  # 150 - 40 is 110, which is the benefit, and 100 was paid
        (PROFESSIONAL_1, "50.00"),  # the payment's adjustment of 50 is of other claims by R4's definition
    ],
)
def test_what_does_not_is_held_and_says_by_how_much(document: dict[str, Any], cents: str) -> None:
    made = read(document)
    assert made.readable and not made.accepted
    assert any(f"{cents} is explained by no" in doubt.message for doubt in made.doubts), made.doubts


def test_pharmacy_is_refused_by_its_name() -> None:
    (made,) = read_remittances(encode(explanation("pharmacy", total=[amount("submitted", "1000")])))
    assert made.remittance is None
    assert [p.message for p in made.problems if p.severity == "error"] == ["is pharmacy, which is not read here"]


@pytest.mark.parametrize("form", ["institutional", "professional", "oral"])
def test_what_says_no_amounts_is_refused_by_its_name(form: str) -> None:
    """Eight of the ten nonfinancial (Basis) examples; pharmacy goes by its type, and the transport's states amounts."""
    made = read(header(form))
    (why,) = [p for p in made.problems if p.severity == "error"]
    assert not made.readable
    assert why.message == "says no amount paid, nor does an item or the payment" and "nonfinancial" in why.how_to_fix


def test_each_example_with_amounts_is_sound_r4() -> None:
    every = [INPATIENT_1, INPATIENT_2, OUTPATIENT_1, OUTPATIENT_2, ORAL_1, ORAL_2, PROFESSIONAL_1, PROFESSIONAL_2,
             TRANSPORT_1, header("pharmacy")]  # fmt: skip
    for document in every:
        resource = {**document["entry"][0]["resource"], "id": "eob"}
        ExplanationOfBenefit.model_validate_json(encode(resource))
    assert len(every) == 10


@pytest.mark.parametrize(
    ("amounts", "paid", "reasons"),
    [
        # 500 - 300 discount; the 200 went to the patient, and nothing came to the provider
        ([("submitted", "500"), ("discount", "300"), ("paidtopatient", "200")], "0",
         [("CO", "45", "300"), ("OA", "100", "200")]),
        ([("submitted", "500"), ("discount", "300"), ("benefit", "200"), ("paidtopatient", "200")], "0",
         [("CO", "45", "300"), ("OA", "100", "200")]),
        ([("submitted", "500"), ("discount", "300"), ("benefit", "200"), ("paidtopatient", "50")], "150",
         [("CO", "45", "300"), ("OA", "100", "50")]),
        # secondary: 500 - 300 discount - 120 by the first payer
        ([("submitted", "500"), ("discount", "300"), ("priorpayerpaid", "120"), ("paidtoprovider", "80")], "80",
         [("CO", "45", "300"), ("OA", "23", "120")]),
        ([("submitted", "500"), ("discount", "250"), ("noncovered", "50"), ("paidtoprovider", "200")], "200",
         [("CO", "45", "250"), ("OA", "96", "50")]),
    ],
)  # fmt: skip
def test_what_did_not_come_to_the_provider_is_not_posted_as_paid(
    amounts: list[tuple[str, str]], paid: str, reasons: list[tuple[str, str, str]]
) -> None:
    remittance = posted(explanation("professional", item=[
        item(1, "99284", *(amount(name, value, C4BB) for name, value in amounts))]))  # fmt: skip
    assert remittance.paid == Decimal(paid)
    told = sorted((a.group, a.reason, a.amount) for a in sums(remittance))
    assert told == [(group, reason, D(value)) for group, reason, value in reasons]
