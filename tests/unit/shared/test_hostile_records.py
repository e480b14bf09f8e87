"""Whatever stands in a record, it is read into something that can be parked, and the next record is handled."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import UnsupportedCodecError
from asyncpg import UniqueViolationError
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.adapters.kafka.dead_letters import DeadLetterInbox
from services.intake.adapters.kafka.inbound import EdiInbox
from services.intake.adapters.sealing import vault_of
from shared.calendar import TimeZones
from shared.events.base import CLAIMS_TOPIC
from shared.events.claims import ClaimVoided
from shared.events.codec import Header, UndecodableEvent, canonical_uuid, decode
from shared.runtime import parking
from shared.runtime.batch_processor import Broken, ReceivedEvent
from shared.runtime.event_inbox import EventInbox
from shared.runtime.parking import Origin
from shared.signing import Signer, Trust, new_key
from tests.unit.shared.test_lanes import Database, Inbox, consumer_of

CLAIM = "7b0fd7f5-41d6-5d3c-9d7c-3f7f6d1f0a11"
TYPE = b"recoup.claim.voided.v1"
INTAKE: Header = ("ce_source", b"/recoup/intake")
SOUND: tuple[Header, ...] = (INTAKE, ("ce_type", TYPE), ("ce_id", CLAIM.encode()), ("ce_tenant", b"acme"))
PAYLOAD = b'{"claim_id":"' + CLAIM.encode() + b'"}'
DEEP = b'{"claim_id":"x","unknown":' + b"[" * 200_000 + b"]" * 200_000 + b"}"


def events() -> EventInbox:
    processor = SimpleNamespace(service="test", subscribes_to=frozenset({"recoup.claim.voided.v1"}))
    return EventInbox(processor, ("t",))  # type: ignore[arg-type]


def signed_events() -> EventInbox:
    processor = SimpleNamespace(service="test", subscribes_to=frozenset({"recoup.claim.voided.v1"}))
    return EventInbox(processor, ("t",), trust=TRUST)  # type: ignore[arg-type]


def announcements() -> DeadLetterInbox:
    return DeadLetterInbox(TRUST)


def edi() -> EdiInbox:
    return EdiInbox(vault_of(base64.urlsafe_b64encode(b"test" + bytes(range(32))).decode()), TimeZones())


def origin(headers: tuple[Header, ...], value: bytes, key: bytes | None = None) -> Origin:
    return Origin("t", 3, 41, key, headers, value)


TRUST = Trust(f"intake:{Signer(new_key('a')).public}")
NAMES = st.sampled_from(
    [
        "ce_type",
        "ce_id",
        "ce_time",
        "ce_tenant",
        "ce_source",
        "ce_sequence",
        "ce_causationid",
        "ce_signature",
        "traceparent",
        "x",
    ]
) | st.text(max_size=5)
VALUES = (
    st.none()
    | st.binary(max_size=40)
    | st.sampled_from([TYPE, b"a:AAAA", b"a:\xff", b"acme\0", b"\xff", b"", b"9" * 6000, b"-1", b"2026-01-05"])
)
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=8).map(tuple)
PAYLOADS = st.binary(max_size=60) | st.sampled_from(
    [PAYLOAD, b"\xff", b"null", b'{"claim_id":"\xff"}', b"[" * 3000, b""]
)
KEYS = st.none() | st.binary(max_size=40)


@pytest.mark.parametrize("inbox_of", [events, signed_events, edi, announcements])
@given(headers=HEADERS, value=PAYLOADS, key=KEYS)
def test_every_record_is_read_into_an_item_with_an_id(
    inbox_of: Callable[[], Any], headers: tuple[Header, ...], value: bytes, key: bytes | None
) -> None:
    inbox, record = inbox_of(), origin((*SOUND, *headers), value, key)
    assert inbox.wants(record.headers) in (True, False)
    item = inbox.read(record)
    assert str(UUID(inbox.id_of(item))) == inbox.id_of(item)
    assert inbox.origin_of(item) is record


@given(headers=HEADERS, value=st.binary(max_size=20))
async def test_headers_and_payload_of_a_parked_record_come_back_as_they_were(
    headers: tuple[Header, ...], value: bytes
) -> None:
    kept: list[Any] = []

    async def execute(_: str, *columns: Any) -> None:
        kept.extend(zip(list(parking._PARKED), (column[0] for column in columns), strict=True))

    conn: Any = SimpleNamespace(execute=execute)
    dead_letter = parking.ParkedRecord(origin(headers, value), "undecodable", "a\0b" * 300, None, "id\0", "type\0")
    await parking.park(conn, [dead_letter], SimpleNamespace())  # type: ignore[arg-type]
    row = dict(kept)
    assert parking.headers_of(row["header_bytes"], "[]") == headers
    assert row["payload"] == value
    assert not any("\0" in text for text in row.values() if isinstance(text, str))
    assert len(row["detail"]) == 500


def test_headers_that_an_earlier_release_parked_are_read() -> None:
    assert parking.headers_of(None, '[["ce_id", "\\u00ff1"]]') == (("ce_id", b"\xff1"),)


@pytest.mark.parametrize(
    ("headers", "value", "said"),
    [
        (SOUND, b'{"claim_id":"\xff"}', "recoup.claim.voided.v1: the payload is not UTF-8"),
        (SOUND, DEEP, "recoup.claim.voided.v1: the payload is nested too deeply"),
        ((("ce_type", TYPE), ("ce_id", None)), PAYLOAD, "header ce_id is missing"),
        ((*SOUND[:3], ("ce_tenant", b"acme\0")), PAYLOAD, "recoup.claim.voided.v1: a ce_ header holds a NUL"),
        ((*SOUND, ("ce_sequence", b"\xff")), PAYLOAD, "recoup.claim.voided.v1: a ce_ header is malformed"),
        ((*SOUND, ("ce_time", b"0001-01-01T00:00:00+14:00")), PAYLOAD,
         "recoup.claim.voided.v1: ce_time is not an instant in UTC"),
        ((("ce_type", b"\xff"), ("ce_id", b"1")), PAYLOAD, "a ce_ header is not UTF-8"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_record_is_said(headers: tuple[Header, ...], value: bytes, said: str) -> None:
    with pytest.raises(UndecodableEvent, match=f"^{said}$"):
        decode(headers, value)
    item = events().read(origin(headers, value, CLAIM.encode()))
    assert isinstance(item, Broken)
    assert (item.dead_letter.reason, item.dead_letter.detail, item.dead_letter.claim_id) == ("undecodable", said, CLAIM)


def test_ids_in_capitals_are_the_ids_they_mean() -> None:
    value = PAYLOAD.replace(CLAIM.encode(), CLAIM.upper().encode())
    headers = (INTAKE, ("ce_type", TYPE), ("ce_id", f"urn:uuid:{CLAIM.upper()}".encode()))
    item = events().read(Origin(CLAIMS_TOPIC, 3, 41, None, headers, value))
    assert isinstance(item, ReceivedEvent)
    assert (item.envelope.claim_id, item.envelope.id, item.envelope.data) == (CLAIM, CLAIM, ClaimVoided(claim_id=CLAIM))
    assert canonical_uuid("no uuid") is None


class Hostile(Inbox):
    """Cannot read step 1, cannot handle step 2, and cannot park what it cannot handle."""

    def read(self, origin: Origin) -> tuple[str, int]:
        if origin.value == b"1":
            raise AttributeError("a record nobody foresaw")
        return super().read(origin)

    def origin_of(self, item: tuple[str, int]) -> Origin:
        return Origin("t", 0, item[1], item[0].encode(), (), b"")

    async def handle(self, uow: Any, items: Sequence[tuple[str, int]]) -> None:
        if any(step == 2 for _, step in items):
            raise ValueError("Jane Doe")
        await super().handle(uow, items)

    async def refuse(self, uow: Any, item: Any, error: Exception) -> None:
        raise ValueError("nor can it be parked")


def record(step: int) -> Any:
    return SimpleNamespace(topic="t", partition=0, offset=step, key=b"claim", headers=(), value=str(step).encode())


def keeping_dead_letters(consumer: Any) -> list[tuple[Origin, str, str]]:
    """What a consumer sets aside, in a list in the database's place."""
    dead_letters: list[tuple[Origin, str, str]] = []

    async def keep(origin: Origin, reason: str, error: Exception) -> None:
        dead_letters.append((origin, reason, type(error).__name__))

    consumer._set_aside = keep
    return dead_letters


async def test_what_an_inbox_cannot_read_or_park_is_set_aside_and_the_rest_goes_on() -> None:
    database = Database()
    consumer = consumer_of(database, Hostile())
    dead_letters = keeping_dead_letters(consumer)
    await consumer._handle({TopicPartition("t", 0): [record(step) for step in range(5)]})
    assert database.steps == {"claim": [0, 3, 4]}
    assert [(origin.offset, reason, error) for origin, reason, error in dead_letters] == [
        (1, "unreadable", "AttributeError"),
        (2, "refused_by_database", "ValueError"),
    ]


async def test_a_unique_violation_that_comes_again_and_again_is_the_records_fault() -> None:
    class Colliding(Hostile):
        async def handle(self, uow: Any, items: Sequence[tuple[str, int]]) -> None:
            if any(step == 3 for _, step in items):
                raise UniqueViolationError
            await Inbox.handle(self, uow, items)

    database = Database()
    consumer = consumer_of(database, Colliding())
    dead_letters = keeping_dead_letters(consumer)
    polled = {TopicPartition("t", 0): [record(step) for step in (0, 3, 4)]}
    with pytest.raises(UniqueViolationError):
        await consumer._handle(polled)
    consumer._collisions = 5
    await consumer._handle(polled)
    assert database.steps == {"claim": [0, 4]}
    assert [origin.offset for origin, *_ in dead_letters] == [3]


class Client:
    """Partition 0 holds a record that the client cannot read at offset 7; partition 1 is sound."""

    def __init__(self) -> None:
        self.at = {TopicPartition("t", 0): 6, TopicPartition("t", 1): 0}
        self.reads = 0

    def assignment(self) -> set[TopicPartition]:
        return set(self.at)

    async def position(self, partition: TopicPartition) -> int:
        return self.at[partition]

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.at[partition] = offset

    async def getmany(self, *partitions: TopicPartition, **_: Any) -> dict[TopicPartition, list[Any]]:
        polled: dict[TopicPartition, list[Any]] = {}
        for partition in partitions or self.at:
            at = self.at[partition]
            if (partition.partition, at) == (0, 7):
                self.reads += 1
                raise UnsupportedCodecError("zstd")
            polled[partition] = [record(at)]
            self.at[partition] = at + 1
        return polled


async def test_a_record_that_the_client_cannot_read_is_passed_by_after_some_tries() -> None:
    database = Database()
    consumer = consumer_of(database, Hostile())
    dead_letters = keeping_dead_letters(consumer)
    client: Any = Client()
    assert len(await consumer._poll(client)) == 2
    with pytest.raises(UnsupportedCodecError):  # what the other partition had for this poll is lost: begin again
        await consumer._poll(client)
    client.at[TopicPartition("t", 1)] = 1
    seen: dict[int, list[int]] = {0: [], 1: []}
    for _ in range(5):
        for partition, records in (await consumer._poll(client)).items():
            seen[partition.partition] += [one.offset for one in records]
    assert seen == {0: [8, 9], 1: [1, 2, 3, 4, 5]}
    assert [(origin.place, reason, error) for origin, reason, error in dead_letters] == [
        ("t/0/7", "unreadable", "UnsupportedCodecError")
    ]
    assert client.reads == 1 + 3
    assert consumer._uncommitted[TopicPartition("t", 0)] == 8
    assert [at for *_, topics, partitions, at in database.positions] == [[8]], (
        "the database knows that it was passed by"
    )
