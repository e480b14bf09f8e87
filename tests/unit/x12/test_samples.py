"""Files that others published, where they are at hand: each is read, or refused at the right place for a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from recoup_x12 import (
    ClaimRead,
    InterchangeEnd,
    Problem,
    RemittanceRead,
    StatusRead,
    TransactionAckRead,
    TransactionEnd,
    Unreadable,
    read,
)

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "x12"
pytestmark = pytest.mark.outside(SAMPLES)


def errors(name: str) -> list[Problem]:
    found: list[Problem] = []
    for item in read([(SAMPLES / name).read_bytes()]):
        found += [p for p in getattr(item, "problems", ()) if p.severity == "error"]
        if isinstance(item, Unreadable):
            found.append(item.problem)
    return found


@pytest.mark.parametrize("path", sorted(SAMPLES.rglob("*.*")) if SAMPLES.is_dir() else [], ids=lambda p: p.name)
def test_every_sample_is_read_or_refused_with_a_reason(path: Path) -> None:
    found = list(read([path.read_bytes()]))
    assert any(isinstance(i, (InterchangeEnd, Unreadable)) for i in found)
    for item in found:
        if isinstance(item, (ClaimRead, RemittanceRead)) and not item.accepted:
            assert all(p.message and p.how_to_fix and (p.position or p.level == "transaction") for p in item.problems)
        if isinstance(item, TransactionEnd) and item.verdict == "R":
            assert item.problems or item.refused


def test_sound_samples_are_accepted() -> None:
    for name in ("demo.drug.example10.1.837", "demo.drug.example10.2.837", "demo.drug.example10.3.837"):
        assert errors(f"837p/{name}") == []
    statuses = [
        i.statuses[0]
        for i in read([(SAMPLES / "acks/x12_277CA_rejected.txt").read_bytes()])
        if isinstance(i, StatusRead) and i.level == "claim"
    ]
    assert statuses == [("A7", "562", "85")]
    (ack,) = [
        i for i in read([(SAMPLES / "acks/x12_999_rejected.txt").read_bytes()]) if isinstance(i, TransactionAckRead)
    ]
    assert (ack.verdict, ack.errors[0].segment, ack.errors[0].position) == ("R", "NM", 17)


# Read off the files by eye: (file, SNIP type, segment, position, element, code)
REFUSED = [
    ("837p/x12_valid.txt", 1, "HI", 21, 2, "5"),  # HI*BK*8901: composites cut apart
    ("837p/x12_valid.txt", 1, "SE", 34, 1, "4"),  # SE01 says 25
    ("837p/sample_837_1.txt", 1, "ISA", 0, 12, "003"),  # a 4010 file
    ("837p/demo.example9.837", 1, "CLM", 18, 5, "5"),  # composites with > where ISA16 says :
    ("837p/demo.ambulance.example5.837", 1, "CLM", 21, 5, "1"),  # CLM05-2 is empty
    ("837p/demo.cob.example3.A.837", 2, "NM1", 42, 0, "3"),  # 2330B is missing
    ("837i/institutional-claim.837i", 5, "NM1", 8, 9, "7"),  # NPI 9876540809
    ("837i/x223-test.txt", 2, "NM1", 23, 0, "I6"),  # no attending provider
    ("835/managed-care.835", 1, "BPR", 2, 16, "8"),  # 20002316 is not a date
    ("835/secondary-payment.835", 1, "SVC", 27, 1, "5"),  # HC>12345>26 where ISA16 says :
    ("odd/x12_segments_out_of_order.txt", 1, "N4", 10, 0, "7"),
    ("odd/x12_bad_segment_identifier.txt", 1, "Nd4", 9, 0, "1"),
    ("odd/x12_bad_valid_code.txt", 1, "NM1", 7, 0, "2"),
    ("odd/x12_loop_errors1_exceeds_max_1_parent.txt", 1, "NM1", 13, 0, "4"),
    ("odd/x12_loop_errors3_missing_loops.txt", 2, "NM1", 10, 0, "3"),
    ("odd/x12_missing_elements.txt", 1, "NM1", 5, 2, "1"),
    ("odd/x12_missing_elements.txt", 1, "CLM", 29, 5, "1"),
    ("odd/x12_bad_first_line.txt", 1, "ISA", 0, 2, "022"),
    ("odd/x12_no_isa_line.txt", 1, "ISA", 0, 0, "022"),
    ("odd/x12_segment_errors.txt", 2, "N3", 12, 0, "3"),  # told where its loop ends
    ("odd/x12_segment_errors.txt", 1, "REF", 10, 0, "5"),
    ("odd/x12_missing_required_loop_in_one_repeat.txt", 2, "NM1", 19, 0, "3"),
]


@pytest.mark.parametrize(("name", "snip", "segment", "position", "element", "code"), REFUSED)
def test_refused_for_the_right_reason(
    name: str, snip: int, segment: str, position: int, element: int, code: str
) -> None:
    found = [(p.snip, p.segment, p.position, p.element, p.code) for p in errors(name)]
    assert (snip, segment, position, element, code) in found
