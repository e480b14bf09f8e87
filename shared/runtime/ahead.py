"""After a restore: what a service put on the log that its database does not know.

Such an event was decided before the database was put back. It is adopted, and not decided again: while the log is read
up, the service decides upon the same inputs as it did then, in the order and at the instants that its own events on the
log show, and what it decides is not published a second time. Where that leads to something else than stands on the log,
or nothing leads to it (a person decided), the claim waits for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.events.base import CLAIMS_TOPIC
from shared.events.codec import source_of
from shared.kafka import client_options
from shared.runtime.parking import Origin
from shared.runtime.repetition import ReceivedEvent

OTHERWISE = ("published_otherwise", "before the restore it was decided otherwise, as the log shows")
BY_NOBODY = ("decided_before_restore", "an event on the log was decided here before the restore, by nothing on the log")


class Published(NamedTuple):
    """One own event on the log: what led to it (nothing: a deadline, or a person), when, and where it stands."""

    type: str
    time: datetime
    causation: str
    partition: int
    offset: int


class Ahead:
    """What the log holds of one service beyond its database; empty but after a restore."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.inputs: dict[str, ReceivedEvent] = {}
        """What came on other topics since, by event id: their order among the claims' events is shown by ours."""
        self._claims: dict[str, dict[int, Published]] = {}

    def __bool__(self) -> bool:
        return bool(self._claims)

    def add(self, claim_id: str, number: int, published: Published) -> None:
        """Note an own event on the log."""
        self._claims.setdefault(claim_id, {})[number] = published

    def claims(self) -> Iterable[str]:
        """The claims of which there is any."""
        return self._claims.keys()

    def next(self, claim_id: str, emitted: int) -> Published | None:
        """The own event that follows upon so many; None where the log holds no more."""
        return self._claims.get(claim_id, {}).get(emitted + 1)

    def last(self, claim_id: str) -> int:
        """The highest own number on the log beyond the restore; 0 where there is none."""
        return max(self._claims.get(claim_id, ()), default=0)

    def contradicts(self, claim_id: str, emitted: int, types: Sequence[str], causation: str) -> bool:
        """Return True if the log holds something else than events of these types after so many."""
        known = self._claims.get(claim_id)
        if known is None:
            return False
        for number, type_ in enumerate(types, emitted + 1):
            if number in known and known[number].type != type_:
                return True
        following = known.get(emitted + len(types) + 1)
        return following is not None and bool(causation) and following.causation == causation


async def scan(
    bootstrap_servers: str,
    ranges: Mapping[TopicPartition, tuple[int, int]],
    ahead: Ahead,
    read: Callable[[Origin], object],
) -> None:
    """Note what lies in these ranges of offsets: own events by their headers, and inputs of other topics whole."""
    source = source_of(ahead.source)
    consumer = AIOKafkaConsumer(**client_options(bootstrap_servers), enable_auto_commit=False)
    await consumer.start()
    try:
        left = {partition: end for partition, (begin, end) in ranges.items() if begin < end}
        consumer.assign(list(left))
        for partition in left:
            consumer.seek(partition, ranges[partition][0])
        while left:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for one in records:
                    headers = tuple(one.headers)
                    origin = Origin(one.topic, one.partition, one.offset, one.key, headers, one.value or b"")
                    _note(origin, source, ahead, read)
            for partition in list(left):
                if await consumer.position(partition) >= left[partition]:
                    del left[partition]
    finally:
        await consumer.stop()


def _note(origin: Origin, source: bytes, ahead: Ahead, read: Callable[[Origin], object]) -> None:
    if origin.topic != CLAIMS_TOPIC:
        item = read(origin)
        if isinstance(item, ReceivedEvent):
            ahead.inputs[item.envelope.id] = item
        return
    headers = dict(origin.headers)
    try:
        if headers.get("ce_source") != source:
            return
        number = int(headers["ce_sequence"] or b"0")
        claim_id, type_ = (origin.key or b"").decode(), (headers["ce_type"] or b"").decode()
        time = datetime.fromisoformat((headers["ce_time"] or b"").decode())
        causation = (headers.get("ce_causationid") or b"").decode()
    except (KeyError, ValueError):
        return
    if number > 0:
        ahead.add(claim_id, number, Published(type_, time, causation, origin.partition, origin.offset))
