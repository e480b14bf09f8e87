"""A row of the timeline has its columns' order, and says its event's JSON in the form that states are in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from services.gateway.adapters.sql.projection import as_row
from services.gateway.adapters.sql.tables import CLAIMS, TIMELINE_COLUMNS, details_and_sentence
from services.gateway.application.timeline import Entry
from shared.events.codec import encode_data
from tests.unit.gateway.ends import closed

CLOSED = "Claim closed: the payment was fair. Paid $200.00."
DETAILS = encode_data(closed("c", "paid_fairly", "200.00")).decode()
AT = datetime(2026, 1, 5, tzinfo=UTC)
ENTRY = Entry(
    claim_id="c", position=3, tenant="t", event_id="e", type="recoup.claim.closed.v1", source="settlement",
    occurred_at=AT, taken_at=AT, before="paid", after="closed", legal=True, sentence="It is closed.",
    details=DETAILS, quiet=True,
)  # fmt: skip


class Read(NamedTuple):
    type: str
    sentence: str
    details: str
    packed: bytes | None


@pytest.mark.parametrize(
    ("packed", "about", "stored"),
    [
        (False, "", "It is closed."),
        (True, "", ""),  # made of the JSON when it is read
        (True, "first appeal of line 2", "It is closed."),  # which dispute it is about stands in no event
    ],
)
def test_each_column_has_its_own(packed: bool, about: str, stored: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CLAIMS.form, "packed", packed)
    row = dict(zip(TIMELINE_COLUMNS, as_row(replace(ENTRY, about=about)), strict=True))
    assert (row["claim_id"], row["position"], row["sentence"], row["quiet"]) == ("c", 3, stored, True)
    assert (row["packed"] is not None, row["details"] == "") == (packed, packed)
    read = Read(row["type"], row["sentence"], row["details"], row["packed"])
    assert details_and_sentence(read) == (DETAILS.encode(), stored or CLOSED)
