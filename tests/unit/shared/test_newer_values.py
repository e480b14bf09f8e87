"""A choice that this release does not know is the next one's, where one of ours said it; a payer's is nonsense."""

from __future__ import annotations

from typing import Literal

import msgspec
import pytest

from shared.db.pool import NewerState
from shared.events.base import contract_for_type
from shared.events.claims import ClaimReceived
from shared.events.codec import NewerValue, UndecodableEvent, decode_data, encode_data
from shared.runtime.state_table import StateTable, Stored
from tests.integration.runtime.probe import received


def payload(**changed: object) -> bytes:
    event = received("5b0c7c1a-6a0e-4d0b-9c3e-0f2b8c7d4e61")
    return encode_data(msgspec.structs.replace(event, claim=msgspec.structs.replace(event.claim, **changed)))


@pytest.mark.parametrize(
    ("content", "newer"),
    [
        (payload(form="vision"), True),
        (payload(total_charge="much"), False),
        (b"{", False),
        (b"\xff", False),
    ],
)
def test_only_an_unknown_choice_waits(content: bytes, newer: bool) -> None:
    contract = contract_for_type("recoup.claim.received.v1")
    assert contract is not None and contract.struct is ClaimReceived
    with pytest.raises(UndecodableEvent) as told:
        decode_data(contract, content)
    assert isinstance(told.value, NewerValue) is newer
    assert "vision" not in str(told.value)


class Ours(msgspec.Struct, frozen=True):
    mood: Literal["calm"] = "calm"
    count: int = 0


def test_an_unknown_choice_in_a_state_is_the_next_releases_unless_this_one_wrote_it() -> None:
    table: StateTable[Ours] = StateTable("states", Ours)
    with pytest.raises(NewerState) as told:
        table.read_json('{"_shape": "of the next", "mood": "cheerful"}')
    assert "cheerful" not in str(told.value)
    own = table.written(Stored("1", Ours()))
    for damaged in (own.replace("calm", "cheerful"), '{"_shape": "of the next", "count": "many"}'):
        with pytest.raises(msgspec.ValidationError):
            table.read_json(damaged)
