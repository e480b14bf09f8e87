"""What stands on the log from before a restore: adopted when its input comes again, and its number never given away."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from services.intake.adapters.sql.published import Ahead, Standing
from services.intake.domain.published import name_of
from shared.events.base import contract_of
from shared.events.claims import ClaimVoided, RemittanceFacts, RemittanceReceived, RemittanceReversed
from shared.events.codec import encode_data
from shared.runtime.own_events import begin_at
from shared.runtime.positions import Stored

CLAIM = "5b0c7c1a-6a0e-4d0b-9c3e-0f2b8c7d4e61"


def payment(named: str, on: int = 1, score: int = 100) -> RemittanceReceived:
    day = date(2026, 3, on)
    facts = RemittanceFacts(named, "1", Decimal(100), Decimal(40), Decimal(0), date(2026, 3, 1), day)
    return RemittanceReceived(claim_id=CLAIM, remittance=facts, match_score=score)


def name(event: Any) -> str:
    return name_of(contract_of(event).type, msgspec.json.decode(encode_data(event)))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (payment("a"), payment("a", on=9, score=80), True),  # the same payment, received and matched otherwise
        (payment("a"), payment("b"), False),
        (payment("a"), RemittanceReversed(claim_id=CLAIM, remittance=payment("a").remittance), False),
        (
            ClaimVoided(claim_id=CLAIM, payer_claim_number="1"),
            ClaimVoided(claim_id=CLAIM, payer_claim_number="1"),
            True,
        ),
        (
            ClaimVoided(claim_id=CLAIM, payer_claim_number="1"),
            ClaimVoided(claim_id=CLAIM, payer_claim_number="2"),
            False,
        ),
    ],
)
def test_events_are_of_one_input_by_what_they_are_about(one: Any, other: Any, same: bool) -> None:
    assert (name(one) == name(other)) is same


def test_what_comes_again_in_another_order_keeps_its_numbers_and_what_is_new_comes_behind_them() -> None:
    ahead = Ahead([Standing(2, name(payment("a"))), Standing(3, name(payment("b")))])
    assert ahead.last == 3
    assert ahead.adopt(payment("new")) is None
    assert ahead.adopt(payment("b", on=20)) == 3
    assert ahead.adopt(payment("b")) is None  # it stands there once
    assert ahead.adopt(payment("a")) == 2
    assert (sorted(ahead.adopted), ahead.last) == ([2, 3], 3)


@pytest.mark.parametrize(
    ("stored", "empty", "begin"),
    [
        (Stored(50, "log"), False, 50),
        (Stored(50, "another"), False, 10),  # another log: all of it is looked at
        (Stored(5, "log"), False, 10),  # what came next is gone from it
        (Stored(101, "log"), False, 10),  # it ends before what was noted
        (Stored(100, "log"), False, 100),
        (None, False, 100),  # filled by a release that noted nothing
        (None, True, 10),  # nothing is known at all
    ],
)
def test_where_to_begin_looking(stored: Stored | None, empty: bool, begin: int) -> None:
    assert begin_at(stored, "log", 10, 100, empty=empty) == begin
