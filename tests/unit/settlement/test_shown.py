"""What settlement answers is what its document declares, for claims in every state the talks can leave them in."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from services.settlement.adapters.http.views import account_view, decision_view, ledger_view
from services.settlement.application.decider import shipped_rulebook
from services.settlement.domain import acts
from services.settlement.domain.commands import Actor
from shared.api.answer import encode
from tests.unit.settlement.lines import FIRST, SECOND, Lines
from tests.unit.settlement.test_acts import do, waiting
from tests.unit.settlement.world import World

DOCUMENT = Path(__file__).parents[3] / "docs" / "api" / "settlement.json"


@cache
def document() -> dict[str, Any]:
    return json.loads(DOCUMENT.read_text())


def held_to(name: str, value: Any) -> dict[str, Any]:
    """The JSON of a value, which fits the document's schema of this name and has no member that it does not declare."""
    shown = json.loads(encode(value))
    schema = {"$ref": f"#/components/schemas/{name}", "components": document()["components"]}
    jsonschema.Draft202012Validator(schema).validate(shown)
    assert set(shown) <= set(document()["components"]["schemas"][name]["properties"])
    return shown


def received() -> World:
    w = World()
    w.received()
    return w


def valued() -> World:
    """In open negotiation, with the public record: what IDR is worth is told."""
    w = World(shipped_rulebook())
    w.underpaid()
    w.negotiation()
    w.offer("300.00")
    return w


def held() -> World:
    w = waiting()
    do(w, acts.accept(Actor("max", "manager"), "O1", 1, why="fair", window=timedelta(seconds=10)))
    return w


def doubtful() -> World:
    """An offer above what was billed stays open, with the reason why it cannot be."""
    w = World()
    w.underpaid()
    w.negotiation()
    w.offer("20000.00")
    return w


def agreed() -> World:
    w = World()
    w.underpaid()
    w.negotiation()
    w.offer("800.00")
    return w


def awarded() -> World:
    w = World()
    w.underpaid()
    w.negotiation()
    w.idr()
    w.determined("700.00")
    return w


def two_disputes() -> World:
    w = Lines(1, 2)
    w.begin(1, 2)
    w.opens(SECOND, 2)
    w.negotiates(FIRST)
    w.appeals(SECOND)
    w.decided(SECOND, "overturned")
    w.pays("R2", {}, claim_level=Decimal("300.00"))
    return w


@pytest.mark.parametrize("made", [received, valued, waiting, held, doubtful, agreed, awarded, two_disputes])
def test_accounts_and_books_fit_their_declaration(made: Callable[[], World]) -> None:
    w = made()
    held_to("AccountShown", account_view(w.account, w.now()))
    books = held_to("LedgerShown", ledger_view(w.account, w.entries))
    assert len(books["entries"]) == len(w.entries) > 0
    for record in w.account.fresh:  # of the last transaction alone
        assert held_to("DecisionShown", decision_view(record))["replays"] is True


def test_what_of_an_account_is_there_only_sometimes() -> None:
    one = held_to("AccountShown", account_view(received().account, World().now()))
    assert not {"disputes", "unplaced", "unplaced_offers"} & set(one), "of a claim with one dispute"
    w = two_disputes()
    several = held_to("AccountShown", account_view(w.account, w.now()))
    assert [dispute["case_id"] for dispute in several["disputes"]] == [FIRST, SECOND]
    assert several["unplaced"][0]["paid"] == "300.00"
    w = doubtful()
    (offer,) = held_to("AccountShown", account_view(w.account, w.now()))["offers"]
    assert "status" not in offer and "1,000.00 billed" in offer["doubt"]
    w = held()
    act = held_to("AccountShown", account_view(w.account, w.now()))["act"]
    assert act["status"] == "waiting" and 0 < act["seconds_left"] <= 10
