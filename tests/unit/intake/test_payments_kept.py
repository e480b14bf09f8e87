"""No claim payment of an 835 is lost: posted where its money and its lines are certain, else held with the reason."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recoup_x12 import Acknowledger, PaymentItemRead, ProviderAdjustmentsRead, read
from recoup_x12.core.dictionary import DICTIONARY
from services.intake.application.pending_input import InputCounts, PendingInput
from services.intake.application.whole_sets import sets_of
from tests.unit.intake.test_long_answers import NOW
from tests.unit.x12.files import REMITTANCE, encoded, end, envelope, items, remittance, remittances

CONTROL_OF = {"PCN1": Decimal(300), "PCN2": Decimal(250)}


def pending_of(data: bytes) -> tuple[PendingInput, InputCounts]:
    """What reception would apply of an input."""
    counts = InputCounts("00000000-0000-0000-0000-000000000001")
    all_of_it = PendingInput(counts.summary.interchange_id)
    for whole in sets_of(read([data]), all_of_it.interchange_id, counts):
        all_of_it.take(whole)
    return all_of_it, counts


def answered(data: bytes) -> list[str]:
    """IK5 and AK9 of the 999."""
    acknowledger = Acknowledger(NOW)
    for _ in acknowledger.watch(read([data])):
        pass
    text = "".join(part.text for part in acknowledger.answers() if part is not None and part.kind == "999")
    return [row.strip() for row in text.split("~") if row.strip()[:3] in ("IK5", "AK9")]


@pytest.mark.parametrize(
    "change",
    [
        ("BPR*I*500", "BPR*I*500*C*ACH*CCP*01*111000025*DA*1*1512345678**01*111000025*DA*2"),  # no BPR16
        ("BPR*I*500", "BPR*I*500*C*EFT*CCP*01*111000025*DA*1*1512345678**01*111000025*DA*2*20250601"),
        ("TRN*1*EFT1", "TRN*1*EFT1"),  # no TRN03
        ("TRN*1*EFT1", ""),
        ("DTM*405", "DTM*405*20250601|REF*EV*X"),  # out of order
        ("N1*PE", "N1*PE*CLINIC"),
        ("N1*PE", "N1*PE*CLINIC*XX*1234567893***"),
        ("N1*PR", ""),
        ("NM1*QC", ""),
        ("NM1*QC", "MOA***MA01|NM1*QC*1*PEREZ*ANA****MI*W1"),
        ("CLP*PCN1", "CLP*PCN1*1*400*300*20**ICN1*11*1"),  # no CLP06
        ("CLP*PCN1", "CLP*PCN1*1*400*300*20*12"),  # no CLP07
        ("CLP*PCN1", "CLP*PCN1*1*400*300*TWENTY*12*ICN1*11*1"),
        ("CLP*PCN1", "CLP**1*400*300*20*12*ICN1*11*1"),
        ("SVC*HC:99213", "SVC*99213*250*180**1"),
        ("CAS*PR*3*20", "CAS*CR*3*20"),
        ("CAS*PR*3*20", "CAS*PR**20"),
        ("REF*6R*L1", "REF*6R"),
        ("LQ*HE", "LQ*HE*NONSENSE"),
        ("LX*1", ""),
        ("LX*1", "ZZZ*1"),
        ("CLP*PCN1", "CLP*PCN1*1* 400*300 *20*12*ICN1*11*1"),  # blanks around amounts
        ("SVC*HC:99213", "SVC*HC:99213*250 * 180**1"),
        ("CAS*PR*3*20", "CAS*PR*3* 20"),
        ("SVC*HC:99213", "SVC*HC:99213*250*180**ONE"),  # units that cannot be read leave the money as it is
        ("SVC*HC:99213", "SVC*HC:99213*250*180****X"),
    ],
)
def test_a_fault_that_leaves_money_and_lines_certain_is_a_finding(change: tuple[str, str]) -> None:
    found = remittances(remittance(change))
    assert [(one.accepted, one.paid) for one in found] == [(True, Decimal(300)), (True, Decimal(250))]
    assert end(remittance(change)).verdict == ("A" if change[0] == "LX*1" and not change[1] else "E")
    lines = [(line.charge, line.paid) for line in found[0].remittance.lines]  # type: ignore[union-attr]
    assert lines == [(Decimal(250), Decimal(180)), (Decimal(150), Decimal(120))]


def test_a_procedure_without_its_qualifier_is_read_where_its_code_can_only_be_one() -> None:
    (one, _) = remittances(remittance(("SVC*HC:99213", "SVC*99213*250*180**1")))
    assert one.remittance is not None
    assert (one.remittance.lines[0].procedure.qualifier, one.remittance.lines[0].procedure.code) == ("HC", "99213")


@pytest.mark.parametrize(
    ("change", "segment", "element", "paid"),
    [
        (("CAS*PR*3*20", "CAS*PR*3*10"), "SVC", 3, 300),  # the line is 10.00 out
        (("CLP*PCN1", "CLP*PCN1*5*400*300*20*12*ICN1*11*1"), "CLP", 2, 300),
        (("CLP*PCN1", "CLP*PCN1*17*400*300*20*12*ICN1*11*1"), "CLP", 2, 300),
        (("CLP*PCN1", "CLP*PCN1*1*401*300*20*12*ICN1*11*1"), "CLP", 4, 300),
        (("CLP*PCN1", "CLP*PCN1*1*four hundred*300*20*12*ICN1*11*1"), "CLP", 3, 300),
        (("CLP*PCN1", "CLP*PCN1*1*400**20*12*ICN1*11*1"), "CLP", 4, None),
        (("SVC*HC:99213", "SVC*HC:99213*250*180 USD**1"), "SVC", 3, 300),
        (("SVC*HC:99213", "SVC*HC:99213*250***1"), "SVC", 3, 300),
        (("SVC*HC:99213", "SVC*HC*250*180**1|REF*BB*1"), "SVC", 1, 300),
        (("CAS*PR*3*20", "CAS*PR*3*2O"), "CAS", 3, 300),
    ],
)
def test_what_leaves_the_money_or_a_line_open_is_held_with_its_place(
    change: tuple[str, str], segment: str, element: int, paid: int | None
) -> None:
    data = remittance(change, ("REF*6R*L1", ""))
    first, second = remittances(data)
    assert not first.accepted and second.accepted
    assert first.paid == (None if paid is None else Decimal(paid))
    places = [(p.segment, p.element) for p in first.doubts]
    assert (segment, element) in places or (segment, 0) in places, first.doubts
    assert all(p.position and p.message and p.how_to_fix for p in first.doubts)
    taken, counts = pending_of(data)
    assert [p.remittance.control_number for p in taken.payments] == ["PCN2"]
    (held,) = [h for h in taken.held if h.kind == "payment"]
    assert (held.control_number, held.payment.trace_number) == ("PCN1", "EFT1")
    assert "CLP*PCN1" in held.text and "BPR*I*500" in held.text
    assert (counts.summary.sets_accepted, counts.summary.sets_held) == (0, 1)
    assert answered(data) == ["IK5*E*5", "AK9*E*1*1*1"]


@pytest.mark.parametrize(("amount", "over"), [("501", 1), ("499.25", Decimal("-0.75"))])
def test_a_payment_that_is_not_its_sum_is_an_item_of_its_own(amount: str, over: Decimal) -> None:
    data = remittance().replace(b"BPR*I*500*", f"BPR*I*{amount}*".encode())
    assert [one.accepted for one in remittances(data)] == [True, True]
    (item,) = [i for i in items(data) if isinstance(i, PaymentItemRead)]
    assert (item.kind, item.amount, item.payment.trace_number) == ("imbalance", Decimal(over), "EFT1")
    assert answered(data) == ["IK5*E*5", "AK9*E*1*1*1"]


@pytest.mark.parametrize(
    ("pairs", "certain", "held"),
    [
        ("WO:A*50*L6:B*x*FB:C*-20", [("WO", 50), ("FB", -20)], [("L6:B*x", None)]),
        ("WO:A**72:C*30", [("72", 30)], [("WO:A*", None)]),
        ("L6:A*x*L6:A*x*CS:D*10", [("CS", 10)], [("L6:A*x", None), ("L6:A*x", None)]),
    ],
)
def test_a_pair_of_a_provider_adjustment_in_doubt_takes_no_other_with_it(
    pairs: str, certain: list[tuple[str, int]], held: list[tuple[str, Decimal | None]]
) -> None:
    """005010X221A1, PLB: up to six pairs (PLB03/04 to 13/14), each an adjustment of its own."""
    data = remittance().replace(b"SE*", f"PLB*1234567893*20251231*{pairs}~\nSE*".encode(), 1)
    rows = [row for i in items(data) if isinstance(i, ProviderAdjustmentsRead) for row in i.adjustments]
    assert [(row.reason, row.amount) for row in rows[1:]] == certain, "the first is the PLB that it has"
    apart = [i for i in items(data) if isinstance(i, PaymentItemRead)]
    assert [(i.kind, i.text.strip(), i.amount) for i in apart] == [
        ("adjustment", f"PLB*1234567893*20251231*{text}~", amount) for text, amount in held
    ]
    assert all(i.problems for i in apart) and len({i.place for i in apart}) == len(apart)
    kept = [h for h in pending_of(data)[0].held if h.kind == "adjustment"]
    assert len({h.place for h in kept}) == len(held)


def test_interest_that_no_provider_adjustment_accounts_for_is_named_so() -> None:
    data = remittance(("CLP*PCN2", "CLP*PCN2*1*300*250**12*ICN2")).replace(b"BPR*I*500*", b"BPR*I*504.2*")
    data = data.replace(b"NM1*QC*1*PEREZ*EVA", b"NM1*QC*1*PEREZ*EVA~\nAMT*I*4.2")
    (item,) = [i for i in items(data) if isinstance(i, PaymentItemRead)]
    assert (item.kind, item.amount) == ("interest", Decimal("4.2"))


@pytest.mark.parametrize("element", ["SE*99", "GE*7", "IEA*4"])
def test_wrong_counts_are_findings(element: str) -> None:
    rows = [
        row if not row.startswith(element[:3]) else "*".join((element, *row.split("*")[2:]))
        for row in envelope(REMITTANCE, "HP", "835", "005010X221A1")
    ]
    assert [one.accepted for one in remittances(encoded(rows))] == [True, True]
    assert len(pending_of(encoded(rows))[0].payments) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("005010X221A1", "004010X091A1"),
        ("*00501*", "*00401*"),
        ("ST*835*", "ST*83S*"),
        ("*0*P*", "*0*X*"),
    ],
)
def test_an_835_that_is_not_read_here_is_held_claim_by_claim(old: str, new: str) -> None:
    data = remittance().replace(old.encode(), new.encode())
    taken, counts = pending_of(data)
    assert taken.payments == []
    assert [(h.control_number, h.amount) for h in taken.held if h.kind == "payment"] == [*CONTROL_OF.items()]
    assert {h.payment.trace_number for h in taken.held} == {"EFT1"}
    assert (counts.summary.sets_accepted, counts.summary.sets_refused) == (0, 1)


def test_a_file_cut_short_posts_what_was_whole_and_holds_the_rest() -> None:
    data = remittance()
    cut = data[: data.index(b"CAS*CO*45*50~\nNM1*QC*1*PEREZ*EVA")]
    taken, _ = pending_of(cut)
    assert [p.remittance.control_number for p in taken.payments] == ["PCN1"]
    assert [(h.control_number, h.amount) for h in taken.held if h.kind == "payment"] == [("PCN2", Decimal(250))]
    assert answered(cut)[0].startswith("IK5*R")


def test_indented_segments_are_read() -> None:
    data = b"\n".join(b"  " + row for row in remittance().split(b"\n")).strip()
    assert len(pending_of(data)[0].payments) == 2


ROWS = envelope(REMITTANCE, "HP", "835", "005010X221A1")


def amounts_of(rows: list[str]) -> list[str]:
    """CLP01 and CLP04 of every CLP that stands in the bytes, also of one whose name X12 does not have."""
    return sorted(_named(row.split("*")) for row in rows if row.strip().startswith("CLP*") or renamed_payment(row))


def renamed_payment(row: str) -> bool:
    """Whether it is one of this file's claim payments but for its name, which is no segment's."""
    name, _, rest = row.partition("*")
    letters = re.sub(r"[\W_]", "", name).upper()
    return f"CLP*{rest}" in ROWS and name != "CLP" and letters not in DICTIONARY


def _named(e: list[str]) -> str:
    return "/".join((e[1].strip() if len(e) > 1 else "", e[4].strip() if len(e) > 4 else ""))


def kept(data: bytes) -> list[str]:
    """CLP01 and CLP04 of what is posted or held, as sent."""
    taken, _ = pending_of(data)
    sent = [p.remittance.source.claim for p in taken.payments if p.remittance.source]
    sent += [h.text[h.text.index("CLP*") :] for h in taken.held if h.kind == "payment"]
    return sorted(_named(text.split("~", 1)[0].split("*")) for text in sent)


@settings(max_examples=300, deadline=None)
@given(
    st.integers(0, len(ROWS) - 1),
    st.sampled_from(["drop", "double", "swap", "alter", "blank", "name"]),
    st.integers(0, 16),
    st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="~*:^"), max_size=12),
)
def test_whatever_happens_to_a_segment_every_claim_payment_is_posted_or_held(
    at: int, how: str, element: int, text: str
) -> None:
    rows = list(ROWS)
    if how == "drop":
        rows.pop(at)
    elif how == "double":
        rows.insert(at, rows[at])
    elif how == "swap":
        other = (at * 7 + element) % len(rows)
        rows[at], rows[other] = rows[other], rows[at]
    elif how == "blank":
        rows[at] = " " + rows[at]
    else:
        parts = rows[at].split("*")
        parts[0 if how == "name" else 1 + element % (len(parts) - 1)] = text
        rows[at] = "*".join(parts)
    data = encoded(rows)
    assert kept(data) == amounts_of(rows)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(encoded(ROWS)) - 1))
def test_a_cut_anywhere_posts_or_holds_every_claim_payment_before_it(at: int) -> None:
    data = encoded(ROWS)[:at]
    sent = [row.split("*") for row in data.decode().split("~\n") if row.startswith("CLP")]
    taken, _ = pending_of(data)
    numbers = [p.remittance.control_number for p in taken.payments]
    numbers += [h.control_number for h in taken.held if h.kind == "payment"]
    assert sorted(numbers) == sorted(e[1] if len(e) > 2 else "" for e in sent)  # a number cut short is none
