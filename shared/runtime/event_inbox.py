"""How an event-driven service reads records: skip what it does not hear, decode the rest, park what is broken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from shared.events.codec import Header, UndecodableEvent, decode, is_uuid, type_of
from shared.runtime import parking
from shared.runtime.folding import Folding, Heard, park_and_announce, refused
from shared.runtime.parking import Origin, Parked
from shared.runtime.unit_of_work import UnitOfWork


class Broken(msgspec.Struct, frozen=True):
    """A record that should be an event and is none; `event_id` stands for its place in the topic."""

    event_id: str
    letter: Parked


class EventInbox:
    """The `Inbox` of a `Folding`: envelopes in, states and events out."""

    def __init__(self, folding: Folding[Any], topics: tuple[str, ...]) -> None:
        self.topics = topics
        self._folding = folding
        self._hears = frozenset(type_.encode() for type_ in folding.hears)

    def wants(self, headers: Sequence[Header]) -> bool:
        """False for an event that this service does not hear, known or not."""
        for name, value in headers:
            if name == "ce_type":
                return value in self._hears
        return True  # no event at all: it must be parked

    def read(self, origin: Origin) -> Heard | Broken:
        type_ = type_of(origin.headers)
        try:
            if not type_:
                raise UndecodableEvent("header ce_type is missing")
            envelope = decode(origin.headers, origin.value)
        except UndecodableEvent as error:
            return _broken(origin, "undecodable", str(error), type_)
        if not is_uuid(envelope.claim_id):
            return _broken(origin, "undecodable", f"{type_}: claim_id is no UUID", type_)
        if not is_uuid(envelope.id):
            # Producers of other systems may number their events as they like; the inbox wants a UUID.
            envelope = msgspec.structs.replace(
                envelope, id=str(uuid5(NAMESPACE_URL, f"{envelope.source}/{envelope.id}"))
            )
        return Heard(envelope, origin)

    def id_of(self, item: Heard | Broken) -> str:
        return item.envelope.id if isinstance(item, Heard) else item.event_id

    def claim_of(self, item: Heard | Broken) -> str:
        """What keeps items in one lane."""
        return item.envelope.claim_id if isinstance(item, Heard) else item.letter.claim_id or ""

    async def handle(self, uow: UnitOfWork, items: Sequence[Heard | Broken]) -> None:
        """Park what is broken, then fold the rest."""
        broken = [item.letter for item in items if isinstance(item, Broken)]
        await park_and_announce(uow, self._folding.service, broken)
        heard = [item for item in items if isinstance(item, Heard)]
        if heard:
            await self._folding.handle(uow, heard)

    async def refuse(self, uow: UnitOfWork, item: Heard | Broken, error: Exception) -> None:
        letter = refused(item, error) if isinstance(item, Heard) else item.letter
        await park_and_announce(uow, self._folding.service, [letter])

    async def replay(self, uow: UnitOfWork, claim_id: str | None) -> tuple[int, int]:
        """Try parked letters again, of one claim or of all; returns (handled, still parked)."""
        return await self._folding.replay(uow, await parking.waiting(uow.conn, claim_id), self._envelope)

    def _envelope(self, origin: Origin) -> Any:
        item = self.read(origin)
        return item.envelope if isinstance(item, Heard) else None


def _broken(origin: Origin, reason: str, detail: str, type_: str) -> Broken:
    place = f"{origin.topic}/{origin.partition}/{origin.offset}"
    claim_id = parking.claim_of_key(origin.key)
    letter = Parked(origin, reason, detail, claim_id, event_id=place, type=type_)
    return Broken(str(uuid5(NAMESPACE_URL, place)), letter)
