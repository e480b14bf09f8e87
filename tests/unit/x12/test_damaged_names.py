"""835: a claim payment whose segment name is damaged is held with its number, amount and trace."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recoup_x12 import PaymentItemRead
from recoup_x12.sets.remittance835.damaged import conspicuous, may_be_glued, parted
from tests.unit.x12.files import end, items, remittance, remittances

PAID = "1*300*250**12*ICN2"
DENIED = "4*300*0**12*ICN2"
NAMES = ["clp*PCN2*", "Clp*PCN2*", "CLP *PCN2*", " clp *PCN2*", "\ufeffCLP*PCN2*", "C-L-P*PCN2*", "CLP.*PCN2*",
         "CPL*PCN2*", "CL*PCN2*", "XLP*PCN2*", "*PCN2*", "PAYMENT*PCN2*"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("rest", "paid"), [(PAID, 250), (DENIED, 0)], ids=["paid", "denied"])
def test_a_payment_under_a_damaged_name_is_held(name: str, rest: str, paid: int) -> None:
    first, second = remittances(remittance(("CLP*PCN2", name + rest)))
    assert first.accepted and first.paid == 300, "the payment before it is as it was sent"
    assert first.remittance is not None and len(first.remittance.lines) == 2
    assert not second.accepted
    held = (second.control_number, second.charge, second.paid, second.payment.trace_number)
    assert held == ("PCN2", Decimal(300), Decimal(paid), "EFT1")
    (told,) = [p for p in second.doubts if p.code == "1"]
    assert (told.segment, told.position) == ("CLP", 25)
    assert "damaged" in told.message


def test_another_separator_after_the_name_is_read_too() -> None:
    _, second = remittances(remittance(("CLP*PCN2", "CLP;PCN2;4;300;0;;12;ICN2")))
    assert (second.control_number, second.charge, second.paid) == ("PCN2", Decimal(300), Decimal(0))
    assert not second.accepted


def test_what_is_of_the_set_as_a_whole_comes_out_even() -> None:
    data = remittance(("CLP*PCN2", "clp*PCN2*" + PAID))
    assert not [i for i in items(data) if isinstance(i, PaymentItemRead)], "500 = 300 + 250 - 50"
    assert end(data).verdict == "E"
    assert (end(data).claims, end(data).refused) == (2, 1)


@pytest.mark.parametrize(
    "change",
    [("SVC*HC:99213", "svc*HC:99213*250*180**1"), ("SVC*HC:99213", "S.VC*HC:99213*250*180**1"),
     ("CAS*PR*3*20", "cas*PR*3*20")],
)  # fmt: skip
def test_a_line_or_reason_under_a_damaged_name_holds_its_payment(change: tuple[str, str]) -> None:
    first, second = remittances(remittance(change))
    assert not first.accepted and second.accepted
    assert first.remittance is not None and len(first.remittance.lines) == 2
    assert first.remittance.lines[0].adjustments[-1].amount == 20


def test_a_denied_line_under_a_damaged_name_does_not_become_the_claims() -> None:
    """Nothing paid, one line denied: read as a segment of the claim its reason would balance all the same."""
    data = remittance(
        ("CLP*PCN2", "CLP*PCN2*4*300*0**12*ICN2"),
        ("CAS*CO*45*50", "NM1*QC*1*PEREZ*EVA|svc*HC:85025*300*0**1|CAS*CO*45*300"),
    )
    second = remittances(data)[1]
    assert not second.accepted


def test_adjustments_under_a_damaged_name_are_held() -> None:
    data = remittance(("PLB*", "plb*1234567893*20251231*WO:ICN0*50"))
    (held,) = [i for i in items(data) if isinstance(i, PaymentItemRead)]
    assert held.kind == "adjustment" and "WO:ICN0" in held.text
    assert all(one.accepted for one in remittances(data))


@pytest.mark.parametrize("stray", ["ZZZ*PCN9*1*a*0", "ZZZ*1", "REF*1L*PCN9", "XYZ*PCN9*99*300*0", "QTY*CA*1*2*3"])
def test_no_other_segment_is_taken_for_a_payment(stray: str) -> None:
    assert len(remittances(remittance(("LQ*HE", "LQ*HE*N19|" + stray)))) == 2


def test_damage_is_told_of_the_payment_it_is_in() -> None:
    """Two sets in one file: positions begin anew in each, and the damage of one is not the other's."""
    bad, good = remittance(("CLP*PCN2", "clp*PCN2*" + PAID)), remittance()
    other = good.replace(b"000000042", b"000000043")
    assert [one.accepted for one in remittances(bad + other)] == [True, False, True, True]
    tail = good[good.index(b"ST*835") : good.index(b"GE*")].replace(b"0001~", b"0002~")
    both = bad.replace(b"GE*1*", tail + b"GE*2*")
    assert [one.accepted for one in remittances(both)] == [True, False, True, True]


OUTSIDE = {
    "between SE and GE": b"GE*",
    "after GE": b"IEA*",
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("before", OUTSIDE.values(), ids=OUTSIDE)
@pytest.mark.parametrize(("rest", "paid"), [(PAID, 250), (DENIED, 0)], ids=["paid", "denied"])
def test_a_payment_under_a_damaged_name_outside_any_set_is_held(name: str, before: bytes, rest: str, paid: int) -> None:
    data = remittance()
    at = data.rindex(before)
    astray = name.replace("PCN2", "PCN9") + rest.replace("ICN2", "ICN9")
    *sound, held = remittances(data[:at] + astray.encode() + b"~" + data[at:])
    assert [one.accepted for one in sound] == [True, True], "what stands in its set is as it was sent"
    assert not held.accepted
    assert (held.control_number, held.charge, held.paid) == ("PCN9", Decimal(300), Decimal(paid))
    assert any("stands in no 835 that can be read here" in problem.message for problem in held.doubts)


@pytest.mark.parametrize("before", OUTSIDE.values(), ids=OUTSIDE)
@pytest.mark.parametrize("stray", ["ZZZ*PCN9*1*a*0", "svc*HC:99213*250*180", "REF*1L*PCN9", "QTY*CA*1*2*3", "clp"])
def test_what_is_no_claim_payment_outside_any_set_is_none(stray: str, before: bytes) -> None:
    data = remittance()
    at = data.rindex(before)
    assert len(remittances(data[:at] + stray.encode() + b"~" + data[at:])) == 2


GLUED = [
    ("DTM*472", "DTM*472*20250510CLP*PCN2*4*300*0**12*ICN2", "PCN2", 300, 0),
    ("REF*6R*L1", "REF*6R*L1CLP*PCN2*4*300*0**12*ICN2", "PCN2", 300, 0),
    ("CAS*PR*2*20", "CAS*PR*2*20CLP*PCN2*1*300*250**12*ICN2", "PCN2", 300, 250),
    ("CAS*PR*2*20", "CAS*PR*2*20' CLP*PCN2*1*300*250**12*ICN2", "PCN2", 300, 250),
    ("CAS*PR*2*20", "CAS*PR*2*20clp*PCN2*1*300*250**12*ICN2", "PCN2", 300, 250),
    ("CAS*PR*2*20", "CAS*PR*2*20|CLPPCN2*4*300*0**12*ICN2", "PCN2", 300, 0),
    ("CAS*PR*2*20", "CAS*PR*2*20|clpPCN2*4*300*0**12*ICN2", "PCN2", 300, 0),
]


@pytest.mark.parametrize(("old", "new", "number", "charge", "paid"), GLUED)
def test_a_payment_without_what_parts_it_from_others_is_held(
    old: str, new: str, number: str, charge: int, paid: int
) -> None:
    """The terminator before CLP, or the separator behind it, is lost: a denial would be told by nothing."""
    found = remittances(remittance(("CLP*PCN2", "LX*2"), (old, new)))
    (held,) = [one for one in found if one.control_number == number]
    assert not held.accepted
    told = (held.charge, held.paid, held.payment.trace_number)
    assert told == (Decimal(charge), Decimal(paid), "EFT1")


@pytest.mark.parametrize(("old", "new"), [("SVC*HC:99213", "SVCHC:99213*250*180**1"), ("CAS*PR*3*20", "CASPR*3*20")])
def test_a_line_or_reason_without_the_separator_behind_its_name_holds_its_payment(old: str, new: str) -> None:
    """A terminator that is lost between any two segments is tried in `intake/test_payments_mutated.py`."""
    first, second = remittances(remittance((old, new)))
    assert not first.accepted and second.accepted
    assert first.remittance is not None
    assert [(line.charge, line.paid) for line in first.remittance.lines] == [(250, 180), (150, 120)]
    assert first.remittance.lines[0].adjustments[-1].amount == 20


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("NM1*QC*1*PEREZ*ANA", "NM1*QC*1*LUCAS*FELIX****MI*W1CLP"),
        ("NM1*QC*1*PEREZ*ANA", "NM1*QC*1*PEREZ*MIA****MI*W1"),
        ("NM1*QC*1*PEREZ*ANA", "NM1*QC*1*PEREZ*LX****MI*W1"),
        ("REF*6R*L1", "REF*6R*A1CAS"),
        ("REF*6R*L1", "REF*6R*L1SVC"),
    ],
)
def test_names_that_end_as_a_segment_begins_are_names(old: str, new: str) -> None:
    assert [one.accepted for one in remittances(remittance((old, new)))] == [True, True]


def test_a_header_without_what_parts_it_is_read_and_told() -> None:
    data = remittance(("LX*1", ""), ("N1*PE", "N1*PE*CLINIC*XX*1234567893LX*1"))
    assert [one.accepted for one in remittances(data)] == [True, True]
    assert any("terminator is lost" in p.message for p in end(data).problems)


@pytest.mark.parametrize("place", ["after IEA", "before ISA", "alone"])
@pytest.mark.parametrize("name", NAMES)
def test_a_payment_under_a_damaged_name_outside_any_interchange_is_held(name: str, place: str) -> None:
    astray = (name.replace("PCN2", "PCN9") + PAID.replace("ICN2", "ICN9") + "~\nSVC*HC:99213*300*250~\n").encode()
    data = {"after IEA": remittance() + astray, "before ISA": astray + remittance(), "alone": astray}[place]
    held = [one for one in remittances(data) if not one.accepted]
    assert [(one.control_number, one.charge, one.paid) for one in held] == [("PCN9", Decimal(300), Decimal(250))]
    assert len(remittances(data)) == (1 if place == "alone" else 3)


@pytest.mark.parametrize("text", ["", "hello, this is no X12", "NM1*QC*1*2*3", "CPL*PCN9*1*x*y~", "\n" * 99])
def test_bytes_that_hold_no_claim_payment_are_none(text: str) -> None:
    assert remittances(text.encode()) == []


@pytest.mark.parametrize("at", [0, 30, 31, 200, 700, 1400])
def test_what_is_glued_is_found_wherever_it_stands_in_a_long_835(at: int) -> None:
    """Each claim payment has four segments; the one after the payment at `at` has lost the terminator before it."""
    data = remittance()
    one = "CLP*PCN{0}*1*300*250**12*ICN{0}~\nNM1*QC*1*ROSE*JESSE~\nSVC*HC:99213*300*250~\nCAS*CO*45*50~\n"
    many = "".join(one.format(n) for n in range(1500)).encode()
    head, tail = data[: data.index(b"CLP*PCN1")], data[data.index(b"PLB*") :]
    glued = many.replace(b"50~\nCLP*PCN%d*" % (at + 1), b"50CLP*PCN%d*" % (at + 1))
    read = remittances(head + glued + tail)
    assert [one.control_number for one in read] == [f"PCN{n}" for n in range(1500)]
    assert [one.control_number for one in read if not one.accepted] == [f"PCN{at + 1}"]


@settings(max_examples=300, derandomize=True, database=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [
                    "CLP*PCN1*1*9*9",
                    "clp*PCN1*1*9*9",
                    "SVC*HC:99213*9*9",
                    "NM1*QC*1*LUCAS*MIA",
                    "LX*1",
                    "LQ*HE*N19",
                    "N3*1",
                ]
            ),
            st.text("CLPSVAXNM1REclpx*:. 9é\n", max_size=14),
        ),
        max_size=40,
    ),
    st.sampled_from("*|,é"),
)
def test_the_quick_look_misses_nothing_that_the_full_one_finds(rows: list[str], separator: str) -> None:
    """A name that X12 does not have at its place, or one within a segment: both have to be looked at in full."""
    segments = [row.replace("*", separator) for row in rows]
    known = ("CLP", "SVC", "NM1", "LX", "LQ", "N3")
    found = conspicuous(segments, separator, "~")
    for n, segment in enumerate(segments):
        odd = segment.partition(separator)[0] not in known
        if odd or may_be_glued(segment, separator) or parted(segment, separator) is not None:
            assert n in found, segment
