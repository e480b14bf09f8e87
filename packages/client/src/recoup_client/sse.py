"""Reading server-sent events: lines in, events out."""

from __future__ import annotations

import msgspec

from recoup_client.models import LiveEvent


class EventParser:
    """Feed it the lines of a stream; `last_id` is where to resume."""

    def __init__(self) -> None:
        self.last_id = ""
        self._name = ""
        self._data: list[str] = []

    def feed(self, line: str) -> LiveEvent | None:
        """The event that `line` completes, if it does."""
        if line == "":
            data, name = "\n".join(self._data), self._name
            self._data, self._name = [], ""
            if data and name != "lagged":
                return msgspec.json.decode(data, type=LiveEvent)
            return None
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "id":
            self.last_id = value
        elif field == "event":
            self._name = value
        return None
