"""What a dispute is called. A claim may carry several, and each is filed in several forums.

A dispute's id is the `case_id` of its first filing. Payers' answers name only case and level, and levels count from 1
in each forum: a corrected claim, an external review and a collection therefore have ids of their own, made from it.
"""

from __future__ import annotations

import uuid

NAMESPACE = uuid.UUID("0b0f6d0e-3f3e-5c56-9d55-9f1f6b1f7a31")
OWN_ID = ("corrected_claim", "external_review", "collection")
"""Forums in which a dispute is filed under an id of its own."""


def case_id_in(dispute: str, forum: str) -> str:
    """The id under which a dispute stands in a forum."""
    return str(uuid.uuid5(NAMESPACE, f"{dispute}/{forum}")) if forum in OWN_ID else dispute


def ids_of(dispute: str) -> frozenset[str]:
    """Every id under which a dispute is told of."""
    return frozenset((dispute, *(case_id_in(dispute, forum) for forum in OWN_ID)))
