"""What reading an 837 yields."""

from __future__ import annotations

from recoup_x12.core.items import UnitRead, has_errors
from recoup_x12.core.source import Source
from recoup_x12.sets.claim837.model import Claim


class ClaimRead(UnitRead, frozen=True):
    """One claim of an 837. `claim` is None where not even CLM could be read; `source` always is there."""

    claim: Claim | None
    source: Source

    @property
    def accepted(self) -> bool:
        """True if the claim was read and no problem with it is an error."""
        return self.claim is not None and not has_errors(self.problems)
