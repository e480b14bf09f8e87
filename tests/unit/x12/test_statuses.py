"""What payers say of claims: 277CA and the 277 that answers an inquiry, each status with what it is about."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from recoup_x12 import Route, StatusRead, read, write_inquiry
from recoup_x12.model import Claim
from tests.unit.x12.files import claims, encoded, envelope, professional, sample

ACKNOWLEDGED = sample("status277ca", "claim-status.edi")
INQUIRED = sample("status277", "status.edi")


def statuses(rows: list[str], implementation: str) -> list[StatusRead]:
    data = encoded(envelope(rows, "HN", "277", implementation))
    return [item for item in read([data]) if isinstance(item, StatusRead)]


def test_a_277ca_tells_of_each_claim_with_what_names_it() -> None:
    receiver, first, second = statuses(ACKNOWLEDGED, "005010X214")
    assert (receiver.level, receiver.reference, receiver.control_number) == ("receiver", "B1", "")
    assert (first.control_number, first.statuses, first.action) == ("PCN1", (("A2", "20", ""),), "WQ")
    assert (second.control_number, second.statuses, second.action) == ("PCN2", (("A7", "188", ""),), "U")
    assert (second.amount, second.provider_id, second.sender.role) == (Decimal("75.25"), "1234567893", "AY")
    assert (second.served_from, second.served_to) == (date(2025, 5, 11), date(2025, 5, 11))
    assert (second.patient.name, second.patient.first_name, second.patient.id) == ("PEREZ", "EVA", "W2")
    assert second.batch == "B1" and not second.of_line


def test_several_statuses_of_a_claim_share_what_comes_after_them() -> None:
    at = ACKNOWLEDGED.index("STC*A7:188*20250602*U*75.25")
    rows = [*ACKNOWLEDGED[: at + 1], "STC*A7:562:85*20250602*U*75.25", "REF*1K*ICN7", *ACKNOWLEDGED[at + 1 :]]
    both = [s for s in statuses(rows, "005010X214") if s.control_number == "PCN2"]
    assert [(s.statuses[0][1], s.payer_claim_number, s.served_from) for s in both] == [
        ("188", "ICN7", date(2025, 5, 11)),
        ("562", "ICN7", date(2025, 5, 11)),
    ]


def test_a_status_of_a_line_is_told_as_one() -> None:
    rows = [*ACKNOWLEDGED, "SVC*HC:99212*75.25*0****1", "STC*A7:454**U", "REF*FJ*L7"]
    line = statuses(rows, "005010X214")[-1]
    assert (line.of_line, line.procedure, line.line_number, line.control_number) == (True, "99212", "L7", "PCN2")


def test_the_answer_to_an_inquiry() -> None:
    first, line, second = statuses(INQUIRED, "005010X212")
    assert (first.reference, first.control_number, first.payer_claim_number) == ("INQUIRY1", "PCN1", "ICN1")
    assert (first.statuses, first.amount, first.sender.id) == ((("P1", "20", ""),), Decimal("150.5"), "60054")
    assert (line.of_line, line.procedure, line.line_number, line.control_number) == (True, "99213", "L1", "PCN1")
    # a dependent who has no number of its own: the subscriber's
    assert (second.reference, second.control_number, second.statuses) == ("INQUIRY2", "PCN2", (("F2", "585", "QC"),))
    assert (second.patient.first_name, second.patient.id, second.paid) == ("EVA", "W2", Decimal(0))
    assert second.payer_claim_number == ""


def asked(claim: Claim, icn: str = "") -> list[str]:
    text = write_inquiry(claim, "INQUIRY-1", icn, Route("CLINIC", "PAYER"), 9, datetime(2025, 7, 1, 9, 30, tzinfo=UTC))
    return text.split("~\n")


def test_an_inquiry_about_a_subscriber() -> None:
    claim = claims(professional())[0].claim
    assert claim is not None
    assert asked(claim, "ICN1")[1:] == [
        "GS*HR*CLINIC*PAYER*20250701*0930*9*X*005010X212",
        "ST*276*0001*005010X212",
        "BHT*0010*13*INQUIRY-1*20250701*0930",
        "HL*1**20*1",
        "NM1*PR*2*PAYER*****PI*60054",
        "HL*2*1*21*1",
        "NM1*41*2*CLINIC BILLING*****46*CLINIC",
        "HL*3*2*19*1",
        "NM1*1P*2*CLINIC*****XX*1234567893",
        "HL*4*3*22*0",
        "DMG*D8*19800101*F",
        "NM1*IL*1*PEREZ*ANA****MI*W1",
        "TRN*1*INQUIRY-1",
        "REF*1K*ICN1",
        "REF*EJ*PCN1",
        "AMT*T3*150.5",
        "DTP*472*D8*20250510",
        "SE*17*0001",
        "GE*1*9",
        "IEA*1*000000009",
        "",
    ]


def test_an_inquiry_about_a_dependent() -> None:
    claim = claims(professional())[1].claim
    assert claim is not None
    rows = asked(claim)
    at = rows.index("HL*4*3*22*1")
    assert rows[at : at + 8] == [
        "HL*4*3*22*1", "NM1*IL*1*PEREZ*LUIS****MI*W2", "HL*5*4*23", "DMG*D8*20150202*F", "NM1*QC*1*PEREZ*EVA",
        "TRN*1*INQUIRY-1", "REF*EJ*PCN2", "AMT*T3*75.25",
    ]  # fmt: skip
