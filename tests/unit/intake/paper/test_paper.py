"""Remittances on paper: what an entry becomes, where it does not come out even, and the CSV."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from recoup_x12 import validate_remittance
from services.intake.adapters.paper.csv_file import read_paper_csv
from services.intake.adapters.paper.entry import PaperRemittance, provider_adjustments_of, remittances_of
from services.intake.adapters.paper.pending_input import findings_of, paper_input
from services.intake.domain.bank.deposit import BankFileError
from services.intake.domain.identity import remittance_id
from tests.unit.intake.paper.entries import entry, with_claim, with_line

ADJUSTMENTS = [{"group": "CO", "reason": "45", "amount": "20.00"}, {"group": "PR", "reason": "3", "amount": "10.00"}]


def read(what: dict[str, Any]) -> PaperRemittance:
    return PaperRemittance.model_validate(what)


def test_an_entry_becomes_a_claim_payment_as_an_835_has_it() -> None:
    (one,) = remittances_of(read(entry()))
    assert (one.control_number, one.status, one.charge, one.paid) == ("PCN1", "1", Decimal("150.5"), Decimal(100))
    assert (one.patient_responsibility, one.origin) == (Decimal("20.5"), "paper")
    assert [(line.procedure.code, line.procedure.modifiers, line.remark_codes) for line in one.lines] == [
        ("99213", ("25",), ("N130",)), ("85025", (), ())
    ]  # fmt: skip
    assert (one.parties[0].name, one.parties[0].id) == ("PEREZ", "W1")
    payment = one.payment
    assert (payment.trace_number, payment.payer_tax_id, payment.method) == ("9001", "1512345678", "CHK")
    assert payment.payee.npi == "1234567893" and one.service_from == one.service_to == one.lines[0].dates[0].start
    assert validate_remittance(one) == []
    assert remittance_id(one, "t") == remittance_id(remittances_of(read(entry()))[0], "t")
    assert findings_of(read(entry())) == []


@pytest.mark.parametrize(
    ("what", "found"),
    [
        # 100 less 20 and 10 is 70, not 60
        (with_line(adjustments=ADJUSTMENTS), [("claims[1].lines[1].paid", "-10.00")]),
        (with_line(paid="61.00"), [("claims[1].lines[1].paid", "1.00"), ("claims[1].paid", "-1.00")]),
        (with_line(charge="110.00", paid="70.00"), [("claims[1].charge", "-10.00"), ("claims[1].paid", "-10.00")]),
        (with_claim(charge="150.00"), [("claims[1].charge", "-0.50")]),
        (with_claim(paid="99.00"), [("claims[1].paid", "-1.00"), ("amount", "1.00")]),
        (with_claim(adjustments=[{"group": "CO", "reason": "45", "amount": "5.00"}]), [("claims[1].paid", "5.00")]),
        (with_claim(lines=[]), [("claims[1].paid", "-50.50")]),
        (entry(amount="103.10"), [("amount", "3.10")]),
        (entry(provider_adjustments=[{"reason": "WO", "reference": "ICN7", "amount": "12.00"}]), [("amount", "12.00")]),
    ],
)  # fmt: skip
def test_what_is_uneven_is_said_with_its_place_and_by_how_much(
    what: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    told = [one for one in findings_of(read(what)) if not one.warning]
    assert [(one.field, f"{one.off_by:f}") for one in told] == found
    assert all(one.message and one.how_to_fix for one in told)


def test_the_patients_part_and_unknown_codes_are_warnings() -> None:
    told = findings_of(read(with_claim(patient_responsibility="20.00")))
    assert [(one.field, one.off_by, one.warning) for one in told] == [
        ("claims[1].patient_responsibility", Decimal("-0.5"), True)
    ]
    odd = with_line(adjustments=[{**ADJUSTMENTS[0], "amount": "30.00", "reason": "99X"}, ADJUSTMENTS[1]])
    assert [(one.field, one.warning) for one in findings_of(read(odd))] == [
        ("claims[1].lines[1].adjustments[1].reason", True)
    ]


def test_interest_and_money_taken_back_belong_to_no_claim() -> None:
    what = entry(
        amount="88.31",
        provider_adjustments=[
            {"reason": "WO", "reference": "ICN7", "amount": "12.00"}, {"reason": "L6", "amount": "-0.31"}
        ],
    )  # fmt: skip
    assert findings_of(read(what)) == []
    assert [(a.provider_id, a.reason, a.reference, a.amount) for a in provider_adjustments_of(read(what))] == [
        ("1234567893", "WO", "ICN7", Decimal(12)), ("1234567893", "L6", "", Decimal("-0.31"))
    ]  # fmt: skip
    assert [one.key for one in paper_input(read(what), "I").recoupments("t")] == ["f:1234567893|ICN7"]


def test_what_is_not_certain_is_held_and_the_rest_posted() -> None:
    what = entry()
    uneven = with_line(adjustments=ADJUSTMENTS)["claims"][0]
    what["claims"].append({**uneven, "control_number": "PCN2"})
    units = paper_input(read(what), "I")
    assert [read.remittance.control_number for read in units.payments] == ["PCN1"]
    assert [(held.kind, held.control_number, held.amount) for held in units.held] == [
        ("payment", "PCN2", Decimal(100)), ("imbalance", "", Decimal(-100))
    ]  # fmt: skip


@pytest.mark.parametrize(
    "what",
    [
        entry(amount="-1"), entry(amount="1.005"), entry(amount="NaN"), entry(claims=[]), entry(number=""),
        entry(payer_id="12-345"), entry(paid_on="1925-06-01"), entry(payed_on="2025-06-01"),
        with_claim(status="25"), with_line(adjustments=[{"group": "XX", "reason": "45", "amount": "1"}]),
    ],
)  # fmt: skip
def test_what_is_no_remittance_is_refused(what: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read(what)


CSV = (
    "payer,payer_id,payee_npi,number,amount,paid_on,claim,claim_charge,claim_paid,payer_claim_number,"
    "patient_last_name,patient_first_name,member_id,code,modifiers,charge,paid,service_from,adjustments,remarks\n"
    "PAYER,512345678,1234567893,9001,100.00,2025-06-01,PCN1,150.50,100.00,ICN9,Perez,Ana,W1,"
    "99213,25,100.00,60.00,2025-05-10,CO-45=30.00; PR-3=10.00,N130\n"
    "PAYER,512345678,,9001,$100.00,2025-06-01,PCN1,150.50,,,,,,85025,,50.50,40.00,2025-05-10,pr-2=10.5,\n"
)


def test_csv_becomes_the_same_entry() -> None:
    (one,) = read_paper_csv(CSV)
    assert remittances_of(one) == remittances_of(read(entry()))


def test_csv_of_several_payments_with_provider_adjustments_told_on_each_line() -> None:
    text = (
        "payer,number,amount,paid_on,claim,claim_charge,claim_paid,claim_adjustments,provider_adjustments\n"
        "A,1,88.31,2025-06-01,P1,60,50,CO-45=10,WO:ICN7=12.00;L6=-0.31\n"
        "A,1,88.31,2025-06-01,P2,50,50,,WO:ICN7=12.00;L6=-0.31\n"
        "A,2,5,2025-06-01,P3,5,5,,\n"
    )
    first, second = read_paper_csv(text)
    assert (findings_of(first), findings_of(second)) == ([], [])
    assert ([c.control_number for c in first.claims], len(first.provider_adjustments)) == (["P1", "P2"], 2)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("payer_claim_number", "icn", (1, "icn")),
        (",number,", ",,", (1, "")),
        ("CO-45=30.00", "CO 45 30.00", (2, "adjustments")),
        (",100.00,60.00", ',"100,00",60.00', (2, "charge")),
        ("$100.00", "$101.00", (3, "amount")),
        (",150.50,,", ",150.60,,", (3, "claim_charge")),
        ("2025-06-01", "2025-06-31", (2, "paid_on")),
    ],
)
def test_csv_that_is_broken_is_refused_with_its_place(old: str, new: str, where: tuple[int, str]) -> None:
    assert old in CSV
    with pytest.raises(BankFileError) as error:
        read_paper_csv(CSV.replace(old, new))
    assert where in [(fault.line, fault.field) for fault in error.value.faults]
