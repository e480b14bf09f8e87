"""The steps of a pursuit: whose move each is, what it costs and needs, and which moves it allows.

A case stands at (forum, stage). Which steps a forum has stands in its folder; a move that a step does not list is
refused with the rule behind the step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from shared.decider import IllegalTransition
from shared.forums import Forum

ForumName = Forum | Literal["collection", "records"]
"""Where a case is pursued. Two are no forums of the law: `collection` makes money come that was agreed or awarded, and
`records` answers a payer's request beside whatever is pursued; no case stands in it."""
Stage = Literal["watching", "prepare", "await", "open", "selection", "offers", "determination", "agreement", "ended"]
Move = Literal[
    "file", "upheld", "overturned", "partial", "silence", "missed", "talks_failed", "window_opens", "select_entity",
    "submit_offer", "determined", "settled", "end", "unpaid", "closed",
]  # fmt: skip
Mover = Literal["provider", "payer", "both", "entity", "departments", "reviewer", "state", "nobody"]

_ALWAYS: frozenset[Move] = frozenset(("settled", "end"))


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step: whose move, under which rule, at which fee (a key of fees.csv), with what in hand, and what may follow.

    `limits` are the keys of limits.csv that set its deadlines.
    """

    label: str
    mover: Mover
    rule: str
    moves: frozenset[Move]
    limits: tuple[str, ...] = ()
    fees: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


Steps = Mapping[Stage, Step]
"""The steps of one forum."""
OUTSIDE: Steps = {
    "watching": Step(label="no remedy begun", mover="nobody", rule="", moves=frozenset()),
    "ended": Step(label="case ended", mover="nobody", rule="", moves=frozenset()),
}
"""The steps of a case that stands in no forum."""


def appeal_steps(
    filing: str, waiting: str, *, mover: Mover, rule: str, limits: str, needs: tuple[str, ...] = ()
) -> Steps:
    """The three steps of whatever is filed and then decided: prepare, await, agreement.

    `filing` and `waiting` are the labels of the first two, `mover` is who decides, and `limits` the head of the keys of
    limits.csv (`external` for external.file and external.decide).
    """
    return {
        "prepare": Step(
            label=filing, mover="provider", rule=rule, limits=(f"{limits}.file",), needs=needs,
            moves=frozenset(("file", "missed")),
        ),
        "await": Step(
            label=waiting, mover=mover, rule=rule, limits=(f"{limits}.decide",),
            moves=frozenset(("upheld", "overturned", "partial", "silence")),
        ),
        "agreement": Step(
            label="payment by the decision, or talks about the rest", mover="both", rule=rule,
            moves=frozenset(("talks_failed", "missed")),
        ),
    }  # fmt: skip


def check_step(place: str, step: Step, move: Move) -> None:
    """Raise `IllegalTransition` with the step's rule where it does not allow the move; `place` names the step."""
    if move not in _ALWAYS and move not in step.moves:
        raise IllegalTransition(f"{move} is not a move of this step ({place}: {step.label}); {step.rule or 'no forum'}")
