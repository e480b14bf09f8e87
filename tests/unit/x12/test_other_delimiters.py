"""835s that can be read in spite of their spelling: names in lower case, delimiters that are not those of ISA."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from recoup_x12 import Acknowledger, InterchangeEnd, RemittanceRead, Unreadable, read
from tests.unit.intake.test_long_answers import NOW
from tests.unit.x12.files import items, professional, remittance, remittances

PAID = [("PCN1", Decimal(300), "EFT1"), ("PCN2", Decimal(250), "EFT1")]


def told(data: bytes) -> list[tuple[str, Decimal | None, str]]:
    return [(one.control_number, one.paid, one.payment.trace_number) for one in remittances(data)]


def behind_isa(data: bytes, old: bytes, new: bytes) -> bytes:
    return data[:106] + data[106:].replace(old, new)


LOWER = re.sub(rb"(?m)^[A-Z0-9]+(?=\*)", lambda name: name[0] if name[0] == b"ISA" else name[0].lower(), remittance())
LATER = remittance().index(b"LX*1")


@pytest.mark.parametrize(
    ("title", "data"),
    [
        ("names in lower case", LOWER),
        ("names in lower case from ST on", remittance()[: remittance().index(b"ST*")] + LOWER[LOWER.index(b"st*") :]),
        ("another terminator", behind_isa(remittance(), b"~", b"'")),
        ("another terminator, in one line", behind_isa(remittance(), b"~\n", b"!")),
        ("line breaks for terminators", behind_isa(remittance(), b"~\n", b"\n")),
        ("line breaks of Windows", behind_isa(remittance(), b"~\n", b"\r\n")),
        ("another separator", behind_isa(remittance(), b"*", b"|")),
        ("both", behind_isa(remittance(), b"*", b"|").replace(b"~\n", b"'\n")[:105] + b"~"
         + behind_isa(behind_isa(remittance(), b"*", b"|"), b"~", b"'")[106:]),
    ],
)  # fmt: skip
def test_its_payments_are_posted_and_the_fault_is_told(title: str, data: bytes) -> None:
    assert told(data) == PAID, title
    assert all(one.accepted for one in remittances(data)), title
    (end,) = [i for i in items(data) if isinstance(i, InterchangeEnd)]
    assert end.verdict == "E" and any("lower case" in p.message or "delimiters" in p.message for p in end.problems)


@pytest.mark.parametrize("mark", [b"'", b"|", b"\n"])
def test_a_terminator_that_changes_on_the_way_is_told(mark: bytes) -> None:
    data = remittance()
    changed = data[:LATER] + data[LATER:].replace(b"~\n", mark)
    assert told(changed) == PAID
    (end,) = [i for i in items(changed) if isinstance(i, InterchangeEnd)]
    assert "004" in [p.code for p in end.problems]


def test_a_long_stretch_with_another_terminator_loses_nothing() -> None:
    data = remittance()
    one = data[data.index(b"CLP*PCN1") : data.index(b"CLP*PCN2")]
    many = b"".join(one.replace(b"PCN1", b"PCN%d" % n) for n in range(10, 400))
    changed = data[:LATER] + (b"LX*1~\n" + many + data[data.index(b"CLP*PCN2") :]).replace(b"~\n", b"'\n")
    assert [number for number, _, _ in told(changed)] == [f"PCN{n}" for n in range(10, 400)] + ["PCN2"]


def test_without_an_envelope_names_in_lower_case_are_held() -> None:
    bare = LOWER[LOWER.index(b"st*") : LOWER.index(b"ge*")]
    assert told(bare) == PAID
    assert not any(one.accepted for one in remittances(bare))


@pytest.mark.parametrize(("group", "kind", "version"), [("FA", "999", "005010X231A1"), ("HN", "277", "005010X212"),
                                                        ("HN", "277", "005010X214"), ("HP", "277", "005010X221A1"),
                                                        ("HB", "271", "005010X279A1")])  # fmt: skip
def test_payments_within_a_set_of_another_kind_are_held_with_their_header(group: str, kind: str, version: str) -> None:
    data = remittance().replace(b"GS*HP", f"GS*{group}".encode()).replace(b"ST*835", f"ST*{kind}".encode())
    data = data.replace(b"005010X221A1", version.encode())
    assert told(data) == PAID
    assert not any(one.accepted for one in remittances(data))


def test_claims_are_read_by_what_isa_says() -> None:
    """A claim that its guide refuses is sent again: nothing is guessed for it."""
    for data in (behind_isa(professional(), b"~", b"'"), professional().replace(b"GS*", b"gs*")):
        assert not [i for i in items(data) if isinstance(i, RemittanceRead)]
        acknowledger = Acknowledger(NOW)
        kinds = [type(i).__name__ for i in acknowledger.watch(read([data]))]
        assert "ClaimRead" not in kinds


def test_a_segment_too_long_for_any_guide_is_left_out_as_before() -> None:
    data = remittance(("LX*1", "NTE*ADD*" + "X" * 70_000 + "|LX*1"))
    assert told(data) == PAID
    assert not [i for i in items(data) if isinstance(i, Unreadable)]
