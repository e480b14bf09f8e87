"""Each event has its sentence, and no sentence or published event holds an account number or a diagnosis."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
import pytest

from services.gateway.application.timeline import entries, sentence_of
from services.gateway.domain.narrative import sentence
from services.gateway.domain.project import project
from services.gateway.domain.redact import redact
from services.gateway.domain.view import ClaimView, Identifier
from shared.events.base import CLAIMS_TOPIC, Contract, contracts
from shared.events.codec import decode_data, encode_data
from shared.events.pursuit import AppealFiled, DeadlineCorrected
from tests.unit.gateway.lives import START, envelope, new_claim, taken_back, won

CLAIM = new_claim()


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0, "Claim received: $1,000.00 on 1 line, service of March 2, 2026."),
        (1, "The payer's remittance paid $200.00 of $1,000.00 on March 16, 2026, patient responsibility $50.00."),
        (
            3,
            "Underpaid by $450.00: the payer allowed $250.00 where $700.00 is fair (confidence 80 of 100). "
            "Reason: allowed is 25 % of charges.",
        ),
        (5, "The payer offered $400.00 (round 1), open until April 10, 2026."),
        (8, "Settled at $650.00 by an accepted offer; the payer owes $400.00 by May 8, 2026."),
        (13, "Claim closed: the settlement was paid in full. Paid $600.00, $400.00 of it recovered."),
    ],
)
def test_sentences(at: int, text: str) -> None:
    assert sentence(won(CLAIM)[at]) == text


def test_a_corrected_deadline_tells_the_old_day_the_new_one_and_why() -> None:
    event = DeadlineCorrected(
        claim_id="11111111-1111-5111-8111-111111111111", case_id="c", deadline="federal_review",
        due_on=date(2026, 11, 9),
        was_on=date(2026, 11, 17), rule="45 CFR 149.510(b)(1)(i)",
        reason="received on 2026-09-28, not on 2026-10-05: stamp",
    )  # fmt: skip
    assert sentence(event) == (
        "Deadline corrected: deciding on the federal process is due by November 9, 2026, not by November 17, 2026 "
        "(45 CFR 149.510(b)(1)(i)): received on 2026-09-28, not on 2026-10-05: stamp."
    )


def test_a_reversal_shows_its_sign() -> None:
    assert "−$200.00" in sentence(taken_back(CLAIM, "-200.00"))


def test_the_timeline_tells_what_each_event_did_and_names_no_account() -> None:
    life = won(CLAIM, control="PCN-SECRET")
    heard = [envelope(event, day=day) for day, event in enumerate(life)]
    view: ClaimView | None = None
    for item in heard:
        view = project(view, item, START, lambda *_: Identifier("sealed", "blind"))
    assert view is not None
    rows = entries([(e, encode_data(e.data), False) for e in heard], {CLAIM: view}, START + timedelta(days=1))
    assert [r.position for r in rows] == list(range(1, 15))
    assert [(r.before, r.after) for r in rows][:4] == [
        ("none", "received"),
        ("received", "adjudicated"),
        ("adjudicated", "adjudicated"),
        ("adjudicated", "underpaid"),
    ]
    for row in rows:
        for secret in ("PCN-SECRET", "ICN-77", "S062X0A", "L-1"):
            assert secret not in row.details + row.sentence
        contract = next(c for c in contracts() if c.type == row.type)
        assert decode_data(contract, row.details.encode()).claim_id == CLAIM  # still a valid event of its contract


def _filled(type_: Any) -> Any:
    """A value of a contract's type in which nothing is left at its default."""
    origin, of = get_origin(type_), get_args(type_)
    if origin is Annotated:
        return _filled(of[0])
    if origin in (Union, UnionType):
        return _filled(next(one for one in of if one is not NoneType))
    if origin is Literal:
        return of[-1]
    if origin is tuple:
        return (_filled(of[0]),)
    if origin is frozenset:
        return frozenset({_filled(of[0])})
    if origin is dict:
        return {_filled(of[0]): _filled(of[1])}
    if issubclass(type_, msgspec.Struct):
        hints = get_type_hints(type_, include_extras=True)
        return type_(**{name: "federal_idr" if name == "forum" else _filled(hint) for name, hint in hints.items()})
    if issubclass(type_, Enum):
        return next(iter(type_))
    return _PLAIN[type_]


_PLAIN: dict[type, Any] = {
    str: "SECRET", bool: True, int: 7, float: 0.5, Decimal: Decimal("12.34"), date: date(2026, 3, 2),
    datetime: START, bytes: b"b", UUID: UUID(int=1),
}  # fmt: skip


@pytest.mark.parametrize("contract", [c for c in contracts() if c.topic == CLAIMS_TOPIC], ids=lambda c: c.type)
def test_a_sentence_is_made_of_what_the_timeline_keeps(contract: Contract) -> None:
    event = _filled(contract.struct)
    assert sentence_of(contract.type, encode_data(redact(event))) == sentence(event) != ""


def test_an_event_of_a_newer_release_has_no_sentence_here() -> None:
    assert sentence_of("recoup.claim.unheard-of.v9", b"{}") == ""
    filed = encode_data(_filled(AppealFiled))
    assert sentence_of("recoup.appeal.filed.v1", filed).startswith("Federal")
    assert sentence_of("recoup.appeal.filed.v1", filed.replace(b"federal_idr", b"forum_of_tomorrow")) == ""
