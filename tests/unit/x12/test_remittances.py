"""835: fields, balance at each level, reversals, provider adjustments."""

from __future__ import annotations

from decimal import Decimal

import pytest

from recoup_x12 import ProviderAdjustmentsRead
from tests.unit.x12.files import end, items, remittance, remittances


def test_a_sound_remittance() -> None:
    first, second = remittances(remittance())
    assert first.problems == second.problems == ()
    assert end(remittance()).verdict == "A"
    one = first.remittance
    assert one is not None
    assert (one.control_number, one.status, one.paid, one.payer_claim_number) == ("PCN1", "1", Decimal(300), "ICN1")
    assert one.remark_codes == ("MA01",)
    line = one.lines[0]
    assert (line.charge, line.paid, line.allowed, line.control_number) == (
        Decimal(250), Decimal(180), Decimal(200), "L1",
    )  # fmt: skip
    assert [(a.group, a.reason, a.amount) for a in line.adjustments] == [
        ("CO", "45", Decimal(50)), ("CO", "253", Decimal(0)), ("PR", "3", Decimal(20)),
    ]  # fmt: skip
    assert line.remark_codes == ("N19",)
    assert one.payment.trace_number == "EFT1" and str(one.payment.paid_on) == "2025-06-01"
    assert one.payment.payee.npi == "1234567893"
    assert one.source is not None and "MOA***MA01" in one.source.claim


def test_provider_adjustments() -> None:
    (found,) = [i for i in items(remittance()) if isinstance(i, ProviderAdjustmentsRead)]
    (one,) = found.adjustments
    assert (one.reason, one.reference, one.amount, found.total) == ("WO", "ICN0", Decimal(50), Decimal(50))


@pytest.mark.parametrize(
    ("change", "segment", "element", "position"),
    [
        (("CAS*PR*3*20", "CAS*PR*3*21"), "SVC", 3, 14),
        (("SVC*HC:85025", "SVC*HC:85025*149*119**1"), "CLP", 3, 11),
    ],
)
def test_an_unbalanced_line_or_claim_is_refused_alone(
    change: tuple[str, str], segment: str, element: int, position: int
) -> None:
    first, second = remittances(remittance(change))
    assert not first.accepted and second.accepted
    assert (3, segment, element, position) in [(p.snip, p.segment, p.element, p.position) for p in first.problems]


def test_an_unbalanced_claim_level_adjustment() -> None:
    second = remittances(remittance(("CLP*PCN2", "CLP*PCN2*1*300*251**12*ICN2")))[1]
    assert ("CLP", 4) in [(p.segment, p.element) for p in second.problems]


def test_the_payment_must_balance() -> None:
    done = end(
        remittance(("BPR*I*500", "BPR*I*501*C*ACH*CCP*01*111000025*DA*1*1512345678**01*111000025*DA*2*20250601"))
    )
    assert done.verdict == "E"  # the claim payments are certain all the same
    assert [(p.snip, p.segment, p.element, p.level) for p in done.problems] == [(3, "BPR", 2, "transaction")]


def test_a_reversal_balances_with_negative_amounts() -> None:
    reversal = "CLP*PCN2*22*-300*-250**12*ICN2"
    data = remittance(("CLP*PCN2", reversal)).replace(
        b"CAS*CO*45*50~\nNM1*QC*1*PEREZ*EVA", b"CAS*CO*45*-50~\nNM1*QC*1*PEREZ*EVA"
    )
    data = data.replace(b"BPR*I*500*", b"BPR*I*0*")  # 300 - 250 - 50
    first, second = remittances(data)
    assert first.accepted and second.accepted, second.problems
    assert second.remittance is not None and second.remittance.is_reversal
    assert end(data).verdict == "A"


def test_unknown_reason_codes_are_warned_of_not_refused() -> None:
    first = remittances(remittance(("CAS*PR*3*20", "CAS*PR*999*20"), ("LQ*HE", "LQ*HE*N9999")))[0]
    assert {(p.segment, p.severity) for p in first.problems} == {("CAS", "warning"), ("LQ", "error")}
    shaped = remittances(remittance(("LQ*HE", "LQ*HE*N998")))[0]
    assert shaped.accepted and [p.segment for p in shaped.problems] == ["LQ"]
