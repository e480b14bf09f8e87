"""What the next release adds to a state survives this one: at the top, inside structs, in lists and in dicts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from shared.runtime.newer_fields import lay_over, shape_of, unknown_in
from shared.runtime.state_table import StateTable, Stored


class Talk(msgspec.Struct, frozen=True, omit_defaults=True):
    case: str
    amount: Decimal = Decimal(0)
    note: str = ""


class Books(msgspec.Struct, frozen=True):
    paid: Decimal = Decimal(0)


class State(msgspec.Struct, frozen=True, omit_defaults=True):
    phase: str
    books: Books = Books()
    talks: tuple[Talk, ...] = ()
    by_payer: dict[str, Talk] = {}
    last: Talk | None = None


class NextTalk(Talk, frozen=True, omit_defaults=True):
    mediator: str = ""


class NextBooks(Books, frozen=True):
    interest: Decimal = Decimal(0)


class Next(msgspec.Struct, frozen=True, omit_defaults=True):
    """The same of the next release."""

    phase: str
    books: NextBooks = NextBooks()
    talks: tuple[NextTalk, ...] = ()
    by_payer: dict[str, NextTalk] = {}
    last: NextTalk | None = None
    priority: int = 0


class A(msgspec.Struct, tag=True):
    x: int = 0


class B(msgspec.Struct, tag=True):
    y: int = 0


class Holder(msgspec.Struct):
    one: A | B


THEIRS = Next(
    "open",
    NextBooks(Decimal(5), Decimal("0.07")),
    (NextTalk("a", Decimal(1), mediator="m1"), NextTalk("b"), NextTalk("c", note="x", mediator="m3")),
    {"P1": NextTalk("d", mediator="m4")},
    NextTalk("e", mediator="m5"),
    7,
)


def through_ours(change: dict[str, Any]) -> Next:
    """What the next release reads after this one changed what it wrote."""
    ours: StateTable[State] = StateTable("states", State)
    theirs: StateTable[Next] = StateTable("states", Next)
    state, unknown = ours.read_json(theirs.written(Stored("1", THEIRS)))
    assert unknown is not None
    row = Stored("1", msgspec.structs.replace(state, **change), unknown=unknown)
    again, more = ours.read_json(ours.written(row))  # and once more, as another of its replicas
    assert more == unknown or change
    back, nothing = theirs.read_json(ours.written(Stored("1", again, unknown=more)))
    assert nothing is None
    return back


def test_what_is_not_touched_comes_back_as_it_was() -> None:
    assert through_ours({}) == THEIRS


def test_what_this_release_changes_is_changed_and_the_rest_stays() -> None:
    replace = msgspec.structs.replace
    back = through_ours(
        {"phase": "shut", "talks": (Talk("a", Decimal(9)), Talk("b"), Talk("c", note="x"), Talk("new"))}
    )
    talks = (replace(THEIRS.talks[0], amount=Decimal(9)), *THEIRS.talks[1:], NextTalk("new"))
    assert back == replace(THEIRS, phase="shut", talks=talks)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        # an item that is gone takes what it had with it, and the others keep theirs
        (
            {"talks": (Talk("b"), Talk("c", note="x"))},
            {"talks": (NextTalk("b"), NextTalk("c", note="x", mediator="m3"))},
        ),
        ({"last": None}, {"last": None}),
        ({"by_payer": {}}, {"by_payer": {}}),
    ],
)
def test_what_this_release_takes_away_is_gone(change: dict[str, Any], expected: dict[str, Any]) -> None:
    assert through_ours(change) == msgspec.structs.replace(THEIRS, **expected)


def test_what_ones_own_type_wrote_holds_nothing_unknown_and_needs_no_second_look() -> None:
    ours: StateTable[State] = StateTable("states", State)
    text = ours.written(Stored("1", State("open")))
    assert ours.read_json(text) == (State("open"), None)
    assert ours.read_json('{"phase": "open"}') == (State("open"), None)  # of a release that named no shape
    assert shape_of(State) != shape_of(Next)


def test_tagged_unions_are_told_apart() -> None:
    raw = {"one": {"type": "B", "y": 1, "x": 5}}
    unknown = unknown_in(raw, {"one": {"type": "B", "y": 1}}, Holder)
    assert unknown is not None
    assert lay_over({"one": {"type": "B", "y": 2}}, unknown) == {"one": {"type": "B", "y": 2, "x": 5}}
