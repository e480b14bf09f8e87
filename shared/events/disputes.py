"""What a dispute is called, and which of a claim's is meant. A claim may carry several, each filed in several forums.

A dispute's id is the `case_id` of its first filing. Payers' answers name only case and level, and levels count from 1
in each forum: one whose levels stand beside those of the plan's appeal therefore has an id of its own, made from it.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from msgspec.structs import replace

from shared.events.assessment import ClaimDenied, UnderpaymentFlagged
from shared.forums import CASE_FORUMS
from shared.money import total

NAMESPACE = uuid.UUID("0b0f6d0e-3f3e-5c56-9d55-9f1f6b1f7a31")
Verdict = UnderpaymentFlagged | ClaimDenied
_SHORT = ("underpaid", "denied")


def case_id_in(dispute: str, forum: str) -> str:
    """The id of a dispute in a forum that has one of its own."""
    return str(uuid.uuid5(NAMESPACE, f"{dispute}/{forum}"))


def ids_of(dispute: str) -> frozenset[str]:
    """Every id under which a dispute may be told of."""
    return frozenset((dispute, *(case_id_in(dispute, forum) for forum in CASE_FORUMS)))


class NotNamed(Exception):
    """It is not said which of several disputes is meant, or none is the one named; `places` are those that can be."""

    def __init__(self, places: Sequence[int]) -> None:
        super().__init__("say by `case_id` which of the claim's disputes this is about")
        self.places = tuple(places)


def place_of(beside: Sequence[str], case_id: str) -> int:
    """The place (from 0) of the dispute that an event names by any of its ids, the first where it is none `beside`."""
    if not case_id:
        return 0
    return next((n for n, name in enumerate(beside, 1) if case_id in ids_of(name)), 0)


def place_meant(names: Sequence[str], live: Sequence[bool], case_id: str = "", having: Sequence[bool] = ()) -> int:
    """The place of the dispute that a person means: the one named, else the only one that has what the act is about.

    Args:
        names: the id of each of the claim's disputes, the first first.
        live: whether each is still pursued.
        case_id: what the person said, empty for nothing.
        having: whether each has what the act is about; empty where that tells nothing.

    Returns:
        Its place; where nothing else tells, the only one that lives, and the first where none does.

    Raises:
        NotNamed: several live and none is named, or none of them is the one that is.
    """
    if case_id:
        named = [n for n, name in enumerate(names) if case_id in ids_of(name)]
        if not named:
            raise NotNamed(range(len(names)))
        return named[0]
    able = [n for n, has in enumerate(having) if has]
    if len(able) == 1:
        return able[0]
    living = [n for n, lives in enumerate(live) if lives]
    if len(living) > 1:
        raise NotNamed(living)
    return living[0] if living else 0


def without_lines(event: Verdict, held: Collection[int]) -> Verdict | None:
    """A verdict on the lines that no other dispute holds; None where it contests none of these.

    Its amounts are less those of the lines that fell short.
    """
    removed = [line for line in event.lines if line.line in held]
    if not removed:
        return event
    lines = tuple(line for line in event.lines if line.line not in held)
    short = [line for line in removed if line.verdict in _SHORT]
    floor, target, stretch = (total(line.fair[at] for line in short) for at in range(3))
    if isinstance(event, ClaimDenied):
        charge = total(line.charge for line in removed)
        left = replace(event, lines=lines, target=event.target - target, charge=event.charge - charge)
        return left if lines else None
    if not any(line.verdict in _SHORT for line in lines):
        return None
    allowed = total(line.allowed for line in short)
    return replace(
        event,
        lines=lines,
        allowed=event.allowed - allowed,
        floor=event.floor - floor,
        target=event.target - target,
        stretch=event.stretch - stretch,
        shortfall=event.shortfall - (target - allowed),
    )
