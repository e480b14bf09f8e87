"""What reading a 277 request for additional information yields."""

from __future__ import annotations

from recoup_x12.core.items import UnitRead, has_errors
from recoup_x12.sets.request277.model import RecordsRequest


class RequestRead(UnitRead, frozen=True):
    """One claim about which a 277 (005010X213) asks; `request` is None where not even its trace number is there."""

    request: RecordsRequest | None

    @property
    def accepted(self) -> bool:
        """True if the request was read and no problem with it is an error."""
        return self.request is not None and not has_errors(self.problems)
