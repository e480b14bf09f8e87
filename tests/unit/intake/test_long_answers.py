"""Answers to inputs of any length: what is ruled on each claim is in them, and they are written in pieces."""

from __future__ import annotations

import pytest

from recoup_x12 import Acknowledger, Answer, read
from recoup_x12.acknowledgments import answering
from services.intake.adapters.disk_buffer import Scratch
from tests.unit.x12.files import PROFESSIONAL, all_problems, encoded, envelope
from tests.unit.x12.test_writing import NOW

_PROVIDER, _CLAIM = PROFESSIONAL[5:10], PROFESSIONAL[11:29]


def _claims(*numbers: tuple[str, str]) -> list[str]:
    """An 837 of claims (CLM01, name of the billing provider), a provider level for each."""
    body = PROFESSIONAL[:4]
    for n, (number, provider) in enumerate(numbers):
        body = [*body, f"HL*{2 * n + 1}**20*1", *_PROVIDER, f"HL*{2 * n + 2}*{2 * n + 1}*22*0", *_CLAIM]
        body = [row.replace("PCN1", number).replace("NM1*85*2*CLINIC*", f"NM1*85*2*{provider}*") for row in body]
    return body


def _interchange(*sets: list[str]) -> bytes:
    head, tail = envelope([])[:2], ["GE*{}*1", "IEA*1*000000042"]
    rows = list(head)
    for n, body in enumerate(sets, 1):
        rows += [f"ST*837*{n:04}*005010X222A1", *body, f"SE*{len(body) + 2}*{n:04}"]
    return encoded([*rows, tail[0].format(len(sets)), tail[1]])


def _answers(watcher: Acknowledger) -> dict[str, Answer]:
    return {a.kind: a for a in watcher.answers() if a is not None}


def _read(data: bytes, scratch: Scratch | None = None) -> Acknowledger:
    watcher = Acknowledger(NOW, lists=scratch)
    assert [item for item in watcher.watch(read([data])) if getattr(item, "problems", ())] == []
    return watcher


def _rows(answer: Answer, *names: str) -> list[str]:
    return [row for row in answer.text.replace("\n", "").split("~") if row.split("*")[0] in names]


def test_what_was_ruled_is_in_the_status_and_the_totals_of_its_set() -> None:
    watcher = _read(_interchange(_claims(("A", "ONE"), ("B", "ONE")), _claims(("C", "ONE"), ("D", "ONE"))))
    watcher.rule(1, "", "id-a")
    watcher.rule(2, "duplicate", "id-b")
    mark = watcher.ruled
    watcher.rule(3, "duplicate", "id-c")
    watcher.rule(4, "duplicate", "id-d")
    watcher.unrule(mark)  # the second set was rolled back and then taken in after all
    watcher.rule(4, "control_number_reused", "id-d")
    answer = _answers(watcher)["277"]
    assert (answer.verdict, answer.claims_accepted, answer.claims_refused) == ("P", 2, 2)
    day = NOW.strftime("%Y%m%d")
    totals = [f"STC*A1:19:41*{day}*WQ*301.0", "QTY*90*1", "QTY*AA*1", "AMT*YU*150.5", "AMT*YY*150.5"]
    assert _rows(answer, "TRN", "STC", "QTY", "AMT") == [
        "TRN*1*0001", "TRN*2*B1", *totals,
        "TRN*2*A", f"STC*A2:20*{day}*WQ*150.5", "TRN*2*B", f"STC*A3:54*{day}*U*150.5",
        "TRN*1*0002", "TRN*2*B1", *totals,
        "TRN*2*C", f"STC*A2:20*{day}*WQ*150.5", "TRN*2*D", f"STC*A8:478*{day}*U*150.5******A8:535",
    ]  # fmt: skip
    told = [(p.transaction, p.first, [c.claim_id for c in p.claims]) for p in answer.pieces() if p.claims]
    assert told == [("0001", 0, ["id-a", "id-b"]), ("0002", 0, ["", "id-d"])]


def test_claims_keep_the_order_of_the_837_under_their_providers() -> None:
    watcher = _read(_interchange(_claims(("A", "ONE"), ("B", "ONE"), ("C", "TWO"), ("D", "ONE"))))
    answer = _answers(watcher)["277"]
    assert [row.split("*")[3] for row in _rows(answer, "NM1") if row.startswith("NM1*85")] == ["ONE", "TWO", "ONE"]
    assert _rows(answer, "HL")[2:] == [
        "HL*3*2*19*1", "HL*4*3*PT", "HL*5*3*PT", "HL*6*2*19*1", "HL*7*6*PT", "HL*8*2*19*1", "HL*9*8*PT"
    ]  # fmt: skip
    assert all_problems(answer.text.encode()) == []


@pytest.mark.parametrize("per_piece", [1, 2, 3, 500])
def test_pieces_of_any_size_come_to_the_same_text(monkeypatch: pytest.MonkeyPatch, per_piece: int) -> None:
    names = [(f"N{n}", "ONE") for n in range(7)]
    data = _interchange(_claims(*names[:5]), _claims(*names[5:]))
    whole = {kind: answer.text for kind, answer in _answers(_read(data)).items()}
    monkeypatch.setattr(answering, "PER_PIECE", per_piece)
    monkeypatch.setattr(answering, "_LINES", per_piece)
    monkeypatch.setattr(answering, "_BREATHE", per_piece)
    given = _answers(_read(data))
    assert {kind: answer.text for kind, answer in given.items()} == whole
    pieces = [piece for piece in given["277"].pieces() if piece.claims]
    assert max(len(piece.claims) for piece in pieces) == min(per_piece, 5)
    assert [(p.transaction, p.first) for p in pieces if p.first == 0] == [("0001", 0), ("0002", 0)]


def test_more_than_fits_in_memory_is_written_from_the_spool() -> None:
    """2,500 claims in one set: blocks of 1,000 lie sealed on disk, and every ruling meets its claim."""
    body = _claims(("X", "ONE"))
    claim = body[body.index(next(row for row in body if row.startswith("CLM"))) :]
    head = body[: -len(claim)]
    rows = head + [row.replace("*X*", f"*X{n}*") for n in range(2_500) for row in claim]
    with Scratch() as scratch:
        watcher = _read(_interchange(rows), scratch)
        assert scratch.descriptor is not None
        for n in range(1, 2_501):
            watcher.rule(n, "duplicate" if n % 3 == 0 else "", f"id{n}")
        answer = _answers(watcher)["277"]
        assert (answer.claims_accepted, answer.claims_refused) == (2_500 - 833, 833)
        found = [claim for piece in answer.pieces() for claim in piece.claims]
        assert [c.claim_id for c in found] == [f"id{n}" for n in range(1, 2_501)]
        assert [c.status.accepted for c in found] == [n % 3 != 0 for n in range(1, 2_501)]
        assert answer.text.count("STC*A3:54*") == 833
        assert all_problems(answer.text.encode()) == []
