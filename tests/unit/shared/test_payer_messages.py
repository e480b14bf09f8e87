"""What a payer sends may be nonsense: no money, days out of reach, no ids, no lines; it is refused as it is read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.events.codec import UndecodableEvent, decode

CLAIM = "7b0fd7f5-41d6-5d3c-9d7c-3f7f6d1f0a11"
OFFER: dict[str, Any] = {
    "claim_id": CLAIM, "offer_id": "o1", "amount": "310.00", "offered_on": "2026-03-02", "expires_on": "2026-03-20",
}  # fmt: skip
DECISION: dict[str, Any] = {
    "claim_id": CLAIM, "case_id": "c", "level": 1, "outcome": "overturned", "decided_on": "2026-03-02",
    "awarded": "5.00",
}  # fmt: skip
AWARD: dict[str, Any] = {
    "claim_id": CLAIM, "case_id": "c", "prevailing": "payer", "award": "5.00", "determined_on": "2026-03-02",
}  # fmt: skip
WITHDRAWN: dict[str, Any] = {"claim_id": CLAIM, "offer_id": "o1", "withdrawn_on": "2026-03-02"}
KINDS = {
    "recoup.payer.offer.v1": OFFER, "recoup.payer.appeal-decision.v1": DECISION,
    "recoup.payer.idr-determination.v1": AWARD, "recoup.payer.offer-withdrawn.v1": WITHDRAWN,
}  # fmt: skip
NO_MONEY = ("NaN", "sNaN", "-NaN", "Infinity", "-Infinity", "-0.01", "1E+999999", "100000000000", "0.001", "1E-400")
NO_DAY = ("1999-12-31", "2101-01-01", "9999-12-31", "0001-01-01")


def read(kind: str, body: dict[str, Any]) -> object:
    headers = (
        ("ce_type", kind.encode()),
        ("ce_id", b"e1"),
        ("ce_source", b"acme"),
        ("ce_time", b"2026-03-02T10:00:00Z"),
    )
    return decode(headers, json.dumps(body).encode()).data


@pytest.mark.parametrize("kind", KINDS)
def test_sound_messages_are_read(kind: str) -> None:
    assert read(kind, KINDS[kind]).claim_id == CLAIM  # type: ignore[attr-defined]


@pytest.mark.parametrize("amount", NO_MONEY)
@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("recoup.payer.offer.v1", "amount"),
        ("recoup.payer.appeal-decision.v1", "awarded"),
        ("recoup.payer.idr-determination.v1", "award"),
    ],
)
def test_an_amount_that_is_no_money_is_refused(kind: str, field: str, amount: str) -> None:
    with pytest.raises(UndecodableEvent, match="amount"):
        read(kind, KINDS[kind] | {field: amount})


@pytest.mark.parametrize("amount", ["0", "0.00", "99999999999.99", "1E+2", "310.0"])
def test_any_whole_number_of_cents_is_money(amount: str) -> None:
    read("recoup.payer.offer.v1", OFFER | {"amount": amount})


@pytest.mark.parametrize("day", NO_DAY)
@pytest.mark.parametrize(("kind", "field"), [(k, f) for k, body in KINDS.items() for f in body if f.endswith("_on")])
def test_a_day_out_of_reach_is_refused(kind: str, field: str, day: str) -> None:
    with pytest.raises(UndecodableEvent, match="day"):
        read(kind, KINDS[kind] | {field: day})


IDS = [(kind, field) for kind, body in KINDS.items() for field in ("offer_id", "case_id") if field in body]


@pytest.mark.parametrize("value", ["", " ", "x" * 101])
@pytest.mark.parametrize(("kind", "field"), [*IDS, ("recoup.payer.offer.v1", "case_id")])
def test_an_id_that_is_empty_or_too_long_is_refused(kind: str, field: str, value: str) -> None:
    body = KINDS[kind] | {field: value}
    if field not in KINDS[kind] and not value:
        assert read(kind, body), "a dispute that is left empty is one that is not named"
        return
    with pytest.raises(UndecodableEvent, match=f"{field} must have 1 to 100 characters"):
        read(kind, body)


@pytest.mark.parametrize(("kind", "field"), IDS)
def test_an_id_of_a_hundred_characters_is_read(kind: str, field: str) -> None:
    read(kind, KINDS[kind] | {field: "x" * 100})


@pytest.mark.parametrize("lines", [[0], [-1], [1000], [-1, 2**63 - 1], [2**63], [1] * 1000, list(range(1, 50_001))])
def test_lines_that_no_claim_has_are_refused(lines: list[int]) -> None:
    with pytest.raises(UndecodableEvent):
        read("recoup.payer.offer.v1", OFFER | {"lines": lines})


@pytest.mark.parametrize("lines", [[], [1], [999], list(range(1, 1000))])
def test_lines_that_a_claim_may_have_are_read(lines: list[int]) -> None:
    read("recoup.payer.offer.v1", OFFER | {"lines": lines})
