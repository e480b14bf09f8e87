"""Reads the claims' log from its beginning, one partition at a time, and gives each claim with all its events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.events import CLAIMS_TOPIC, Envelope
from shared.events.assessment import UnderpaymentFlagged
from shared.events.claims import ClaimReceived, ClaimRejected, ClaimReplaced, RemittanceReceived
from shared.events.codec import UndecodableEvent, decode
from shared.events.settlement import ClaimClosed, ClaimSettled
from shared.kafka import client_options


class LoggedClaim(msgspec.Struct):
    """One claim as the log tells it. `log` holds each event once; `latency` is machine time in seconds."""

    claim_id: str
    log: list[Envelope] = []
    control_number: str = ""
    patient_share: Decimal = Decimal(0)
    latency: dict[str, Decimal] = {}
    repeated: int = 0


async def claims_on_log(bootstrap: str) -> AsyncIterator[LoggedClaim]:
    """Every claim; memory holds one partition's claims."""
    consumer = AIOKafkaConsumer(
        **client_options(bootstrap), enable_auto_commit=False, max_partition_fetch_bytes=8 * 1024 * 1024
    )
    await consumer.start()
    try:
        for partition in await _partitions(bootstrap):
            for claim in (await _read(consumer, partition)).values():
                yield claim
    finally:
        await consumer.stop()


async def _partitions(bootstrap: str) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(**client_options(bootstrap))
    await admin.start()
    try:
        (topic,) = await admin.describe_topics([CLAIMS_TOPIC])
    finally:
        await admin.close()
    return sorted(TopicPartition(CLAIMS_TOPIC, found["partition"]) for found in topic["partitions"])


async def _read(consumer: AIOKafkaConsumer, partition: TopicPartition) -> dict[str, LoggedClaim]:
    consumer.assign([partition])
    await consumer.seek_to_beginning(partition)
    end = (await consumer.end_offsets([partition]))[partition]
    claims: dict[str, LoggedClaim] = {}
    seen: set[str] = set()
    first: dict[str, int] = {}
    paid: dict[str, int] = {}
    while await consumer.position(partition) < end:
        for records in (await consumer.getmany(timeout_ms=500, max_records=5000)).values():
            for record in records:
                try:
                    envelope = decode(record.headers, record.value)
                except UndecodableEvent:
                    continue
                claim = claims.setdefault(envelope.claim_id, LoggedClaim(envelope.claim_id))
                if envelope.id in seen:
                    claim.repeated += 1
                    continue
                seen.add(envelope.id)
                claim.log.append(envelope)
                _measure(claim, envelope, record.timestamp, first, paid)
    return claims


def _measure(claim: LoggedClaim, envelope: Envelope, at: int, first: dict[str, int], paid: dict[str, int]) -> None:
    """Times by the broker's clock: from acceptance to the end, and from the payment's arrival to the flag."""
    event = envelope.data
    if isinstance(event, ClaimReceived | ClaimReplaced):
        claim.control_number = event.claim.patient_control_number
        first.setdefault(claim.claim_id, at)
    elif isinstance(event, ClaimRejected):
        claim.control_number = event.patient_control_number
    elif isinstance(event, RemittanceReceived):
        paid.setdefault(claim.claim_id, at)
    elif isinstance(event, UnderpaymentFlagged):
        claim.latency["payment received to flagged"] = _seconds(at - paid.get(claim.claim_id, at))
    elif isinstance(event, ClaimSettled):
        claim.latency["claim received to settled"] = _seconds(at - first.get(claim.claim_id, at))
    elif isinstance(event, ClaimClosed):
        claim.patient_share = event.patient_share
        claim.latency["claim received to closed"] = _seconds(at - first.get(claim.claim_id, at))


def _seconds(milliseconds: int) -> Decimal:
    return Decimal(milliseconds) / 1000
