"""Where a task stands in the list of what waits for us, which several services give parts of and one merges."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple
from uuid import UUID

from shared.problem import Problem


class Place(NamedTuple):
    """The order of the list: the earliest day first, then by claim and by source, so that no two share a place."""

    day: date
    claim_id: str
    source: str

    @property
    def key(self) -> str:
        """The place as text that sorts like it."""
        return f"{self.day.isoformat()}/{self.claim_id}/{self.source}"


def place_of(key: str) -> Place | None:
    """The place that a key names, None for the start of the list; a 422 problem for any other text."""
    if not key:
        return None
    try:
        day, claim_id, source = key.split("/")
        return Place(date.fromisoformat(day), str(UUID(claim_id)), source)
    except ValueError:
        raise Problem(
            422, "bad-cursor", "The cursor is not the `next` of a page.", how_to_fix="Pass on `next` as it was given."
        ) from None
