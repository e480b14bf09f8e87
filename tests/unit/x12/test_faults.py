"""A fault of the reader itself refuses what it met and nothing else, and says so without the values."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from recoup_x12 import Acknowledger, ClaimRead, Item, RemittanceRead, TransactionEnd
from recoup_x12.sets.claim837 import read as read_claims
from recoup_x12.sets.remittance835 import read as read_remittance
from tests.unit.x12.files import PROFESSIONAL, encoded, envelope, items, professional, remittance
from tests.unit.x12.test_writing import NOW


def breaking(sound: Any, number: str) -> Any:
    """The function, failing with a patient's name for one claim."""

    def breaks(unit: Any) -> Any:
        if unit.control_number == number:
            raise KeyError("PEREZ")
        return sound(unit)

    return breaks


def claims(found: list[Item]) -> list[tuple[str, bool]]:
    return [(i.control_number, i.accepted) for i in found if isinstance(i, (ClaimRead, RemittanceRead))]


def test_a_claim_that_meets_a_fault_is_refused_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_claims, "validate_claim", breaking(read_claims.validate_claim, "PCN1"))
    watcher = Acknowledger(NOW)
    found = list(watcher.watch(items(professional())))
    assert claims(found) == [("PCN1", False), ("PCN2", True)]
    refused = next(i for i in found if isinstance(i, ClaimRead))
    (problem,) = refused.problems
    assert (problem.segment, problem.position, problem.level) == ("CLM", 19, "claim")
    assert "KeyError in breaks" in problem.message and "PEREZ" not in problem.message
    assert refused.source.claim.startswith("CLM*PCN1*150.5")
    (end,) = (i for i in found if isinstance(i, TransactionEnd))
    assert (end.verdict, end.claims, end.refused) == ("E", 2, 1)
    ack, status = (answer for answer in watcher.answers() if answer is not None)
    assert "IK3*CLM*19*2300*8~" in ack.text and "IK5*E*5~" in ack.text
    assert "TRN*2*PCN1~\nSTC*A7:21" in status.text and "TRN*2*PCN2~\nSTC*A2:20" in status.text


def test_a_payment_that_meets_a_fault_is_refused_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = read_remittance.validate_remittance
    monkeypatch.setattr(read_remittance, "validate_remittance", breaking(sound, "PCN2"))
    found = items(remittance())
    assert claims(found) == [("PCN1", True), ("PCN2", False)]
    (end,) = (i for i in found if isinstance(i, TransactionEnd))
    assert end.verdict == "E"  # what could not be read is not held against BPR02


@pytest.mark.parametrize("where", ["_level", "close_header", "finish"])
def test_a_fault_above_the_claims_refuses_the_set_and_not_its_neighbours(
    monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    sound: Any = getattr(read_claims.ClaimReader, "close_unit" if where == "close_header" else where)

    def breaks(self: Any, *arguments: Any) -> Any:
        header = where != "close_header" or arguments[0] == "HEADER"
        if self.place.transaction == "0001" and header:
            raise ZeroDivisionError(Decimal(1))
        return sound(self, *arguments)

    monkeypatch.setattr(read_claims.ClaimReader, "close_unit" if where == "close_header" else where, breaks)
    rows = envelope(PROFESSIONAL)
    other = [row.replace("PCN", "QCN") for row in PROFESSIONAL]
    rows[-2:] = [
        "ST*837*0002*005010X222A1", *other, f"SE*{len(other) + 2}*0002", "GE*2*1", "IEA*1*000000042"
    ]  # fmt: skip
    found = items(encoded(rows))
    ends = [(i.control, i.verdict) for i in found if isinstance(i, TransactionEnd)]
    assert ends == [("0001", "R"), ("0002", "A")]
    assert claims(found)[-2:] == [("QCN1", True), ("QCN2", True)]
    first = next(i for i in found if isinstance(i, TransactionEnd))
    assert any("fault of this reader" in p.message and p.level == "transaction" for p in first.problems)
