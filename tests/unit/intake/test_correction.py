"""A correction changes what it names and nothing else, and what leaves as an 837 is read as the same claim."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from recoup_x12 import ClaimRead, Route, read, write_claims
from recoup_x12.model import Claim
from services.intake.domain.correction import (
    OF_LINES,
    Change,
    Difference,
    Uncorrectable,
    as_sent,
    correct,
    difference,
)
from tests.unit.x12.files import claims, encoded, envelope, professional, sample

AT = datetime(2025, 7, 1, 9, 30, tzinfo=UTC)


def _read(data: bytes) -> Claim:
    claim = claims(data)[0].claim
    assert claim is not None
    return claim


FIRST = _read(professional())
SAMPLES = {
    "professional": FIRST,
    "institutional": _read(encoded(envelope(sample("claim837", "institutional.edi"), version="005010X223A3"))),
    "dental": _read(encoded(envelope(sample("claim837", "dental.edi"), version="005010X224A2"))),
}


def sent(claim: Claim, *, number: str = "ICN1", refused: bool = False, kind: Any = "replacement") -> Claim:
    return as_sent(claim, kind, number, refused=refused, reference="KEY-0001", at=AT)


def through_x12(claim: Claim) -> tuple[Claim, ClaimRead]:
    text = write_claims([claim], Route("CLINIC", "PAYER"), 7, AT)
    (item,) = [i for i in read([text.encode()]) if isinstance(i, ClaimRead)]
    assert item.claim is not None
    return replace(item.claim, source=None), item


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            Change("procedure", "99214", 1),
            Difference("line 1", "99213:25, 100.00, 1 UN, 2025-05-10, diagnoses 1 2", ""),
        ),
        (
            Change("modifiers", "25 59", 1),
            Difference("line 1", "99213:25, 100.00, 1 UN, 2025-05-10, diagnoses 1 2", ""),
        ),
        (Change("diagnoses", "E11.9 I10 J06.9"), Difference("diagnoses", "E119 I10", "E119 I10 J069")),
        (Change("prior_authorization", "AUTH7"), Difference("prior authorization", "", "AUTH7")),
        (Change("member_id", "W9"), Difference("member number", "W1", "W9")),
        (Change("group_number", "G2"), Difference("group number", "G1", "G2")),
        (Change("place", "22"), Difference("place", "11", "22")),
        (Change("patient_first_name", "ANNA"), Difference("patient", "PEREZ, ANA", "PEREZ, ANNA")),
        (Change("rendering_npi", "1234567893"), Difference("rendering provider", "1245319599", "1234567893")),
    ],
    ids=lambda value: value.field if isinstance(value, Change) else "",
)
def test_a_change_is_told_as_what_it_is_and_is_all(change: Change, told: Difference) -> None:
    found = difference(FIRST, correct(FIRST, [change]))
    assert [d.what for d in found] == [told.what]
    assert found[0].before == told.before
    if told.after:
        assert found[0].after == told.after
    else:
        assert change.value.split()[-1] in found[0].after


def test_charges_add_up_and_lines_count_from_one() -> None:
    # 100.00 + 50.50; line 1 becomes 120.25: 170.75; without line 2: 120.25
    changed = correct(FIRST, [Change("charge", "120.25", 1)])
    assert (changed.charge, [x.number for x in changed.lines]) == (Decimal("170.75"), [1, 2])
    less = correct(changed, [Change("remove", line=1)])
    assert (less.charge, [(x.number, x.charge) for x in less.lines]) == (Decimal("50.50"), [(1, Decimal("50.50"))])
    assert [d.what for d in difference(FIRST, less)] == ["charge", "line 1", "line 2"]


def test_a_day_or_two() -> None:
    one = correct(FIRST, [Change("service_date", "2025-05-09", 1)]).lines[0]
    assert (one.service_from, one.service_to) == (date(2025, 5, 9), date(2025, 5, 9))
    two = correct(FIRST, [Change("service_date", "2025-05-09/2025-05-11", 2)]).lines[1]
    assert (two.service_from, two.service_to) == (date(2025, 5, 9), date(2025, 5, 11))


@pytest.mark.parametrize(
    "changes",
    [
        [Change("procedure", "99214")],  # of which line?
        [Change("member_id", "W9", 1)],  # of no line
        [Change("procedure", "99214", 9)],  # no such line
        [Change("charge", "-1", 1)],
        [Change("charge", "NaN", 1)],
        [Change("charge", "", 1)],
        [Change("units", "many", 1)],
        [Change("service_date", "2025-13-01", 1)],
        [Change("diagnoses", " ")],
        [Change("member_id", "")],
        [Change("remove", line=1), Change("remove", line=1)],
    ],
)
def test_what_cannot_be_carried_out_is_refused_without_the_value(changes: list[Change]) -> None:
    with pytest.raises(Uncorrectable) as refused:
        correct(FIRST, changes)
    assert refused.value.how_to_fix and "99214" not in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "refused", "frequency", "number"),
    [
        ("replacement", False, "7", "ICN1"),
        ("void", False, "8", "ICN1"),
        ("replacement", True, "1", ""),  # the payer never had it
    ],
)
def test_frequency_and_the_payers_number(kind: str, refused: bool, frequency: str, number: str) -> None:
    leaves = sent(FIRST, kind=kind, refused=refused)
    assert (leaves.frequency, leaves.payer_claim_number) == (frequency, number)
    assert (leaves.batch_reference, leaves.batch_created) == ("KEY-0001", "202507010930")


def test_an_earlier_correction_that_was_rejected_loses_its_number() -> None:
    again = sent(sent(FIRST), refused=True)
    assert (again.frequency, again.payer_claim_number) == ("1", "")


@pytest.mark.parametrize(("kind", "refused", "number"), [("replacement", False, ""), ("void", True, "ICN1")])
def test_what_has_nothing_to_replace(kind: str, refused: bool, number: str) -> None:
    with pytest.raises(Uncorrectable):
        sent(FIRST, kind=kind, refused=refused, number=number)


_WORD = st.text("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", min_size=1, max_size=12)
_MONEY = st.decimals(0, 99_999, places=2).map(str)
_DAY = st.dates(date(2016, 1, 1), date(2025, 5, 31))
_VALUES: dict[str, st.SearchStrategy[str]] = {
    "procedure": st.integers(10_000, 99_999).map(str),
    "modifiers": st.lists(st.sampled_from(["25", "59", "RT", "XS"]), max_size=4, unique=True).map(" ".join),
    "charge": _MONEY,
    "units": st.integers(1, 99).map(str),
    "pointers": st.lists(st.integers(1, 2), min_size=1, max_size=4, unique=True).map(lambda p: " ".join(map(str, p))),
    "place_of_service": st.sampled_from(["11", "22", "23"]),
    "service_date": st.tuples(_DAY, _DAY).map(lambda d: "/".join(x.isoformat() for x in sorted(d))),
    "revenue_code": st.integers(0, 9_999).map("{:04}".format),
    "diagnoses": st.lists(st.sampled_from(["E11.9", "I10", "J06.9", "R07.9"]), min_size=2, unique=True).map(" ".join),
    "prior_authorization": st.one_of(st.just(""), _WORD),
    "member_id": _WORD.filter(lambda w: len(w) > 1),
    "group_number": _WORD,
    "patient_last_name": _WORD,
    "patient_first_name": _WORD,
    "billing_npi": st.just("1234567893"),
}
_FITS = {
    "professional": set(_VALUES) - {"revenue_code"},
    "institutional": set(_VALUES) - {"pointers", "place_of_service"},
    "dental": set(_VALUES) - {"revenue_code", "modifiers", "diagnoses"},
}


@st.composite
def corrections(draw: st.DrawFn) -> tuple[Claim, list[Change]]:
    claim = SAMPLES[draw(st.sampled_from(sorted(SAMPLES)))]
    fields = draw(st.lists(st.sampled_from(sorted(_FITS[claim.form])), min_size=1, max_size=6))
    changes: list[Change] = []
    for field in fields:
        line = draw(st.integers(1, len(claim.lines))) if field in OF_LINES else 0
        changes.append(Change(field, draw(_VALUES[field]), line))  # type: ignore[arg-type]
    return claim, changes


@settings(max_examples=150, deadline=None)
@given(corrections(), st.booleans())
def test_what_leaves_is_read_as_the_same_claim(drawn: tuple[Claim, list[Change]], refused: bool) -> None:
    claim, changes = drawn
    leaves = sent(correct(claim, changes), refused=refused)
    again, item = through_x12(leaves)
    assert again == replace(leaves, source=None)
    assert not [p for p in item.problems if p.snip == 1 and p.severity == "error"], item.problems
    assert difference(claim, again) == difference(claim, leaves)
    # and what was not named is as it was
    touched = {c.line for c in changes if c.line}
    for before, after in zip(claim.lines, again.lines, strict=True):
        assert before.number in touched or before == after
