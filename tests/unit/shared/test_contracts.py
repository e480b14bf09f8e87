"""The event contracts: the published document is true, and no version breaks its readers."""

from __future__ import annotations

import copy
import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

from shared.events import contracts
from shared.events.asyncapi import EDI, LARGEST, document, fingerprint_schema, render
from shared.events.base import contract_for_type, contract_of
from shared.events.codec import NewerValue, decode_data, encode_data
from shared.events.compatibility import breaks
from shared.events.pursuit import AppealDecided
from shared.settings import MAX_MESSAGE_BYTES

ROOT = Path(__file__).resolve().parents[3]
PUBLISHED: dict[str, Any] = json.loads((ROOT / "tests/contracts/published.json").read_text())


def test_the_checked_in_document_is_the_one_the_contracts_give() -> None:
    assert (ROOT / "docs/asyncapi.json").read_text() == render(), "run `make docs`"


def test_every_reference_in_the_document_leads_somewhere() -> None:
    whole = document()

    def resolve(pointer: str) -> None:
        at: Any = whole
        for part in pointer.removeprefix("#/").split("/"):
            at = at[part]

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                resolve(node["$ref"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(whole)
    assert whole["asyncapi"] == "3.0.0"
    assert set(whole["components"]["messages"]) == {contract.type for contract in contracts()} | {EDI}


@pytest.mark.parametrize("contract", contracts(), ids=lambda c: c.type)
def test_no_contract_breaks_its_published_version(contract: Any) -> None:
    assert contract.type in PUBLISHED, "a new event version: publish it with `python -m tests.contracts.publish`"
    assert breaks(PUBLISHED[contract.type], fingerprint_schema(contract)) == []


def test_no_published_version_is_gone() -> None:
    assert set(PUBLISHED) <= {contract.type for contract in contracts()}


def _change(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(PUBLISHED["recoup.claim.closed.v1"])
    at = changed["components"]["ClaimClosed"]
    for part in path[:-1]:
        at = at[part]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("properties", "paid"), None, "ClaimClosed.paid: the field is gone"),
        (("properties", "paid"), {"type": "integer"}, "ClaimClosed.paid: its type changed"),
        (("properties", "reason", "enum"), ["voided"], "ClaimClosed.reason: its type changed"),
        (("required",), ["claim_id"], "ClaimClosed.paid: is no longer always sent"),
    ],
)
def test_a_breaking_change_is_named(path: tuple[str, ...], value: Any, problem: str) -> None:
    assert problem in breaks(PUBLISHED["recoup.claim.closed.v1"], _change(path, value))


@pytest.mark.parametrize(
    ("old", "new", "problems"),
    [
        ({"enum": ["a", "b"]}, {"type": "string"}, []),
        ({"enum": ["a", "b"]}, {"type": "string", "description": "open"}, []),
        ({"type": "string"}, {"enum": ["a", "b"]}, ["One.forum: its type changed"]),
        ({"enum": ["a"]}, {"enum": ["a", "b"]}, ["One.forum: its type changed"]),
        ({"enum": [1, 2]}, {"type": "string"}, ["One.forum: its type changed"]),
        ({"enum": ["a", "b"]}, {"type": "string", "pattern": "a|b"}, ["One.forum: its type changed"]),
        ({"enum": ["a", "b"]}, {"type": "integer"}, ["One.forum: its type changed"]),
    ],
)
def test_an_enumeration_may_become_open_text_and_nothing_else(
    old: dict[str, Any], new: dict[str, Any], problems: list[str]
) -> None:
    def schema(field: dict[str, Any]) -> dict[str, Any]:
        return {"schema": {"$ref": "One"}, "components": {"One": {"properties": {"forum": field}}}}

    assert breaks(schema(old), schema(new)) == problems


def test_an_event_about_a_forum_that_a_later_release_adds_waits_for_it() -> None:
    event = AppealDecided(
        claim_id="7b1c7f6e-7a34-5b59-9f0b-0b1d4d9a2a10", case_id="c", forum="state_process", level=1, outcome="upheld",
        decided_on=date(2026, 3, 2),
    )  # fmt: skip
    payload = encode_data(event)
    assert decode_data(contract_of(event), payload) == event
    with pytest.raises(NewerValue):
        decode_data(contract_of(event), payload.replace(b"state_process", b"no_such_forum"))
    with pytest.raises(ValueError, match="Invalid value of forum"):
        replace(event, forum="no_such_forum")


def test_a_new_field_may_come_with_a_default_only() -> None:
    old = PUBLISHED["recoup.claim.closed.v1"]
    optional = copy.deepcopy(old)
    optional["components"]["ClaimClosed"]["properties"]["note"] = {"type": "string", "default": ""}
    assert breaks(old, optional) == []
    required = copy.deepcopy(optional)
    required["components"]["ClaimClosed"]["required"].append("note")
    assert breaks(old, required) == ["ClaimClosed.note: became required"]


@pytest.mark.parametrize("message", document()["components"]["messages"].values(), ids=lambda one: one["name"])
def test_each_message_has_an_example_that_is_one(message: dict[str, Any]) -> None:
    whole = document()
    for example in message["examples"]:
        for part in ("headers", "payload"):
            schema = {**message[part], "components": whole["components"]}
            if "$ref" in message[part]:
                schema = {"$ref": message[part]["$ref"], "components": whole["components"]}
            jsonschema.Draft202012Validator(schema).validate(example[part])
        contract = contract_for_type(message["name"])
        if contract is not None:
            decode_data(contract, json.dumps(example["payload"]).encode())
        assert message["bindings"]["kafka"]["key"]["description"]


def test_others_write_what_is_received_and_read_what_is_sent() -> None:
    whole = document()
    ways = {
        name: {one["action"] for one in whole["operations"].values() if one["channel"]["$ref"] == f"#/channels/{name}"}
        for name in whole["channels"]
    }
    assert ways == {
        "recoup-claims-v1": {"send"},
        "payer-inbound": {"receive"},
        "edi-inbound": {"receive"},
        "edi-outbound": {"send"},
        "recoup-dead-letters-v1": {"send"},
    }
    told = {one["$ref"].rpartition("/")[2] for one in whole["operations"]["receive-edi-inbound"]["reply"]["messages"]}
    assert told == {
        "recoup.interchange.answered.v1", "recoup.input.refused.v1", "recoup.input.held.v1",
        "recoup.claims.acknowledged.v1",
    }  # fmt: skip
    assert LARGEST == MAX_MESSAGE_BYTES
    assert {one["protocol"] for one in whole["servers"].values()} == {"kafka", "kafka-secure"}
    assert all(one["address"] == one["bindings"]["kafka"]["topic"] for one in whole["channels"].values())
