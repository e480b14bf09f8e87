"""The forums in which a dispute is fought: the names that events use, and what every service must know of each.

How a forum is gone through (steps, limits, papers, answers) is for the appeals service alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import msgspec

Forum = Literal[
    "commercial_appeal", "external_review", "state_process", "open_negotiation", "federal_idr", "corrected_claim"
]
COLLECTION = "collection"
"""Where money that was agreed or awarded is asked for. It is no forum of the law, and no event names it as one."""


class ForumFacts(msgspec.Struct, frozen=True):
    """What a forum is called in a sentence, and how it ends.

    `awards`: an entity that takes fees chooses between the sides, and its award binds both. `seeks_amount`: what is
    filed asks for an amount; the claim is not sent anew. `talks`: nothing is decided in it, and what may follow is
    filed only afterwards.
    """

    label: str
    awards: bool = False
    seeks_amount: bool = True
    talks: bool = False


FORUMS: Mapping[str, ForumFacts] = {
    "commercial_appeal": ForumFacts("appeal to the payer"),
    "external_review": ForumFacts("external review"),
    "state_process": ForumFacts("state payment dispute"),
    "open_negotiation": ForumFacts("open negotiation", talks=True),
    "federal_idr": ForumFacts("federal independent dispute resolution", awards=True),
    "corrected_claim": ForumFacts("corrected claim", seeks_amount=False),
}
"""Every forum that an event may name."""
assert set(FORUMS) == set(get_args(Forum)), "each forum that has a name has facts, and no other"
HANDED_OVER_IN = tuple(name for name, facts in FORUMS.items() if facts.seeks_amount)
"""Forums in which a case may stand when it is taken over from another system."""
CASE_FORUMS = (*FORUMS, COLLECTION)
"""Every place under which a dispute may have a case."""


def talks(forum: str) -> bool:
    """Return True if a forum is the sides' talks, in which nobody decides."""
    return forum in FORUMS and FORUMS[forum].talks


def awards(forum: str | None) -> bool:
    """Return True if a forum ends in an award that binds both sides."""
    return forum is not None and forum in FORUMS and FORUMS[forum].awards
