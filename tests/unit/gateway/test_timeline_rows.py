"""A row of the timeline has its columns' order, and says its event's JSON in the form that states are in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.gateway.adapters.sql.projection import as_row
from services.gateway.adapters.sql.tables import CLAIMS, TIMELINE_COLUMNS, details_of
from services.gateway.application.timeline import Entry

AT = datetime(2026, 1, 5, tzinfo=UTC)
ENTRY = Entry(
    claim_id="c", position=3, tenant="t", event_id="e", type="recoup.claim.closed.v1", source="settlement",
    occurred_at=AT, taken_at=AT, before="paid", after="closed", legal=True, sentence="It is closed.",
    details='{"reason":"paid_fairly"}', quiet=True,
)  # fmt: skip


@pytest.mark.parametrize("packed", [False, True])
def test_each_column_has_its_own(packed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CLAIMS.form, "packed", packed)
    row = dict(zip(TIMELINE_COLUMNS, as_row(ENTRY), strict=True))
    assert (row["claim_id"], row["position"], row["sentence"], row["quiet"]) == ("c", 3, "It is closed.", True)
    assert (row["packed"] is not None, row["details"] == "") == (packed, packed)
    assert details_of(row["details"], row["packed"]) == b'{"reason":"paid_fairly"}'
