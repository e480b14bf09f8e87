"""Live events: who listens to what, and buffers that cannot grow.

Nothing is lost by a full buffer: the listener is told that it has fallen behind, and reads what it missed from the
timeline before it listens again.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from shared.tenants import EVERY_TENANT

BUFFER = 256


class Frame(msgspec.Struct, frozen=True):
    """One event of the stream, encoded once for all its listeners; `id` grows with every event."""

    id: int
    tenant: str
    claim_id: str
    type: str
    data: bytes


class Listener:
    """One open stream: on one claim, or on all claims of some tenants."""

    def __init__(self, tenants: tuple[str, ...], claim_id: str | None, types: frozenset[str] = frozenset()) -> None:
        self.tenants = tenants
        self.claim_id = claim_id
        self.types = types
        self.queue: asyncio.Queue[Frame] = asyncio.Queue(BUFFER)
        self.behind = True

    def accepts(self, frame: Frame) -> bool:
        """Return True if this frame is for it."""
        mine = EVERY_TENANT in self.tenants or frame.tenant in self.tenants
        about = self.claim_id is None or frame.claim_id == self.claim_id
        return mine and about and (not self.types or frame.type in self.types)

    def offer(self, frame: Frame) -> None:
        """Put a frame in the buffer, or give the buffer up where it is full."""
        try:
            self.queue.put_nowait(frame)
        except asyncio.QueueFull:
            while not self.queue.empty():
                self.queue.get_nowait()
            self.behind = True


class LiveSubscriptions:
    """Hands frames to their listeners; looks only at those that could hear them."""

    def __init__(self) -> None:
        self._claims: defaultdict[str, set[Listener]] = defaultdict(set)
        self._tenants: defaultdict[str, set[Listener]] = defaultdict(set)
        self.count = 0

    def add(self, listener: Listener) -> None:
        """Add a listener."""
        for place, key in self._places(listener):
            place[key].add(listener)
        self.count += 1

    def remove(self, listener: Listener) -> None:
        """Remove a listener that was added."""
        for place, key in self._places(listener):
            place[key].discard(listener)
            if not place[key]:
                del place[key]
        self.count -= 1

    def publish(self, frames: Iterable[Frame]) -> None:
        """Offer each frame to those who hear it, once each."""
        for frame in frames:
            listeners = (
                self._claims.get(frame.claim_id, set())
                | self._tenants.get(frame.tenant, set())
                | self._tenants.get(EVERY_TENANT, set())
            )
            for listener in listeners:
                if listener.accepts(frame):
                    listener.offer(frame)

    def _places(self, listener: Listener) -> list[tuple[defaultdict[str, set[Listener]], str]]:
        if listener.claim_id is not None:
            return [(self._claims, listener.claim_id)]
        return [(self._tenants, tenant) for tenant in listener.tenants]
