"""Every operation of every service is typed and described, but for those that are listed as not yet so."""

from __future__ import annotations

import json
from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.openapi_compatibility import breaks
from tests.contracts.openapi_rules import faults, operations
from tests.contracts.publish import API_FILE, shapes
from tests.unit.shared.test_apidocs import DSN, KEYS, SERVICES

UNTYPED: dict[str, list[str]] = json.loads(
    (Path(__file__).parents[2] / "contracts" / "untyped_operations.json").read_text()
)
"""Operations that the rules do not hold for yet. One that is typed is taken out; none is added."""
MOST = {"appeals": 41, "benchmark": 0, "gateway": 36, "intake": 31, "settlement": 0}


def document_of(name: str) -> dict[str, Any]:
    settings, build = SERVICES[name]
    made: Any = settings
    return build(made(DATABASE_URL=DSN, phi_keys=KEYS)).openapi()


@pytest.mark.parametrize("name", SERVICES)
def test_every_operation_is_typed_and_described(name: str) -> None:
    found = faults(document_of(name))
    told = {operation: said for operation, said in found.items() if operation not in UNTYPED.get(name, ())}
    assert told == {}, "declare what it takes, answers and refuses as shared.api does"
    typed = [operation for operation in UNTYPED.get(name, ()) if operation not in found]
    assert typed == [], "these are typed now: take them out of tests/contracts/untyped_operations.json"
    assert len(UNTYPED.get(name, ())) <= MOST[name], "the list only shrinks"


def test_no_promise_to_callers_is_broken() -> None:
    published, now = json.loads(API_FILE.read_text()), shapes()
    assert {name: breaks(shape, now[name]) for name, shape in published.items()} == {name: [] for name in SERVICES}
    assert now == published, "what was added is promised by: python -m tests.contracts.publish"


_BODY: Any = {"Order": {"on": [True, ["string"], None], "kind": [False, ["string"], ["a", "b"]]}}
_READ: Any = {"at": "GET /o", "takes": {"after": [False, ["integer"], None]}, "bodies": [], "answers": {"200": []}}
_SHAPE: Any = {"operations": {"read": _READ}, "taken": _BODY, "answered": deepcopy(_BODY)}


@pytest.mark.parametrize(
    ("where", "value", "fault"),
    [
        (("operations",), {}, "read: is gone"),
        (("operations", "read", "at"), "POST /o", "read: moved to POST /o"),
        (("operations", "read", "takes"), {}, "read.after: is not taken any more"),
        (("operations", "read", "takes", "after"), [True, ["integer"], None], "read.after: must be given now"),
        (("operations", "read", "takes", "after"), [False, ["string"], None], "read.after: is of another kind"),
        (("operations", "read", "takes", "new"), [True, ["string"], None], "read.new: must be given now"),
        (("operations", "read", "takes", "new"), [False, ["string"], None], ""),
        (("operations", "read", "answers"), {}, "read: answers no 200 any more"),
        (("taken", "Order", "kind"), [False, ["string"], ["a"]], "Order.kind: takes fewer values"),
        (("taken", "Order", "kind"), [False, ["string"], ["a", "b", "c"]], ""),
        (("taken", "Order", "on"), [False, ["null", "string"], None], ""),
        (("answered", "Order"), {"kind": [False, ["string"], None]}, "Order.on: is not answered any more"),
        (("answered", "Order", "on"), [False, ["string"], None], "Order.on: may be missing now"),
        (("answered", "Order", "on"), [True, ["null", "string"], None], "Order.on: is of another kind"),
        (("answered", "Order", "more"), [False, ["string"], None], ""),
    ],
)
def test_what_would_break_callers_is_seen(where: tuple[str, ...], value: Any, fault: str) -> None:
    after = deepcopy(_SHAPE)
    place = after
    for part in where[:-1]:
        place = place[part]
    place[where[-1]] = value
    assert breaks(_SHAPE, after) == ([fault] if fault else [])


@pytest.mark.parametrize("name", SERVICES)
def test_operations_have_ids_of_their_own(name: str) -> None:
    ids = Counter(operation["operationId"] for _, _, operation in operations(document_of(name)))
    assert [one for one, times in ids.items() if times > 1] == []
