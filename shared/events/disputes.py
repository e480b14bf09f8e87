"""What a dispute is called. A claim may carry several, and each is filed in several forums.

A dispute's id is the `case_id` of its first filing. Payers' answers name only case and level, and levels count from 1
in each forum: one whose levels stand beside those of the plan's appeal therefore has an id of its own, made from it.
"""

from __future__ import annotations

import uuid
from typing import get_args

from shared.events.pursuit import Forum

NAMESPACE = uuid.UUID("0b0f6d0e-3f3e-5c56-9d55-9f1f6b1f7a31")
_FORUMS = (*get_args(Forum), "collection")


def case_id_in(dispute: str, forum: str) -> str:
    """The id of a dispute in a forum that has one of its own."""
    return str(uuid.uuid5(NAMESPACE, f"{dispute}/{forum}"))


def ids_of(dispute: str) -> frozenset[str]:
    """Every id under which a dispute may be told of."""
    return frozenset((dispute, *(case_id_in(dispute, forum) for forum in _FORUMS)))
