"""CloudEvents on Kafka: what goes out comes back, and what is broken is named without its values."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.codec import UndecodableEvent, decode, encode_data, headers_for, new_event_id, type_of
from shared.events.settlement import ClaimClosed

SETTLEMENT = ("ce_source", b"/recoup/settlement")
CLAIM = "7b0fd7f5-41d6-5d3c-9d7c-3f7f6d1f0a11"
MONEY = st.decimals(min_value=-(10**9), max_value=10**9, places=2, allow_nan=False, allow_infinity=False)


def closed(paid: Decimal = Decimal("12.30")) -> ClaimClosed:
    zero = Decimal("0.00")
    return ClaimClosed(
        claim_id=CLAIM, reason="voided", billed=zero, allowed=zero, paid_at_first=zero, paid=paid, recovered=zero,
        patient_share=zero, costs=zero,
    )  # fmt: skip


@given(MONEY)
def test_an_event_survives_the_wire_to_the_cent(amount: Decimal) -> None:
    event = closed(amount)
    at = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    headers = headers_for(event, event_id=new_event_id(), time=at, sequence=7, tenant="t", causation_id="c")
    envelope = decode(headers, encode_data(event))
    assert envelope.data == event
    assert (envelope.sequence, envelope.tenant, envelope.causation_id, envelope.time) == (7, "t", "c", at)
    assert envelope.source == "settlement"
    assert type_of(headers) == "recoup.claim.closed.v1"


def test_amounts_travel_as_text_never_as_floats() -> None:
    assert b'"paid":"12.30"' in encode_data(closed())


@pytest.mark.parametrize(
    ("headers", "payload", "message"),
    [
        ([], b"{}", "header ce_type is missing"),
        ([("ce_type", b"x"), ("ce_id", b"1")], b"{}", "ce_type names no event of this version"),
        ([("ce_type", b"recoup.claim.closed.v1"), SETTLEMENT, ("ce_id", b"1")], None, "no payload"),
        ([("ce_type", b"recoup.claim.closed.v1"), SETTLEMENT, ("ce_id", b"1")], b"{", "truncated"),
        (
            [("ce_type", b"recoup.claim.closed.v1"), SETTLEMENT, ("ce_id", b"1")],
            b'{"claim_id":"c","reason":"Jane Doe, born 1970"}',
            "invalid value at `$.reason`",
        ),
    ],
)
def test_a_broken_record_is_named_without_its_values(
    headers: list[tuple[str, bytes]], payload: bytes | None, message: str
) -> None:
    with pytest.raises(UndecodableEvent, match=message.replace("$", r"\$").replace("`", "`")) as caught:
        decode(headers, payload)
    assert "Jane" not in str(caught.value)


def test_event_ids_are_uuid_version_7_and_in_order_of_time() -> None:
    ids = [new_event_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert {UUID(i).version for i in ids} == {7}
    assert [i[:13] for i in ids] == sorted(i[:13] for i in ids)
