"""What live streams need of the world."""

from __future__ import annotations

from typing import Protocol

from services.gateway.application.live import Listener


class Tail(Protocol):
    """The end of the timeline, followed for those who listen."""

    async def listen(self, listener: Listener) -> int:
        """Join; returns the id after which everything will be offered to the listener."""
        ...

    def leave(self, listener: Listener) -> None:
        """Take a listener off."""
        ...
