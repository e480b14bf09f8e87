"""What is written reads back the same: claims, replacements, and answers that conform."""

from __future__ import annotations

import string
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from recoup_x12 import (
    Acknowledger,
    Answer,
    Delimiters,
    GroupAckRead,
    InterchangeAckRead,
    Route,
    StatusRead,
    TransactionAckRead,
    Unwritable,
    read,
    write_claims,
)
from recoup_x12.model import (
    Adjustment,
    Amount,
    Claim,
    Coverage,
    Dated,
    HealthCode,
    Line,
    Note,
    OtherInsurance,
    OtherPayer,
    Procedure,
    Reference,
    corrected,
)
from tests.unit.x12.files import all_problems, claims, items, professional

NOW = datetime(2025, 6, 2, 9, 30, tzinfo=UTC)
ROUTE = Route("RECOUP", "PAYER")


def read_back(text: str) -> list[Claim]:
    return [replace(c.claim, source=None) for c in claims(text.encode()) if c.claim is not None]


def base() -> Claim:
    claim = claims(professional())[0].claim
    assert claim is not None
    return replace(claim, source=None)


def test_a_claim_round_trips() -> None:
    both = [replace(c.claim, source=None) for c in claims(professional()) if c.claim]
    text = write_claims(both, ROUTE, 7, NOW)
    assert read_back(text) == both
    assert all_problems(text.encode()) == []


def test_a_replacement_names_the_original() -> None:
    changed = corrected(base(), "ICN77")
    (again,) = read_back(write_claims([changed], ROUTE, 8, NOW))
    assert (again.frequency, again.payer_claim_number) == ("7", "ICN77")
    assert again == changed


def test_delimiters_inside_values() -> None:
    claim = replace(base(), notes=(Note("ADD", "RATIO 1:2"),))
    with pytest.raises(Unwritable) as refused:
        write_claims([claim], ROUTE, 9, NOW)
    assert "RATIO" not in str(refused.value) and refused.value.segment == "NTE"
    other = Delimiters("|", "!", ">", "\x1c")
    assert read_back(write_claims([claim], ROUTE, 9, NOW, other)) == [claim]


text = st.text(string.ascii_uppercase + string.digits + " .,-/", min_size=2, max_size=30).map(
    lambda s: s.strip() or "X1"
)
money = st.decimals(Decimal("0.01"), Decimal("99999.99"), places=2)
qualifiers = st.sampled_from(["9F", "G1", "X4", "EA", "P4"])
lines = st.lists(
    st.tuples(
        st.sampled_from(["99213", "J1885", "0001T"]),
        st.lists(st.sampled_from(["25", "59", "XE", "RT"]), max_size=4, unique=True),
        money,
        st.integers(1, 99),
        st.sampled_from(["", "11", "22"]),
        st.none() | text,
        text,
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(
    lines,
    st.lists(st.tuples(qualifiers, text), max_size=5, unique_by=lambda r: r[0]),
    st.lists(money, max_size=8),
    text,
)
def test_generated_claims_round_trip(
    rows: list[tuple[str, list[str], Decimal, int, str, str | None, str]],
    references: list[tuple[str, str]],
    adjustments: list[Decimal],
    name: str,
) -> None:
    claim = base()
    template = claim.lines[0]
    made: list[Line] = []
    for number, (code, mods, charge, units, place, note, control) in enumerate(rows, 1):
        made.append(
            replace(
                template,
                number=number,
                procedure=Procedure("HC", code, tuple(mods)),
                charge=charge,
                quantity=Decimal(units),
                place_of_service=place,
                pointers=(1, 2),
                notes=(Note("ADD", note),) if note else (),
                references=(Reference("6R", control),),
            )
        )
    party = claim.payer
    other = None
    if adjustments:
        other = OtherPayer(
            Coverage("P", "18", filing_indicator="MB"),
            tuple(Adjustment("CO", str(n), amount) for n, amount in enumerate(adjustments, 1)),
            (Amount("D", Decimal(1)),), OtherInsurance("Y", "", "Y"), None, None,
            replace(claim.subscriber, demographics=None),
            replace(party, id="OTHER", dates=(Dated("573", "D8", "20250520", NOW.date().replace(2025, 5, 20),
                                                    NOW.date().replace(2025, 5, 20)),)),
        )  # fmt: skip
    claim = replace(
        claim,
        charge=sum((r[2] for r in rows), Decimal(0)),
        references=tuple(Reference(q, v) for q, v in references),
        subscriber=replace(claim.subscriber, name=name),
        health_codes=(HealthCode("ABK", "E119"), HealthCode("ABF", "I10")),
        lines=tuple(made),
        other_payers=(other,) if other else (),
    )
    assert read_back(write_claims([claim], ROUTE, 1, NOW)) == [claim]


def answers(data: bytes) -> dict[str, Answer]:
    watcher = Acknowledger(NOW, 100, want_ta1=True)
    for _ in watcher.watch(read([data])):
        pass
    return {a.kind: a for a in watcher.answers() if a is not None}


def test_answers_to_a_sound_file() -> None:
    given_ = answers(professional())
    assert set(given_) == {"TA1", "999", "277"}
    (ta1,) = [i for i in items(given_["TA1"].text.encode()) if isinstance(i, InterchangeAckRead)]
    assert (ta1.control, ta1.verdict, ta1.note) == ("000000042", "A", "000")
    found = items(given_["999"].text.encode())
    (one,) = [i for i in found if isinstance(i, TransactionAckRead)]
    (group,) = [i for i in found if isinstance(i, GroupAckRead)]
    assert (one.verdict, one.codes, one.errors) == ("A", (), ())
    assert (group.verdict, group.included, group.received, group.accepted) == ("A", 1, 1, 1)
    statuses = [i for i in items(given_["277"].text.encode()) if isinstance(i, StatusRead)]
    assert [(s.level, s.reference, s.statuses[0][:2], s.action) for s in statuses] == [
        ("receiver", "B1", ("A1", "19"), "WQ"),
        ("claim", "PCN1", ("A2", "20"), "WQ"),
        ("claim", "PCN2", ("A2", "20"), "WQ"),
    ]
    for answer in given_.values():
        assert all_problems(answer.text.encode()) == []


def test_a_syntax_error_is_in_the_999_and_the_claim_in_the_277() -> None:
    given_ = answers(professional(("DTP*472", "DTP*472*D8*20250532")))
    (one,) = [i for i in items(given_["999"].text.encode()) if isinstance(i, TransactionAckRead)]
    assert (one.verdict, one.codes) == ("E", ("5",))
    (error,) = one.errors
    assert (error.segment, error.position, error.loop, error.code) == ("DTP", 26, "2400", "8")
    assert error.elements == (("3", "1251", "8"),)
    claims_ = [i for i in items(given_["277"].text.encode()) if isinstance(i, StatusRead) and i.level == "claim"]
    assert [(s.reference, s.statuses[0], s.action) for s in claims_] == [
        ("PCN1", ("A7", "188", ""), "U"),
        ("PCN2", ("A2", "20", ""), "WQ"),
    ]


def test_a_business_error_leaves_the_999_clean() -> None:
    given_ = answers(professional(("CLM*PCN1", "CLM*PCN1*151***11:B:1*Y*A*Y*Y")))
    (one,) = [i for i in items(given_["999"].text.encode()) if isinstance(i, TransactionAckRead)]
    assert (one.verdict, one.errors) == ("A", ())
    first = next(i for i in items(given_["277"].text.encode()) if isinstance(i, StatusRead) and i.level == "claim")
    assert (first.statuses, first.action) == ((("A8", "178", ""),), "U")


def test_a_wrong_count_rejects_the_set() -> None:
    given_ = answers(professional().replace(b"SE*46*", b"SE*45*"))
    found = items(given_["999"].text.encode())
    (one,) = [i for i in found if isinstance(i, TransactionAckRead)]
    (group,) = [i for i in found if isinstance(i, GroupAckRead)]
    assert (one.verdict, one.codes, group.verdict, group.accepted) == ("R", ("4",), "R", 0)
    assert "277" not in given_


def test_an_old_version_gets_a_ta1_only() -> None:
    given_ = answers(professional().replace(b"*00501*", b"*00401*"))
    assert set(given_) == {"TA1"}
    (ta1,) = [i for i in items(given_["TA1"].text.encode()) if isinstance(i, InterchangeAckRead)]
    assert (ta1.verdict, ta1.note) == ("R", "003")
