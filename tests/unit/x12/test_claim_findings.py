"""Findings on claims as payers' front ends give them: addresses, countries, days, charges, groups, blanks."""

from __future__ import annotations

from decimal import Decimal

import pytest

from recoup_x12 import Problem, TransactionEnd, read
from tests.unit.x12.files import (
    PROFESSIONAL,
    REMITTANCE,
    all_problems,
    changed,
    claims,
    encoded,
    end,
    envelope,
    professional,
    remittance,
    remittances,
    sample,
)

INSTITUTIONAL = sample("claim837", "institutional.edi")


def institutional(*changes: tuple[str, str]) -> bytes:
    return encoded(envelope(changed(INSTITUTIONAL, changes), version="005010X223A2"))


def places(problems: tuple[Problem, ...]) -> list[tuple[str, str, str, int, int]]:
    return [(p.severity, p.loop, p.segment, p.element, p.line) for p in problems]


BILLING_STREET = "N3*"  # the first N3 of the samples is the billing provider's


@pytest.mark.parametrize(
    "street",
    [
        "PO BOX 123", "P.O. Box 9", "P O BOX 77", "po box 1", "POBOX 55", "POST OFFICE BOX 7", "LOCKBOX 1234",
        "LOCK BOX 9", "PMB 12", "BOX 44", "100 MAIN ST*PO BOX 3", "CALLER SERVICE 100",
    ],
)  # fmt: skip
def test_a_mailbox_of_the_billing_provider_is_refused(street: str) -> None:
    first = claims(professional((BILLING_STREET, f"N3*{street}")))[0]
    assert ("error", "2010AA", "N3", 1, 0) in places(first.problems)
    assert not first.accepted
    # the set itself is sound: it is the 277CA that says so of the claim
    assert end(professional((BILLING_STREET, f"N3*{street}"))).verdict == "E"


@pytest.mark.parametrize(
    "street", ["100 BOXWOOD LN", "12 POBO ST", "9 POST OFFICE RD", "1 LOCKE BLVD", "77 OXBOX AVE", "1 BOX ELDER DR"]
)
def test_a_street_that_sounds_like_one_is_none(street: str) -> None:
    assert claims(professional((BILLING_STREET, f"N3*{street}")))[0].accepted


def test_a_box_is_right_in_the_pay_to_address() -> None:
    pay_to = "REF*EI*123456789|NM1*87*2|N3*PO BOX 123|N4*AUSTIN*TX*787010001"
    assert claims(professional(("REF*EI*", pay_to)))[0].problems == ()


@pytest.mark.parametrize(
    ("postal", "expected"),
    [("78701", [("warning", "2010AA", "N4", 3, 0)]), ("787010001", []), ("7870", [("warning", "2010AA", "N4", 3, 0)])],
)
def test_the_billing_provider_has_nine_digits(postal: str, expected: list[tuple[str, str, str, int, int]]) -> None:
    first = claims(professional(("N4*", f"N4*AUSTIN*TX*{postal}")))[0]
    assert places(first.problems) == expected
    assert first.accepted


@pytest.mark.parametrize(
    ("data", "loop", "line"),
    [
        (professional(("LX*1", "NM1*77*2*HALL*****XX*1245319599|N3*5 ELM ST|N4*AUSTIN*TX*78702|LX*1")), "2310C", 0),
        (institutional(("LX*1", "NM1*77*2*HALL*****XX*1245319599|N3*5 ELM ST|N4*AUSTIN*TX*78702|LX*1")), "2310E", 0),
        (professional(("REF*6R", "REF*6R*L1|NM1*77*2*HALL|N3*5 ELM ST|N4*AUSTIN*TX*78702")), "2420C", 1),
    ],
)  # fmt: skip
def test_a_service_facility_has_nine_digits(data: bytes, loop: str, line: int) -> None:
    first = claims(data)[0]
    assert [p for p in places(first.problems) if p[2] == "N4"] == [("warning", loop, "N4", 3, line)]
    assert first.accepted


@pytest.mark.parametrize(
    ("country", "severity"),
    [("GBR", "error"), ("USA", "error"), ("gb", "error"), ("UK", "warning"), ("GB", ""), ("CA", ""), ("US", "")],
)
def test_a_country_has_two_letters(country: str, severity: str) -> None:
    # the subscriber's N4 is the second of the sample
    rows = list(PROFESSIONAL)
    at = [i for i, row in enumerate(rows) if row.startswith("N4*")][1]
    rows[at] = f"N4*LONDON**{'78701' if country == 'US' else 'SW1A 1AA'}*{country}"
    found = [p for p in claims(encoded(envelope(rows)))[0].problems if p.element == 4]
    assert [(p.severity, p.segment, p.loop) for p in found] == ([(severity, "N4", "2010BA")] if severity else [])


def test_a_payment_is_posted_whatever_its_countries_are() -> None:
    (first, *_) = remittances(remittance(("N4*", "N4*LONDON**SW1A 1AA*GBR")))
    assert first.accepted


STATEMENT = next(row for row in INSTITUTIONAL if row.startswith("DTP*434"))
DAY = STATEMENT.split("*")[3][:8]
LINE_DAYS = [i for i, row in enumerate(INSTITUTIONAL) if row.startswith("DTP*472")]


def hospital(bill: str, until: str, *, dated: bool, drug: bool = False) -> bytes:
    """The institutional sample under another bill type and statement, its lines with a day or without."""
    rows = [
        row
        for row in INSTITUTIONAL
        if not row.startswith(("DTP*434", "DTP*435", "DTP*472", "LIN", "CTP", "REF*XZ", "REF*VY"))
    ]
    clm = next(i for i, row in enumerate(rows) if row.startswith("CLM*"))
    parts = rows[clm].split("*")
    parts[5] = f"{bill}:A:1"
    span = f"DTP*434*RD8*{DAY}-{until}"
    rows[clm : clm + 1] = ["*".join(parts), span, f"DTP*435*DT*{DAY}0800"]
    lines = [i for i, row in enumerate(rows) if row.startswith("SV2*")]
    for at in reversed(lines):
        after = ([f"DTP*472*D8*{DAY}"] if dated else []) + (["LIN**N4*00002323230", "CTP****1*UN"] if drug else [])
        rows[at + 1 : at + 1] = after
    return encoded(envelope(rows, version="005010X223A2"))


NEXT = f"{int(DAY) + 1}"


@pytest.mark.parametrize(
    ("bill", "until", "dated", "drug", "severity"),
    [
        ("13", NEXT, False, False, "error"),  # outpatient over two days, lines undated
        ("83", NEXT, False, False, "error"),
        ("13", NEXT, True, False, ""),
        ("13", DAY, False, False, ""),  # one day: the statement says it
        ("13", NEXT, False, True, ""),  # a drug's line needs none
        ("11", NEXT, False, False, ""),  # inpatient
        ("32", NEXT, False, False, "warning"),  # home health: the payer's rule
    ],
)
def test_outpatient_lines_have_a_day_where_the_statement_has_several(
    bill: str, until: str, dated: bool, drug: bool, severity: str
) -> None:
    first = claims(hospital(bill, until, dated=dated, drug=drug))[0]
    found = {(p.severity, p.line) for p in first.problems if p.segment == "DTP"}
    count = sum(1 for row in INSTITUTIONAL if row.startswith("SV2*"))
    assert found == ({(severity, n) for n in range(1, count + 1)} if severity else set())


@pytest.mark.parametrize(
    ("code", "severity"),
    [("207Q00000X", ""), ("203BF0100Y", "warning"), ("207Q0000X", "error"), ("207q00000x", "error")],
)
def test_a_taxonomy_whose_last_character_is_no_x_is_a_warning(code: str, severity: str) -> None:
    found = [p for p in claims(professional(("PRV*BI", f"PRV*BI*PXC*{code}")))[0].problems if p.segment == "PRV"]
    assert [p.severity for p in found if p.severity == severity] == ([severity] if severity else [])
    assert claims(professional(("PRV*BI", f"PRV*BI*PXC*{code}")))[0].accepted == (severity != "error")


def test_a_negative_charge_is_refused_though_the_sum_is_right() -> None:
    data = professional(
        ("CLM*PCN1*150.5", "CLM*PCN1*49.5***11:B:1*Y*A*Y*Y"), ("SV1*HC:85025", "SV1*HC:85025*-50.50*UN*1***1")
    )
    first = claims(data)[0]
    assert ("error", "2400", "SV1", 2, 2) in places(first.problems)
    zero = professional(
        ("CLM*PCN1*150.5", "CLM*PCN1*100***11:B:1*Y*A*Y*Y"), ("SV1*HC:85025", "SV1*HC:85025*0*UN*1***1")
    )
    assert claims(zero)[0].accepted


@pytest.mark.parametrize(
    ("served", "severity"),
    [
        ("D8*20250601", ""),  # the day on which the batch was made (BHT04)
        ("D8*20250602", "error"),
        ("RD8*20250602-20250603", "error"),
        ("RD8*20250510-20250630", "warning"),  # a rental's period may run on
    ],
)
def test_a_service_after_the_batch_was_made(served: str, severity: str) -> None:
    data = professional(("BHT*", "BHT*0019*00*B1*20250601*1200*CH"), ("DTP*472", f"DTP*472*{served}"))
    found = [p for p in claims(data)[0].problems if p.segment == "DTP"]
    assert [p.severity for p in found] == ([severity] if severity else [])


# --- a line that another payer judged without a procedure -----------------------------------------------------


def judged_without_procedure(form: str) -> bytes:
    """A secondary claim whose first line the other payer answered without SVD03, balanced."""
    rows = INSTITUTIONAL if form == "005010X223A2" else PROFESSIONAL
    first = next(i for i, row in enumerate(rows) if row.startswith(("SV1*", "SV2*")))
    charge = rows[first].split("*")[3 if rows[first].startswith("SV2") else 2]
    total = next(row for row in rows if row.startswith("CLM*")).split("*")[2]
    other = [
        "SBR*S*18*G*****CI", "AMT*D*" + total, "OI***Y***Y", "NM1*IL*1*PEREZ*ANA****MI*X1",
        "NM1*PR*2*OTHER*****PI*88888",
    ]  # fmt: skip
    at = next(i for i, row in enumerate(rows) if row.startswith("LX*1"))
    behind = next((i for i in range(first + 1, len(rows)) if rows[i].startswith(("LX*", "HL*", "CLM*"))), len(rows))
    body = [*rows[:at], *other, *rows[at:behind], f"SVD*88888*{charge}**0120*1", "DTP*573*D8*20250601", *rows[behind:]]
    return encoded(envelope(body, version=form))


@pytest.mark.parametrize(("form", "missing"), [("005010X223A2", False), ("005010X222A1", True)])
def test_svd03_is_situational_where_a_revenue_code_is_billed(form: str, missing: bool) -> None:
    first = claims(judged_without_procedure(form))[0]
    assert any(p.segment == "SVD" and p.element == 3 for p in first.problems) == missing


@pytest.mark.parametrize(
    ("place", "element"),
    [
        ("N4*AUSTIN*TX*787010001", 0),
        ("N4*AUSTIN**787010001", 2),
        ("N4*AUSTIN*TX", 3),
        ("N4*LONDON**SW1A1AA*GB", 0),  # abroad there are no states
    ],
)
def test_a_billing_address_at_home_names_state_and_zip_code(place: str, element: int) -> None:
    found = [p for p in claims(professional(("N4*AUSTIN*TX*787010001", place)))[0].problems if p.segment == "N4"]
    assert [(p.severity, p.loop, p.element) for p in found] == ([("warning", "2010AA", element)] if element else [])


# --- the group, and blanks ----------------------------------------------------------------------------------------


def test_a_claim_in_a_payments_group_is_told_so() -> None:
    data = encoded(envelope(PROFESSIONAL, "HP", "837", "005010X222A1"))
    done = [i for i in read([data]) if isinstance(i, TransactionEnd)]
    assert [d.verdict for d in done] == ["R"]
    messages = [p.message for p in all_problems(data)]
    assert any("GS01 HP does not fit" in m and "HC" in m for m in messages)
    assert not any("is not read here" in m for m in messages)


@pytest.mark.parametrize("group", ["HC", "HN", "FA", "hp", "XX", ""])
def test_a_payment_in_a_group_of_another_kind_is_told_so_and_read(group: str) -> None:
    """Its own set says which guide it is by (GS08, ST01), so its money and lines are as certain as in its own group."""
    data = remittance().replace(b"GS*HP*", f"GS*{group}*".encode())
    assert any(f"GS01 {group or '(unreadable)'} does not fit" in p.message for p in all_problems(data))
    assert [(r.control_number, r.accepted, r.paid) for r in remittances(data)] == [
        ("PCN1", True, Decimal(300)),
        ("PCN2", True, Decimal(250)),
    ]
    assert end(data).verdict == "E"


@pytest.mark.parametrize(
    ("old", "new"), [("X*005010X221A1", "X*005010X221A1 "), ("ST*835*", "ST*835 *"), ("GS*HP*", "GS*HP *")]
)
def test_blanks_in_the_envelope_put_no_payment_in_doubt(old: str, new: str) -> None:
    data = remittance().replace(old.encode(), new.encode())
    assert [(r.control_number, r.accepted) for r in remittances(data)] == [("PCN1", True), ("PCN2", True)]


def test_a_claim_in_a_group_of_no_kind_is_refused_with_its_group() -> None:
    data = encoded(envelope(PROFESSIONAL, "XX"))
    assert [i for i in read([data]) if isinstance(i, TransactionEnd)] == [] and claims(data) == []


def test_a_payment_of_another_version_stays_in_doubt_in_whatever_group() -> None:
    data = remittance().replace(b"GS*HP*", b"GS*HC*").replace(b"005010X221A1", b"005010X222A1")
    assert [(r.control_number, r.accepted, r.paid) for r in remittances(data)] == [
        ("PCN1", False, Decimal(300)),
        ("PCN2", False, Decimal(250)),
    ]
    assert end(data).verdict == "R"


def test_a_claim_and_a_payment_in_one_group_are_both_read() -> None:
    rows = envelope(PROFESSIONAL)
    paid = ["ST*835*0002*005010X221A1", *REMITTANCE, f"SE*{len(REMITTANCE) + 2}*0002"]
    data = encoded([*rows[:-2], *paid, "GE*2*1", rows[-1]])
    assert [c.accepted for c in claims(data)] == [True, True]
    assert [r.accepted for r in remittances(data)] == [True, True]
    assert [i.verdict for i in read([data]) if isinstance(i, TransactionEnd)] == ["A", "E"]


@pytest.mark.parametrize("blanks", ["  ", "\t", "    "])
@pytest.mark.parametrize("which", ["all", "middle"])
def test_indented_segments_are_one_clear_message(blanks: str, which: str) -> None:
    rows = envelope(PROFESSIONAL)
    span = range(1, len(rows)) if which == "all" else range(10, 12)
    data = "".join((blanks if i in span else "") + row + "~\n" for i, row in enumerate(rows)).encode()
    found = all_problems(data)
    assert [p.message for p in found] == ["blanks stand before the segments"]
    assert end(data).verdict == "R"
