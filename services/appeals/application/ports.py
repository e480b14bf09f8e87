"""What the service needs of the world to send a filing; adapters provide it."""

from __future__ import annotations

from datetime import date
from typing import Protocol

import msgspec

from services.appeals.domain.ladder import Forum


class Paper(msgspec.Struct, frozen=True):
    """One document, ready: as PDF, as plain text and as its data."""

    kind: str
    core_sha256: str
    pdf: bytes
    text: str
    data: bytes


class Enclosure(msgspec.Struct, frozen=True):
    """A clinical or other document that people attached, as a PDF; `asked` is the payer's question it answers."""

    reference: str
    title: str
    kind: str
    pdf: bytes
    asked: str = ""


class Package(msgspec.Struct, frozen=True):
    """A filing to be sent. `key` is the same on every attempt, so that a recipient can tell a repetition.

    `request_id` is the payer's request that it answers, if it answers one.
    """

    key: str
    claim_id: str
    forum: Forum
    level: int
    filed_on: date
    recipient: dict[str, str]
    papers: tuple[Paper, ...]
    enclosures: tuple[Enclosure, ...] = ()
    request_id: str = ""
    tenant: str = ""


class SendFailed(Exception):
    """The filing did not go out; `passing` where another attempt may succeed. The message holds no patient data."""

    def __init__(self, message: str, *, passing: bool) -> None:
        super().__init__(message)
        self.passing = passing


class AwaitsPerson(Exception):
    """The filing is made ready at `place`, and counts as filed once a person confirms it."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place


class Channel(Protocol):
    """A way to send filings. `send` returns the proof of filing, or raises `SendFailed`
    or `AwaitsPerson`; repeating it is harmless."""

    name: str

    async def send(self, package: Package) -> str: ...
