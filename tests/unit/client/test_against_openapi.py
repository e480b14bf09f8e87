"""Every method of the clients asks what the gateway's OpenAPI document declares, and reads what it answers there."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import AsyncGenerator, Generator
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import msgspec
import pytest

from recoup_client import ApiError, AsyncClient, Client
from recoup_client.operations import KEYED, OPERATIONS, OperationId
from recoup_client.policy import Retries
from tests.declared import untyped_of

ROOT = Path(__file__).parents[3]
ID = "6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11"
DAY = date(2026, 3, 4)
CLAIM: dict[str, Any] = {"claim_id": ID}
OFFER: dict[str, Any] = {**CLAIM, "offer_id": "o2", "version": 1, "reason": "as agreed"}
CALLS: dict[str, dict[str, Any]] = {
    "accept": OFFER,
    "books": {},
    "call": {"operation": "read_lag", "into": dict},
    "case": CLAIM,
    "claim": CLAIM,
    "claims": {"payer_id": "60054", "received_from": datetime(2026, 1, 1, tzinfo=UTC)},
    "correct_receipts": {"rows": [("RVS-1", DAY)], "reason": "the mail log"},
    "counter": {**OFFER, "amount": "120.00"},
    "decide": {**CLAIM, "decision": 1, "approve": True, "reason": "as agreed"},
    "decline": OFFER,
    "delete_webhook": {"endpoint_id": ID},
    "deliveries": {"endpoint_id": ID, "state": "failed"},
    "desk": CLAIM,
    "events": {"last_event_id": "1"},
    "file_idr": {"claim_ids": [ID], "filed_on": DAY, "reference": "DISP-1"},
    "filing_archive": {**CLAIM, "filing": 2},
    "find": {"patient_control_number": "RVS-1"},
    "groups": {},
    "history": {},
    "idr_complaints": {"payer_id": "99101"},
    "idr_complaints_file": {"form": "csv"},
    "idr_plan": {"on": DAY},
    "lag": {},
    "make_patient_link": CLAIM,
    "make_webhook": {"url": "https://rcm.example/recoup"},
    "management": {"since": DAY},
    "outcomes": {"by": "payer", "until": DAY},
    "patient_letter": CLAIM,
    "patient_links": CLAIM,
    "payment": {"payments": "held", "payment_id": ID},
    "payments": {"payments": "held"},
    "portfolio": {},
    "replay_webhook": {"endpoint_id": ID, "since": datetime(2026, 1, 1, tzinfo=UTC)},
    "report_idr": {"rows": [{"claim": ID}], "reason": "the portal's report"},
    "revoke_patient_link": {**CLAIM, "link_id": ID},
    "rotate_webhook": {"endpoint_id": ID},
    "set_webhook": {"endpoint_id": ID, "status": "active"},
    "submission": {"interchange_id": ID},
    "submit": {"content": b"ISA*00*"},
    "take_over": {"rows": [{"claim_id": ID, "forum": "federal_idr"}], "reason": "the other system"},
    "take_up": {"claim_ids": [ID], "reason": "still open"},
    "tasks": {},
    "test_webhook": {"endpoint_id": ID},
    "timeline": CLAIM,
    "undo": {**CLAIM, "act": 1},
    "webhooks": {},
    "work": {**CLAIM, "act": "notes", "text": "called the payer"},
    "worklist": {},
    "x12_answers": {"interchange_id": ID},
}
"""A call of each method."""


ANSWERS: dict[str, Any] = {
    "worklist": {"queues": {"due": 1}, "cases": [], "next": None},
}
"""Answers where the example is one of another question's: without `capacity` the worklist is a page of cases."""


@cache
def document() -> dict[str, Any]:
    return json.loads((ROOT / "docs/api/gateway.json").read_text())


def operation_of(method: str, path: str) -> dict[str, Any]:
    for template, item in sorted(document()["paths"].items(), key=lambda one: one[0].count("{")):
        if method.lower() in item and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            return item[method.lower()]
    raise AssertionError(f"{method} {path} is no operation of the document")


def fits(schema: dict[str, Any], value: Any) -> str:
    whole = {**schema, "components": document()["components"]}
    error = next(jsonschema.Draft202012Validator(whole).iter_errors(value), None)
    return f"{error.json_path}: {error.message}" if error else ""


class Gateway:
    """Answers each request by the example of the document, and says what of it is not declared."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.typed = True

    def __call__(self, request: httpx.Request) -> httpx.Response:
        operation = operation_of(request.method, request.url.path)
        name = operation["operationId"]
        parameters = operation.get("parameters", [])
        known = {one["name"] for one in parameters if one["in"] == "query"}
        self.faults += [f"{name}: no parameter {one}" for one in request.url.params if one not in known]
        if any(one["name"] == "Idempotency-Key" for one in parameters) and "idempotency-key" not in request.headers:
            self.faults.append(f"{name}: sent without Idempotency-Key")
        self.typed = name not in untyped_of("Recoup gateway")
        content = operation.get("requestBody", {}).get("content", {})
        media = request.headers.get("content-type", "")
        if request.content and media not in content:
            self.faults.append(f"{name}: takes no {media}")
        elif media == "application/json" and (fault := fits(content[media]["schema"], json.loads(request.content))):
            self.faults.append(f"{name}: {fault}")
        return self._answer(operation)

    def _answer(self, operation: dict[str, Any]) -> httpx.Response:
        status, response = next(one for one in sorted(operation["responses"].items()) if one[0].startswith("2"))
        media, content = next(iter(response.get("content", {"": {}}).items()))
        example = content.get("example")
        if example is None:
            examples = list(content.get("examples", {}).values())
            example = examples[0]["value"] if examples else {}
        if operation["operationId"] in ANSWERS:
            example = ANSWERS[operation["operationId"]]
            assert fits(content["schema"], example) == ""
        if isinstance(example, dict) and "next" in example:
            example = {**example, "next": None}
        body = json.dumps(example) if media.endswith("json") else "x"
        if media == "text/event-stream":
            # a lone event, then the end of the test's patience
            raise httpx.UnsupportedProtocol("enough")
        return httpx.Response(int(status), content=body, headers={"Content-Type": media} if media else {})


def methods(client: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(client, inspect.isfunction) if not name.startswith("_")} - {"close"}


def test_every_method_is_called_here() -> None:
    assert methods(Client) == methods(AsyncClient) == set(CALLS)


@pytest.mark.parametrize("name", [name for name in CALLS if name != "events"])
def test_a_method_asks_and_reads_what_is_declared(name: str) -> None:
    gateway = Gateway()
    with Client("http://g", "key", transport=httpx.MockTransport(gateway), retries=Retries(attempts=1)) as client:
        try:
            given = getattr(client, name)(**CALLS[name])
            if isinstance(given, Generator):
                list(given)
        except msgspec.ValidationError:
            if gateway.typed:
                raise
    assert gateway.faults == []


async def test_the_one_for_event_loops_asks_the_same() -> None:
    for name in set(CALLS) - {"events"}:
        asked: dict[type, list[tuple[str, str, bytes]]] = {Client: [], AsyncClient: []}

        def noting(request: httpx.Request, kind: type) -> httpx.Response:
            asked[kind].append((request.method, str(request.url), request.content))  # noqa: B023
            return Gateway()(request)

        async with AsyncClient(
            "http://g", transport=httpx.MockTransport(lambda request: noting(request, AsyncClient))
        ) as client:
            with suppress(msgspec.ValidationError, ApiError):
                given = getattr(client, name)(**CALLS[name])
                if isinstance(given, AsyncGenerator):
                    _ = [one async for one in given]
                else:
                    await given
        threads = Client("http://g", transport=httpx.MockTransport(lambda request: noting(request, Client)))
        with threads, suppress(msgspec.ValidationError, ApiError):
            given = getattr(threads, name)(**CALLS[name])
            if isinstance(given, Generator):
                list(given)
        assert asked[Client] == asked[AsyncClient] != [], name


def test_all_operations_can_be_called_by_their_id() -> None:
    declared = {
        operation["operationId"]: (f"{method.upper()} {path}", operation.get("parameters", []))
        for path, item in document()["paths"].items()
        for method, operation in item.items()
    }
    assert {name: at for name, (at, _) in declared.items()} == OPERATIONS
    keyed = {name for name, (_, taken) in declared.items() if any(one["name"] == "Idempotency-Key" for one in taken)}
    assert keyed == KEYED


class Told(msgspec.Struct):
    kind: str


@pytest.mark.parametrize(
    ("operation", "tries"), [("read_lag", 3), ("create_endpoint", 3), ("search_claims", 1)]
)  # reads and what has a key are repeated; another POST is not
def test_only_what_does_no_harm_twice_is_repeated(operation: OperationId, tries: int) -> None:
    seen: list[httpx.Request] = []

    def busy(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(503, json={})

    quick = Retries(attempts=3, first_pause=0.001)
    with Client("http://g", transport=httpx.MockTransport(busy), retries=quick) as client, pytest.raises(ApiError):
        client.call(operation, into=dict)
    assert len(seen) == tries
    assert len({request.headers.get("idempotency-key") for request in seen}) == 1


def test_a_call_fills_its_path_and_reads_a_struct() -> None:
    def told(request: httpx.Request) -> httpx.Response:
        assert request.url.raw_path == b"/v1/claims/a%2Fb?fields=state"
        assert request.headers["x-tenant"] == "t"
        return httpx.Response(200, json={"kind": "x"})

    with Client("http://g", transport=httpx.MockTransport(told)) as client:
        query = {"fields": "state", "left": ""}
        given = client.call("read_claim", into=Told, path={"claim_id": "a/b"}, query=query, tenant="t")
    assert given.kind == "x"
