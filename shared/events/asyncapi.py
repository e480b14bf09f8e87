"""The AsyncAPI 3 document of every topic and event, generated from the contracts.

`make asyncapi` writes it to docs/asyncapi.json; a test fails when the checked-in document and the contracts differ.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from shared.events.base import Contract, contracts

_TOPICS = {
    "recoup.claims.v1": "Every event of every claim, keyed by claim id: one total order for each claim.",
    "payer.inbound": "Answers of payers that do not come as X12: offers, appeal decisions, IDR determinations.",
    "edi.outbound": "Our X12 answers (TA1, 999, 277CA) to what we received, keyed by interchange id.",
    "recoup.dead-letters.v1": "Records that a service could not handle, with the reason.",
}


def _schema(contract: Contract) -> tuple[dict[str, Any], dict[str, Any]]:
    (schema,), components = msgspec.json.schema_components(
        [contract.struct], ref_template="#/components/schemas/{name}"
    )
    return schema, components


def document() -> dict[str, Any]:
    """The document as plain JSON values, in a stable order."""
    schemas: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for contract in contracts():
        schema, components = _schema(contract)
        schemas.update(components)
        messages[contract.type] = {
            "name": contract.type,
            "title": contract.struct.__name__,
            "summary": contract.summary.split("\n\n")[0].replace("\n", " ").replace("    ", ""),
            "contentType": "application/json",
            "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
            "payload": schema,
        }
        channel = channels.setdefault(
            _key(contract.topic),
            {"address": contract.topic, "description": _TOPICS[contract.topic], "messages": {}},
        )
        channel["messages"][contract.type] = {"$ref": f"#/components/messages/{contract.type}"}
        operation = operations.setdefault(
            f"{contract.source}-{_key(contract.topic)}",
            {
                "action": "send",
                "channel": {"$ref": f"#/channels/{_key(contract.topic)}"},
                "summary": f"What {contract.source} emits.",
                "messages": [],
            },
        )
        operation["messages"].append({"$ref": f"#/channels/{_key(contract.topic)}/messages/{contract.type}"})
    schemas["CloudEventHeaders"] = _headers()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Recoup events",
            "version": "1.0.0",
            "description": "CloudEvents 1.0 in the Kafka binding, binary mode; the record key is the claim id "
            "(on edi.outbound the interchange id). "
            "Within a version fields are only added, with defaults.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": dict(sorted(schemas.items()))},
    }


def _key(topic: str) -> str:
    return topic.replace(".", "-")


def _headers() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "description": "CloudEvents context attributes; no patient data.",
        "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "content-type"],
        "properties": {
            "ce_specversion": {"const": "1.0"},
            "ce_id": {**text, "description": "unique; consumers drop repetitions by it"},
            "ce_type": {**text, "description": "the event type with its version"},
            "ce_source": {**text, "description": "/recoup/<service>"},
            "ce_time": {**text, "format": "date-time"},
            "ce_tenant": {**text, "description": "the provider organisation"},
            "ce_sequence": {**text, "description": "counts this source's events about this claim, from 1, no gaps"},
            "ce_causationid": {**text, "description": "id of the event that this one answers"},
            "traceparent": {**text, "description": "W3C trace context; one trace for a claim's whole life"},
            "content-type": {"const": "application/json"},
        },
    }


def render() -> str:
    """The document as it is checked in."""
    return json.dumps(document(), indent=2, sort_keys=False) + "\n"


def fingerprint_schema(contract: Contract) -> dict[str, Any]:
    """The shape that consumers rely on, with its components inlined by name; what compatibility is judged by."""
    schema, components = _schema(contract)
    return {"schema": schema, "components": components}
