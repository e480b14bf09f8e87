"""Where a person puts what found no claim: a payer's request for records, or its report about a claim.

The same decision again changes nothing; what was set aside can be taken up again, what has its claim stays there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeVar

import msgspec

from services.intake.application.ports import KeptRequest, KeptStatus
from services.intake.application.refused import RefusalCode, Refused
from services.intake.domain.matching import Candidate
from services.intake.domain.submission import ClaimRecord

ItemT = TypeVar("ItemT", KeptRequest, KeptStatus)
PlaceChoice = Literal["claim", "dismiss"]
"""It is about this claim; about no claim of ours."""


def placed_by_hand(
    before: ItemT | None,
    choice: PlaceChoice,
    claim_id: str | None,
    tenant: str,
    records: Mapping[str, ClaimRecord],
    *,
    unknown: RefusalCode,
) -> ItemT:
    """Return an item as it stands after a person gave it its claim, or set it aside.

    Args:
        before: The item as it stood; None: there is none.
        choice: What the person decided.
        claim_id: The claim that was chosen, if one was.
        tenant: The organization whose claims these are.
        records: The claim that was chosen, where it is known, by its id.
        unknown: The refusal where there is no such item.

    Returns:
        The item as it stands.

    Raises:
        Refused: There is no such item or claim, or it was decided otherwise.
    """
    if before is None:
        raise Refused(unknown)
    if choice == "dismiss":
        if before.outcome == "matched":
            raise Refused("decided")
        return msgspec.structs.replace(before, outcome="dismissed")
    record = records.get(claim_id or "")
    if record is None or record.facts.tenant != tenant:
        raise Refused("unknown_claim")
    if before.outcome == "matched":
        if before.claim_id != claim_id:
            raise Refused("decided")
        return before
    return msgspec.structs.replace(before, outcome="matched", reason="decided by a person", claim_id=claim_id)


def candidates_of(
    keys: Sequence[str], claims_of: Mapping[str, Sequence[str]], records: Mapping[str, ClaimRecord]
) -> list[Candidate]:
    """List the known claims that bear one of an item's match keys.

    Args:
        keys: The item's match keys.
        claims_of: The claims under each key.
        records: The claims that were loaded, by claim.

    Returns:
        The claims in the order of their ids, each with the keys that it bears.
    """
    found_by: dict[str, list[str]] = {}
    for key in keys:
        for claim in claims_of.get(key, ()):
            found_by.setdefault(claim, []).append(key)
    return [Candidate(c, records[c].facts, tuple(by)) for c, by in sorted(found_by.items()) if c in records]
