"""Why a claim was denied or paid too little, and the remedy that follows."""

from __future__ import annotations

import msgspec

from services.appeals.domain.steps import ForumName
from services.appeals.domain.tables import Remedy

GROUND = "ground_of_appeal"
"""What blocks an appeal of a denial that calls for something else first: a person says that it is made all the same."""


class Cause(msgspec.Struct, frozen=True):
    """The deciding denial code, its cause, the remedy, and where the remedy is sought (None: nowhere)."""

    carc: str
    cause: str
    remedy: Remedy
    forum: ForumName | None
    external: bool
    needs: tuple[str, ...]
    source: str
