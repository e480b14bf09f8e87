"""Envelopes: delimiters, counts, control numbers, truncation, versions, several of everything."""

from __future__ import annotations

import pytest

from recoup_x12 import ClaimRead, GroupEnd, InterchangeEnd, Limits, TransactionEnd, Unreadable, read
from tests.unit.x12.files import (
    ISA,
    PROFESSIONAL,
    all_problems,
    claims,
    encoded,
    end,
    envelope,
    items,
    professional,
)


def translated(element: str, repetition: str, component: str, terminator: str, breaks: str) -> bytes:
    text = professional().decode().replace("~\n", "\x00")
    table = str.maketrans({"*": element, "^": repetition, ":": component, "\x00": "\x01"})
    return text.translate(table).replace("\x01", terminator + breaks).encode("latin-1")


@pytest.mark.parametrize(
    "marks",
    [
        ("*", "^", ":", "~", ""),
        ("*", "^", ":", "~", "\r\n"),
        ("*", "^", ":", "~", "\n\n"),
        ("|", "!", ">", "'", "\n"),
        ("*", "^", ">", "\n", ""),
        ("*", "^", ":", "\r", "\n"),
        ("\x1d", "\x1e", "\x1f", "\x1c", ""),
        ("+", "U", "<", "~", "\r"),
    ],
)
def test_any_delimiters_and_line_breaks(marks: tuple[str, str, str, str, str]) -> None:
    found = claims(translated(*marks))
    assert [c.accepted for c in found] == [True, True]
    reference = claims(professional())
    assert found[0].claim is not None and reference[0].claim is not None
    assert found[0].claim.lines == reference[0].claim.lines


def test_byte_order_mark_blank_lines_and_any_chunking() -> None:
    data = b"\xef\xbb\xbf\r\n" + professional() + b"\n\n\x1a"
    whole = claims(data)
    assert [c.accepted for c in whole] == [True, True]
    for size in (1, 7, 106, 107, 1000):
        pieces = (data[at : at + size] for at in range(0, len(data), size))
        again = [i for i in read(pieces, Limits(block_bytes=64)) if isinstance(i, ClaimRead)]
        assert again == whole


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_names_in_utf8_and_latin1(encoding: str) -> None:
    data = professional(("NM1*IL*1*PEREZ*ANA", "NM1*IL*1*PEÑA*JOSÉ****MI*W1")).decode().encode(encoding)
    claim = claims(data)[0].claim
    assert claim is not None and (claim.subscriber.name, claim.subscriber.first_name) == ("PEÑA", "JOSÉ")


def test_several_interchanges_groups_and_sets() -> None:
    one = envelope(PROFESSIONAL)
    st = [*one[2:-2]]
    two_sets = [*one[:2], *st, "ST*837*0002*005010X222A1", *st[1:-1], st[-1].replace("0001", "0002"), "GE*2*1"]
    group = [one[1].replace("*1*X*", "*2*X*"), *st, "GE*1*2"]
    rows = [*two_sets, *group, "IEA*2*000000042"]
    other = [r.replace("000000042", "000000043") for r in rows]
    data = encoded(rows) + translated("|", "!", ">", "'", "\n").replace(b"000000042", b"000000044") + encoded(other)
    found = items(data)
    assert sum(isinstance(i, ClaimRead) and i.accepted for i in found) == 14
    assert [i.verdict for i in found if isinstance(i, (TransactionEnd, GroupEnd, InterchangeEnd))] == ["A"] * 15


@pytest.mark.parametrize(
    ("change", "level", "code"),
    [
        (("SE*", "SE*45*0001"), "transaction", "4"),
        (("SE*", "SE*46*0002"), "transaction", "3"),
        (("SE*", ""), "transaction", "2"),
        (("GE*", "GE*2*1"), "group", "5"),
        (("GE*", "GE*1*9"), "group", "4"),
        (("GE*", ""), "group", "3"),
        (("IEA*", "IEA*2*000000042"), "interchange", "021"),
        (("IEA*", "IEA*1*000000043"), "interchange", "001"),
        (("IEA*", ""), "interchange", "023"),
        (("GS*", "GS*HC*CLINIC*PAYER*20250601*1200*1*X*004010X098A1"), "group", "2"),
        (("GS*", "GS*XX*CLINIC*PAYER*20250601*1200*1*X*005010X222A1"), "group", "1"),
        (("ST*", "ST*837*0001*005010X999"), "transaction", "I6"),
        (("ISA*", ISA.replace("00501", "00401")), "interchange", "003"),
    ],
)
def test_envelope_faults(change: tuple[str, str], level: str, code: str) -> None:
    rows = envelope(PROFESSIONAL)
    at = next(i for i, r in enumerate(rows) if r.startswith(change[0]))
    rows[at : at + 1] = [change[1]] if change[1] else []
    found = all_problems(encoded(rows))
    assert (level, code) in [(p.level, p.code) for p in found]


def test_a_wrong_count_refuses_the_set_but_not_its_neighbour() -> None:
    rows = envelope(PROFESSIONAL)
    st = rows[2:-2]
    rows[2:-2] = [*st[:-1], "SE*47*0001", "ST*837*0002*005010X222A1", *st[1:-1], "SE*46*0002"]
    rows[-2] = "GE*2*1"
    found = items(encoded(rows))
    assert [i.verdict for i in found if isinstance(i, TransactionEnd)] == ["R", "A"]
    assert [i.verdict for i in found if isinstance(i, GroupEnd)] == ["E"]


def test_truncation_anywhere_is_reported() -> None:
    data = professional()
    last = len(data.rstrip(b"~\n"))
    for cut in range(0, last, 5):
        assert any(p.severity == "error" for p in all_problems(data[:cut])), cut
    assert not any(p.severity == "error" for p in all_problems(data[:last]))  # only the last terminator is missing


def test_a_cut_set_keeps_no_claim_standing() -> None:
    data = professional()
    cut = data[: data.index(b"HL*3")]
    assert end(cut).verdict == "R"
    assert end(cut).claims == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "023"),
        (b"hello", "022"),
        (b"\xff\xfeI\x00S\x00A\x00", "022"),
        (b"GS*HC*A*B~", "022"),
        (b"ISA*00*", "023"),
        (ISA.replace("          *00", "         *00").encode() + b"~GS*HC~", "022"),
        (professional() + b"trailing words", "022"),
    ],
)
def test_what_is_not_x12_is_refused(data: bytes, code: str) -> None:
    found = [i for i in items(data) if isinstance(i, Unreadable)]
    assert [i.problem.code for i in found] == [code]


def test_an_interchange_inside_another() -> None:
    rows = envelope(PROFESSIONAL)
    inner = [r.replace("000000042", "000000077") for r in envelope(PROFESSIONAL)]
    found = items(encoded([*rows[:20], *inner, *rows[20:]]))
    ends = [i for i in found if isinstance(i, InterchangeEnd)]
    assert [(e.control, e.verdict) for e in ends] == [("000000042", "E"), ("000000077", "A")]
    assert [i.verdict for i in found if isinstance(i, TransactionEnd)] == ["R", "A"]
    assert any(isinstance(i, Unreadable) for i in found)


def test_a_control_number_is_one_senders_for_one_receiver() -> None:
    """An archive has a practice's claims beside payers' remittances: each counts its interchanges for itself."""
    mine = professional()
    for place in (6, 8):
        elements = ISA.split("*")
        elements[place] = "ANOTHER".ljust(15)
        theirs = mine.replace(ISA.encode(), "*".join(elements).encode())
        assert theirs != mine
        assert "025" not in [p.code for p in all_problems(mine + theirs)]
        assert "025" in [p.code for p in all_problems(mine + theirs + theirs)]


def test_repeated_control_numbers() -> None:
    again = all_problems(professional() + professional())
    assert "025" in [p.code for p in again]


def test_a_giant_segment_is_left_out_and_told() -> None:
    big = professional(("REF*D9", "NTE*ADD*" + "X" * 2_000_000))
    found = items(big)
    assert [i.verdict for i in found if isinstance(i, TransactionEnd)] == ["R"]
    assert sum(isinstance(i, ClaimRead) for i in found) == 2


def test_a_claim_of_too_many_segments_is_refused_within_bounds() -> None:
    data = professional(("REF*D9", "|".join(["REF*D9*CH1"] * 500)))
    found = [i for i in read([data], Limits(unit_segments=100)) if isinstance(i, ClaimRead)]
    assert [c.accepted for c in found] == [False, True]
    assert len(found[0].problems) <= 102


def test_a_long_element_refuses_its_claim() -> None:
    first, second = claims(professional(("REF*D9", "NTE*ADD*" + "X" * 50_000)))
    assert not first.accepted and second.accepted
    assert ("NTE", "5") in [(p.segment, p.code) for p in first.problems]
