"""The AsyncAPI 3 document of every topic and event, generated from the contracts.

`make asyncapi` writes it to docs/asyncapi.json; a test fails when the checked-in document and the contracts differ.
It is seen from Recoup: what it sends others may read, and what it receives others write.
"""

from __future__ import annotations

import json
from typing import Any, cast

import msgspec

from shared.api.examples import example_of
from shared.events.base import (
    CLAIMS_TOPIC,
    DEAD_LETTER_TOPIC,
    EDI_INBOUND_TOPIC,
    EDI_OUTBOUND_TOPIC,
    EXTERNAL,
    PAYER_INBOUND_TOPIC,
    Contract,
    contracts,
)

Schema = dict[str, Any]
EDI = "edi.input"
"""The message of `edi.inbound`, which is no event of ours."""
_ID = "6f1b1f0e-8f0a-5c0e-9b1e-2d6c0f4a7b11"
_TOPICS = {
    CLAIMS_TOPIC: "Every event of every claim, keyed by claim id: one total order for each claim.",
    PAYER_INBOUND_TOPIC: "Answers of payers that do not come as X12: offers, appeal decisions, IDR determinations.",
    EDI_INBOUND_TOPIC: "X12 of senders, an input a record: 837, 835, 277, 271 and acknowledgments of what we sent.",
    EDI_OUTBOUND_TOPIC: "Our X12 answers (TA1, 999, 277CA) to what we received, keyed by interchange id.",
    DEAD_LETTER_TOPIC: "Records that a service could not handle, with the reason.",
}
_KEYS = {
    CLAIMS_TOPIC: "the claim's id",
    PAYER_INBOUND_TOPIC: "the claim's id",
    EDI_INBOUND_TOPIC: "any; inputs of one key are taken in their order",
    EDI_OUTBOUND_TOPIC: "the id of the interchange, or of the claim, that it is about",
    DEAD_LETTER_TOPIC: "the claim's id, or a nil UUID",
}
_RECEIVERS = {PAYER_INBOUND_TOPIC: "appeals and settlement", EDI_INBOUND_TOPIC: "intake"}
_BINDING = "0.5.0"
LARGEST = 8 * 1024 * 1024
"""Bytes of a record, where the operator sets no other (RECOUP_MAX_MESSAGE_BYTES)."""
_EDI_EXAMPLE = (
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECOUP         *260304*1200*^*00501*000000001*1*T*:~"
    "TA1*000000002*260303*1200*A*000~IEA*0*000000001~"
)
_EXAMPLES: dict[str, Schema] = {
    # a payer's words are judged by their members together, which types alone do not say
    "recoup.payer.offer.v1": {"claim_id": _ID, "offer_id": "o1", "amount": "620.00", "offered_on": "2026-03-28"},
    "recoup.payer.idr-determination.v1": {
        "claim_id": _ID,
        "case_id": "DISP-77120",
        "prevailing": "provider",
        "award": "620.00",
        "determined_on": "2026-06-30",
        "reported_by": "entity",
    },
}


def _schema(contract: Contract) -> tuple[Schema, Schema]:
    (schema,), components = msgspec.json.schema_components(
        [contract.struct], ref_template="#/components/schemas/{name}"
    )
    return schema, components


def document() -> Schema:
    """The document as plain JSON values, in a stable order."""
    schemas: Schema = {}
    messages: Schema = {}
    channels: Schema = {_key(topic): _channel(topic) for topic in _TOPICS}
    for contract in contracts():
        schema, components = _schema(contract)
        schemas.update(components)
        messages[contract.type] = _message(contract, schema)
        _add(channels, contract.topic, contract.type)
    messages[EDI] = _edi_message()
    _add(channels, EDI_INBOUND_TOPIC, EDI)
    schemas["CloudEventHeaders"] = _headers()
    schemas["EdiHeaders"] = _edi_headers()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Recoup events",
            "version": "1.0.0",
            "description": "CloudEvents 1.0 in the Kafka binding, binary mode; the record key is the claim id "
            "(on edi.outbound the interchange id). "
            "Within a version fields are only added, with defaults. Readers pass over types and members that they do "
            "not know, and drop repetitions by `ce_id`.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": channels,
        "operations": _operations(channels),
        "components": {
            "messages": messages,
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": _SECURITY,
        },
    }


_SECURITY: Schema = {
    "scramSha512": {
        "type": "scramSha512",
        "description": "SASL_SSL with SCRAM-SHA-512: a user of your own, with rights to the topics that you use.",
    },
    "scramSha256": {"type": "scramSha256", "description": "SASL_SSL with SCRAM-SHA-256."},
    "plain": {"type": "plain", "description": "SASL_SSL with PLAIN."},
    "certificate": {"type": "X509", "description": "SSL with a client certificate."},
}


def _servers() -> Schema:
    return {
        "broker": {
            "host": "{host}:{port}",
            "protocol": "kafka-secure",
            "description": "The operator's Kafka over TLS; docs/how-to/secure-kafka.md says how it is set up.",
            "variables": {
                "host": {"default": "kafka.example", "description": "the operator tells it"},
                "port": {"default": "9093", "description": "the operator tells it"},
            },
            "security": [{"$ref": f"#/components/securitySchemes/{name}"} for name in _SECURITY],
        },
        "local": {
            "host": "127.0.0.1:{port}",
            "protocol": "kafka",
            "description": "The broker of `recoup up`; `recoup ps` tells its port.",
            "variables": {"port": {"default": "9092", "description": "as `recoup ps` tells it"}},
        },
    }


def _channel(topic: str) -> Schema:
    kafka: Schema = {"topic": topic, "partitions": 8, "bindingVersion": _BINDING}
    if topic == EDI_INBOUND_TOPIC:
        kafka["topicConfiguration"] = {"max.message.bytes": LARGEST}
    return {
        "address": topic,
        "description": _TOPICS[topic],
        "messages": {},
        "servers": [{"$ref": "#/servers/broker"}, {"$ref": "#/servers/local"}],
        "bindings": {"kafka": kafka},
    }


def _add(channels: Schema, topic: str, message: str) -> None:
    channels[_key(topic)]["messages"][message] = {"$ref": f"#/components/messages/{message}"}


def _message(contract: Contract, schema: Schema) -> Schema:
    payload: Any = _EXAMPLES.get(contract.type) or _example(contract)
    headers = {
        "ce_specversion": "1.0",
        "ce_id": "0b0a2f0e-8f0a-7c0e-9b1e-2d6c0f4a7b12",
        "ce_type": contract.type,
        "ce_source": f"/recoup/{contract.source}",
        "ce_time": "2026-03-28T12:00:00Z",
        "ce_tenant": "riverside-em",
        "content-type": "application/json",
    }
    message: Schema = {
        "name": contract.type,
        "title": contract.struct.__name__,
        "summary": contract.summary.split("\n\n")[0].replace("\n", " ").replace("    ", ""),
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
        "payload": schema,
        "bindings": _bound(contract.topic),
        "examples": [{"name": contract.struct.__name__, "headers": headers, "payload": payload}],
    }
    if contract.topic == EDI_OUTBOUND_TOPIC:
        message["correlationId"] = {
            "description": "`ce_id` of the record of edi.inbound that it answers",
            "location": "$message.header#/ce_causationid",
        }
    return message


def _example(contract: Contract) -> Schema:
    return cast("Schema", json.loads(msgspec.json.encode(example_of(contract.struct))))


def _bound(topic: str) -> Schema:
    key = {"type": "string", "description": _KEYS[topic]}
    return {"kafka": {"key": key, "bindingVersion": _BINDING}}


def _edi_message() -> Schema:
    return {
        "name": EDI,
        "title": "X12 input",
        "summary": "One X12 input, plain, gzip or zip: an interchange or several, whole.",
        "description": "Its answers on edi.outbound bear `ce_id` as `ce_causationid`. The same under a used "
        "`ce_source` and `ce_id` has no effect; other content under them is refused and told as input.refused.",
        "contentType": "application/edi-x12",
        "headers": {"$ref": "#/components/schemas/EdiHeaders"},
        "payload": {"type": "string", "description": "X12 from ISA to IEA", "maxLength": LARGEST},
        "correlationId": {"description": "what its answers refer to", "location": "$message.header#/ce_id"},
        "bindings": _bound(EDI_INBOUND_TOPIC),
        "examples": [
            {
                "name": "Acknowledgment",
                "summary": "A test interchange that acknowledges one of ours.",
                "headers": {
                    "ce_tenant": "riverside-em",
                    "ce_id": "0b0a2f0e-8f0a-4c0e-9b1e-2d6c0f4a7b13",
                    "ce_source": "/clearinghouse",
                },
                "payload": _EDI_EXAMPLE,
            }
        ],
    }


def _operations(channels: Schema) -> Schema:
    """What Recoup sends, by who sends it, and what it receives."""
    operations: Schema = {}
    for contract in contracts():
        if contract.source == EXTERNAL:
            continue
        operation = operations.setdefault(
            f"{contract.source}-{_key(contract.topic)}",
            {
                "action": "send",
                "channel": {"$ref": f"#/channels/{_key(contract.topic)}"},
                "summary": f"What {contract.source} emits.",
                "messages": [],
            },
        )
        operation["messages"].append(_of(contract.topic, contract.type))
    for topic, receivers in _RECEIVERS.items():
        operations[f"receive-{_key(topic)}"] = {
            "action": "receive",
            "channel": {"$ref": f"#/channels/{_key(topic)}"},
            "summary": f"What {receivers} take from others.",
            "messages": [_of(topic, name) for name in channels[_key(topic)]["messages"]],
        }
    answers = [
        _of(EDI_OUTBOUND_TOPIC, name)
        for name in channels[_key(EDI_OUTBOUND_TOPIC)]["messages"]
        if name.startswith(("recoup.interchange.", "recoup.claims.acknowledged", "recoup.input."))
    ]
    operations[f"receive-{_key(EDI_INBOUND_TOPIC)}"]["reply"] = {
        "channel": {"$ref": f"#/channels/{_key(EDI_OUTBOUND_TOPIC)}"},
        "messages": answers,
    }
    return operations


def _of(topic: str, message: str) -> Schema:
    return {"$ref": f"#/channels/{_key(topic)}/messages/{message}"}


def _key(topic: str) -> str:
    return topic.replace(".", "-")


_TEXT: Schema = {"type": "string", "maxLength": 255}


def _headers() -> Schema:
    return {
        "type": "object",
        "description": "CloudEvents context attributes; no patient data.",
        "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "content-type"],
        "properties": {
            "ce_specversion": {"const": "1.0"},
            "ce_id": {**_TEXT, "description": "unique; consumers drop repetitions by it"},
            "ce_type": {**_TEXT, "description": "the event type with its version"},
            "ce_source": {**_TEXT, "description": "/recoup/<service>; on payer.inbound a name of the sender's own"},
            "ce_time": {**_TEXT, "format": "date-time"},
            "ce_tenant": {**_TEXT, "description": "the provider organisation"},
            "ce_sequence": {**_TEXT, "description": "counts this source's events about this claim, from 1, no gaps"},
            "ce_causationid": {**_TEXT, "description": "id of the event that this one answers"},
            "traceparent": {**_TEXT, "description": "W3C trace context; one trace for a claim's whole life"},
            "content-type": {"const": "application/json"},
        },
    }


def _edi_headers() -> Schema:
    return {
        "type": "object",
        "description": "What names an input; no patient data.",
        "required": ["ce_tenant"],
        "properties": {
            "ce_tenant": {**_TEXT, "maxLength": 100, "description": "the provider organisation; without it refused"},
            "ce_id": {**_TEXT, "description": "an id of its own, such as a UUID; its answers bear it"},
            "ce_source": {**_TEXT, "description": "who sends it; with `ce_id` it names the input"},
            "ce_receivedon": {
                **_TEXT,
                "pattern": r"^((history:)?[0-9]{4}-[0-9]{2}-[0-9]{2}|history(\+[0-9]{1,2})?)$",
                "description": "the day on which its payments were received, or `history`, as X-Received-On over HTTP",
            },
            "content-type": {"type": "string", "description": "ignored: the content tells"},
        },
    }


def render() -> str:
    """The document as it is checked in."""
    return json.dumps(document(), indent=2, sort_keys=False) + "\n"


def fingerprint_schema(contract: Contract) -> Schema:
    """The shape that consumers rely on, with its components inlined by name; what compatibility is judged by."""
    schema, components = _schema(contract)
    return {"schema": schema, "components": components}
