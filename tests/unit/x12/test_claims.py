"""What an 837 says is what the claim holds; each rule broken one at a time is found where it was broken."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from recoup_x12.model import Procedure
from services.intake.domain.facts import claim_facts
from tests.unit.x12.files import PROFESSIONAL, claims, encoded, end, envelope, professional


def test_a_sound_file_is_accepted() -> None:
    first, second = claims(professional())
    assert first.problems == second.problems == ()
    done = end(professional())
    assert (done.verdict, done.claims, done.refused, done.segments) == ("A", 2, 0, 46)


def test_fields_of_a_claim() -> None:
    claim = claims(professional())[0].claim
    assert claim is not None
    assert (claim.control_number, claim.charge, claim.place, claim.frequency) == ("PCN1", Decimal("150.5"), "11", "1")
    assert (claim.form, claim.implementation) == ("professional", "005010X222A1")
    assert (claim.billing.npi, claim.billing.taxonomy, claim.billing.tax_id) == (
        "1234567893", "207Q00000X", "123456789",
    )  # fmt: skip
    assert claim.billing.address is not None and claim.billing.address.postal_code == "787010001"
    assert claim.patient is None and claim.who.name == "PEREZ"
    assert (claim.payer.id, claim.coverage.filing_indicator, claim.coverage.group_number) == ("60054", "CI", "G1")
    assert [d.code for d in claim.diagnoses] == ["E119", "I10"]
    rendering = claim.provider("82")
    assert rendering is not None and (rendering.npi, rendering.taxonomy) == ("1245319599", "207Q00000X")
    one, two = claim.lines
    assert one.procedure == Procedure("HC", "99213", ("25",))
    assert (one.charge, one.pointers, one.control_number) == (Decimal(100), (1, 2), "L1")
    assert (two.charge, two.service_from) == (Decimal("50.50"), date(2025, 5, 10))
    assert (claim.service_from, claim.service_to) == (date(2025, 5, 10), date(2025, 5, 10))
    assert (claim.batch_reference, claim.batch_type) == ("B1", "CH")


def test_a_dependent_keeps_the_subscriber() -> None:
    claim = claims(professional())[1].claim
    assert claim is not None and claim.patient is not None
    assert (claim.patient.first_name, claim.subscriber.first_name) == ("EVA", "LUIS")
    assert claim.patient_info is not None and claim.patient_info.relationship == "19"


def test_the_source_stands_alone() -> None:
    source = claims(professional())[1].source
    assert (source.first, source.last, source.transaction) == (41, 45, "0001")
    assert source.text.startswith("BHT*0019") and "NM1*85*" in source.text and "W2" in source.text
    assert "W1" not in source.text
    assert source.claim.startswith("CLM*PCN2") and source.claim.endswith("20250511-20250511~")


# (changes; claim refused: 0 first, 1 second; SNIP type, loop, segment, position, element, component, code)
BROKEN: list[tuple[tuple[tuple[str, str], ...], int, tuple[int, str, str, int, int, int, str]]] = [
    ((("CLM*PCN1*150.5", "CLM*PCN1*150.51***11:B:1*Y*A*Y*Y"),), 0, (3, "2300", "CLM", 19, 2, 0, "I12")),
    ((("NM1*82", "NM1*82*1*STONE*LEE****XX*1245319598"),), 0, (5, "2310B", "NM1", 22, 9, 0, "7")),
    ((("HI*ABK:E119", "HI*ABK:E11*ABF:I10"),), 0, (5, "2300", "HI", 21, 1, 2, "I12")),
    ((("SV1*HC:85025", "SV1*HC:85025*50.50*UN*1***3"),), 0, (4, "2400", "SV1", 29, 7, 1, "I12")),
    ((("SV1*HC:85025", "SV1*HC:85025*50.50*UN*1"),), 0, (1, "2400", "SV1", 29, 7, 0, "1")),
    ((("DTP*472", "DTP*472*D8*20250532"),), 0, (1, "2400", "DTP", 26, 3, 0, "8")),
    ((("DTP*472", ""),), 0, (2, "2400", "DTP", 27, 0, 0, "3")),
    ((("CLM*PCN1", "CLM*PCN1*150.5***98:B:1*Y*A*Y*Y"),), 0, (5, "2300", "CLM", 19, 5, 1, "7")),
    ((("CLM*PCN1", "CLM*PCN1*150.5***11:B:7*Y*A*Y*Y"),), 0, (2, "2300", "REF", 19, 0, 0, "I6")),
    ((("CLM*PCN1", "CLM*PCN1*150.5***11:B:1*Y*D*Y*Y"),), 0, (2, "2300", "CLM", 19, 7, 0, "7")),
    ((("CLM*PCN1", "CLM*PCN1*1E3***11:B:1*Y*A*Y*Y"),), 0, (1, "2300", "CLM", 19, 2, 0, "6")),
    ((("CLM*PCN1", "CLM*" + "P" * 39 + "*150.5***11:B:1*Y*A*Y*Y"),), 0, (1, "2300", "CLM", 19, 1, 0, "5")),
    ((("HI*ABK:E119", ""),), 0, (2, "2300", "HI", 30, 0, 0, "3")),
    ((("DMG*D8*1980", ""),), 0, (2, "2010BA", "DMG", 12, 0, 0, "I6")),
    ((("SBR*P*18", "SBR*P**G1******CI"),), 0, (4, "2000B", "SBR", 13, 2, 0, "I9")),
    ((("SV1*HC:99212", "SV1*HC:9921*75.25*UN*1***1"),), 1, (5, "2400", "SV1", 44, 1, 2, "7")),
    ((("PAT*19", ""),), 1, (2, "2000C", "PAT", 40, 0, 0, "3")),
    ((("HL*4*3*23", "HL*4*9*23*0"),), 1, (4, "2000C", "HL", 35, 2, 0, "7")),
    ((("REF*D9", "REF*D9*CH1|DTP*435*D8*20250501"),), 0, (1, "2300", "DTP", 21, 0, 0, "7")),
    ((("REF*D9", "ZZZ*1"),), 0, (1, "2300", "ZZZ", 20, 0, 0, "1")),
    ((("NM1*82", "NM1*99*1*STONE*LEE"),), 0, (1, "2300", "NM1", 22, 0, 0, "2")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "refused", "expected"), BROKEN, ids=[b[0][0][1][:28] or b[0][0][0] for b in BROKEN]
)
def test_one_thing_wrong_refuses_one_claim(
    changes: tuple[tuple[str, str], ...], refused: int, expected: tuple[int, str, str, int, int, int, str]
) -> None:
    both = claims(professional(*changes))
    wrong, sound = both[refused], both[1 - refused]
    assert not wrong.accepted
    assert sound.accepted, sound.problems
    places = [
        (p.snip, p.loop, p.segment, p.position, p.element, p.component, p.code)
        for p in wrong.problems
        if p.severity == "error"
    ]
    assert expected in places


def test_a_fault_of_the_billing_level_refuses_its_claims() -> None:
    data = professional(("NM1*85", "NM1*85*2*CLINIC*****XX*1234567890"))
    assert [c.accepted for c in claims(data)] == [False, False]


def test_errors_never_repeat_the_value() -> None:
    data = professional(("NM1*IL*1*PEREZ*ANA", "NM1*IL*1*" + "SECRETNAME" * 7 + "*ANA****MI*W1"))
    assert all("SECRET" not in p.message + p.how_to_fix for c in claims(data) for p in c.problems)
    assert not claims(data)[0].accepted


def test_unknown_segments_are_kept() -> None:
    claim = claims(professional(("REF*D9", "ZZZ*1*2"), ("REF*6R", "QQQ*9")))[0].claim
    assert claim is not None
    assert claim.extra == ("ZZZ*1*2",)
    assert claim.lines[0].extra == ("QQQ*9",)


def test_coordination_of_benefits() -> None:
    # Prior payer: 150.50 charged, 10.50 + 20.00 adjusted on the lines, 120.00 paid.
    other = "SBR*P*18*******CI|AMT*D*120|OI***Y***Y|NM1*IL*1*PEREZ*ANA****MI*X1|NM1*PR*2*OTHER*****PI*OTHER1|LX*1"
    adjudicated = "REF*6R*L1|SVD*OTHER1*89.5*HC:99213**1|CAS*CO*45*10.5|DTP*573*D8*20250520"
    second = (
        "SV1*HC:85025*50.50*UN*1***1|DTP*472*D8*20250510|SVD*OTHER1*30.5*HC:85025**1|CAS*PR*1*20|DTP*573*D8*20250520"
    )
    changes = (("SBR*P*18", "SBR*S*18*G1******CI"), ("LX*1", other), ("REF*6R", adjudicated))
    data = professional(*changes, ("SV1*HC:85025", second))
    rows = data.decode().split("~\n")
    del rows[rows.index("DTP*573*D8*20250520", rows.index("SVD*OTHER1*30.5*HC:85025**1")) + 1]  # the line's old DTP
    count = len(rows) - 5
    data = "~\n".join(r if not r.startswith("SE*") else f"SE*{count}*0001" for r in rows).encode()
    first = claims(data)[0]
    assert first.problems == ()
    claim = first.claim
    assert claim is not None
    assert claim.other_payers[0].paid == Decimal(120)
    assert claim.lines[0].adjudications[0].adjustments[0].amount == Decimal("10.5")
    facts = claim_facts("t", claim, (), date(2025, 5, 21))
    assert facts.payer_sequence == "S"
    (before,) = facts.other_payments
    assert (before.sequence, before.payer_id, before.paid) == ("P", "OTHER1", Decimal(120))
    assert [(one.line, one.paid) for one in before.lines] == [(1, Decimal("89.5")), (2, Decimal("30.5"))]
    assert [(a.group, a.carc, a.amount) for a in before.lines[1].adjustments] == [("PR", "1", Decimal(20))]
    wrong = claims(data.replace(b"AMT*D*120", b"AMT*D*121"))[0]
    assert [(p.snip, p.segment, p.loop) for p in wrong.problems] == [(3, "AMT", "2320")]


def test_institutional_claim() -> None:
    rows = [r for r in PROFESSIONAL[:17] if not r.startswith("PRV")]
    rows += [
        "CLM*H1*300***11:A:1**A*Y*Y",
        "DTP*434*RD8*20250501-20250503",
        "DTP*435*DT*202505010800",
        "CL1*1*1*01",
        "HI*ABK:I10",
        "HI*BH:11:D8:20250501*BH:A1:D8:19600101",
        "HI*BE:80:::2",
        "NM1*71*1*STONE*LEE****XX*1245319599",
        "LX*1",
        "SV2*0120**200*DA*2",
        "LX*2",
        "SV2*0300*HC:80053*100*UN*1",
        "DTP*472*D8*20250502",
    ]
    data = encoded(envelope(rows, version="005010X223A3"))
    (only,) = claims(data)
    assert only.problems == ()
    claim = only.claim
    assert claim is not None
    assert (claim.bill_type, claim.form, claim.service_from) == ("111", "institutional", date(2025, 5, 2))
    assert claim.lines[0].revenue_code == "0120" and claim.lines[0].quantity == Decimal(2)
    assert claim.admission is not None and claim.admission.patient_status == "01"
    assert [(h.qualifier, h.code) for h in claim.health_codes] == [
        ("ABK", "I10"), ("BH", "11"), ("BH", "A1"), ("BE", "80"),
    ]  # fmt: skip
    no_attending = encoded(envelope([r for r in rows if not r.startswith("NM1*71")], version="005010X223A3"))
    assert [(p.snip, p.loop) for p in claims(no_attending)[0].problems] == [(2, "2310A")]


def test_dental_claim() -> None:
    rows = [*PROFESSIONAL[:17], "CLM*D1*90***11:B:1*Y*A*Y*Y", "LX*1", "SV3*AD:D1110*90****1", "TOO*JP*3*M:O",
            "DTP*472*D8*20250510"]  # fmt: skip
    (only,) = claims(encoded(envelope(rows, version="005010X224A2")))
    assert only.problems == ()
    assert only.claim is not None and only.claim.lines[0].teeth[0].surfaces == ("M", "O")
