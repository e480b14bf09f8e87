"""What we answer to envelope faults: TA105, AK905 and IK502 as X12 numbers them, and what stands and what falls."""

from __future__ import annotations

import pytest

from recoup_x12 import ClaimRead, TransactionEnd
from tests.unit.x12.files import PROFESSIONAL, encoded, envelope, items
from tests.unit.x12.test_writing import answers

SOUND = ("A*000", "A", "A*1*1*1")


def told(data: bytes, segment: str, skip: int = 1) -> list[str]:
    """The segments of our answers, without their ID and what comes before the verdict."""
    rows = [row for answer in answers(data).values() for row in answer.text.split("~\n")]
    return ["*".join(row.split("*")[skip:]) for row in rows if row.startswith(segment + "*")]


# (old, new; TA104-05, IK501-02, AK901-05). Sets that their own SE proves whole stand: TA104 and AK901 are E then, which
# tells the sender not to send them again.
FAULTS = [
    ("", "", *SOUND),
    ("GE*", "GE*2*1", "A*000", "A", "E*2*1*1*5"),
    ("GE*", "GE*x*1", "A*000", "A", "E*1*1*1*5"),
    ("GE*", "GE*1*9", "A*000", "A", "E*1*1*1*4"),
    ("GE*", "", "A*000", "A", "E*1*1*1*3"),
    ("IEA*", "IEA*2*000000042", "E*021", "A", "A*1*1*1"),
    ("IEA*", "IEA*1*000000043", "E*001", "A", "A*1*1*1"),
    ("IEA*", "", "E*023", "A", "A*1*1*1"),
    ("SE*", "SE*45*0001", "A*000", "R*4", "R*1*1*0"),
    ("SE*", "SE*46*0002", "A*000", "R*3", "R*1*1*0"),
    ("SE*", "", "A*000", "R*2", "R*1*1*0"),
    ("GS*", "GS*HC*A*B*20250601*1200*1*X*004010X098A1", "A*000", "", "R*1*0*0*2"),
    ("GS*", "GS*QQ*A*B*20250601*1200*1*X*005010X222A1", "A*000", "", "R*1*0*0*1"),
    ("ST*", "ST*837*0001*005010X999", "A*000", "R*I6", "R*1*1*0"),
]


@pytest.mark.parametrize(("old", "new", "ta1", "ik5", "ak9"), FAULTS, ids=[f[1] or f[0] for f in FAULTS])
def test_each_fault_is_answered_by_its_code(old: str, new: str, ta1: str, ik5: str, ak9: str) -> None:
    rows = envelope(PROFESSIONAL)
    if old:
        at = next(i for i, row in enumerate(rows) if row.startswith(old))
        rows[at : at + 1] = [new] if new else []
    data = encoded(rows)
    assert told(data, "TA1", 4) == [ta1]
    assert told(data, "AK9") == [ak9]
    assert told(data, "IK5") == ([ik5] if ik5 else [])
    stands = ik5 == "A"
    ends = [item for item in items(data) if isinstance(item, TransactionEnd)]
    assert [end.verdict != "R" for end in ends] == ([stands] if ends else [])
    assert bool(told(data, "STC")) == stands  # a set that fell as a whole gets no 277CA


def test_one_of_three_sets_falls_and_its_group_is_partially_accepted() -> None:
    st = envelope(PROFESSIONAL)[2:-2]

    def one(control: str, count: int = 46) -> list[str]:
        return [f"ST*837*{control}*005010X222A1", *st[1:-1], f"SE*{count}*{control}"]

    head, tail = envelope([])[:2], envelope([])[-1:]
    rows = [*head, *one("0001"), *one("0002", 45), *one("0003"), "GE*3*1"]
    rows += [head[1].replace("*1*X*", "*2*X*"), *one("0001"), "GE*1*2", *tail]
    rows[-1] = "IEA*2*000000042"
    data = encoded(rows)
    assert told(data, "AK9") == ["P*3*3*2", "A*1*1*1"]
    assert told(data, "IK5") == ["A", "R*4", "A", "A"]
    assert sum(isinstance(item, ClaimRead) for item in items(data)) == 8


def test_each_interchange_is_answered_on_its_own() -> None:
    first, second = envelope(PROFESSIONAL), envelope(PROFESSIONAL)
    second = [row.replace("000000042", "000000043") for row in second]
    second[-1] = "IEA*3*000000043"
    watched = answers(encoded(first) + encoded(second))
    assert watched["TA1"].answers == "000000043"  # the last of each kind is kept by this helper
    assert told(encoded(first) + encoded(second), "TA1", 4) == ["E*021"]
    repeated = answers(encoded(first) + encoded(first))
    assert repeated["TA1"].text.split("TA1*")[1].startswith("000000042*250601*1200*R*025")
