"""The ladders: which steps each forum has, whose move each is, what it costs and needs, and which moves it allows.

A case stands at (forum, stage). A move that the table does not list is refused with the rule behind the step.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from shared.events import pursuit
from shared.fold import IllegalTransition

Forum = pursuit.Forum | Literal["collection", "records"]
"""Where a case is pursued. Two are no forums of the law: `collection` makes money come that was agreed or awarded, and
`records` answers a payer's request beside whatever is pursued; no case stands in it."""
Stage = Literal["watching", "prepare", "await", "open", "selection", "offers", "determination", "agreement", "ended"]
Move = Literal[
    "file", "upheld", "overturned", "partial", "silence", "missed", "talks_failed", "window_opens", "select_entity",
    "submit_offer", "determined", "settled", "end", "unpaid",
]  # fmt: skip
Mover = Literal["provider", "payer", "both", "entity", "departments", "reviewer", "state", "nobody"]

_ALWAYS: frozenset[Move] = frozenset(("settled", "end"))


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One rung: whose move, under which rule, at which fee (a key of fees.csv), with what in hand, and what may follow.

    `limits` are the keys of limits.csv that set its deadlines.
    """

    label: str
    mover: Mover
    rule: str
    moves: frozenset[Move]
    limits: tuple[str, ...] = ()
    fees: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


def _appeal(filing: str, waiting: str, mover: Mover, rule: str, key: str, needs: tuple[str, ...]) -> dict[Stage, Step]:
    return {
        "prepare": Step(
            label=filing, mover="provider", rule=rule, limits=(f"{key}.file",), needs=needs,
            moves=frozenset(("file", "missed")),
        ),
        "await": Step(
            label=waiting, mover=mover, rule=rule, limits=(f"{key}.decide",),
            moves=frozenset(("upheld", "overturned", "partial", "silence")),
        ),
        "agreement": Step(
            label="payment by the decision, or talks about the rest", mover="both", rule=rule,
            moves=frozenset(("talks_failed", "missed")),
        ),
    }  # fmt: skip


LADDERS: dict[Forum, dict[Stage, Step]] = {
    "corrected_claim": _appeal(
        "send the corrected claim or records", "payer decides the corrected claim", "payer",
        "29 CFR 2560.503-1(f)", "corrected", ("corrected_fields",),
    ),
    "commercial_appeal": _appeal(
        "file the plan's appeal", "plan decides the appeal", "payer",
        "29 CFR 2560.503-1(h)", "commercial.level_1", ("assignment_of_benefits",),
    ),
    "external_review": _appeal(
        "request external review", "independent reviewer decides", "reviewer",
        "45 CFR 147.136(d)", "external", ("assignment_of_benefits", "final_adverse_determination"),
    ),
    "state_process": _appeal(
        "start the state's process", "the state's process decides", "state", "rules/states.csv", "state", (),
    ),
    "open_negotiation": {
        "prepare": Step(
            label="send the open-negotiation notice", mover="provider", rule="45 CFR 149.510(b)(1)",
            limits=("nsa.open_negotiation_start",), moves=frozenset(("file", "missed")),
        ),
        "open": Step(
            label="negotiate for 30 business days", mover="both", rule="45 CFR 149.510(b)(1)(i)",
            limits=("nsa.open_negotiation",), moves=frozenset(("talks_failed", "window_opens")),
        ),
    },
    "federal_idr": {
        "prepare": Step(
            label="initiate the federal IDR process", mover="provider", rule="45 CFR 149.510(b)(2)",
            limits=("nsa.idr_initiation",), fees=("idr_admin",), moves=frozenset(("file", "missed", "talks_failed")),
        ),
        "selection": Step(
            label="select the certified IDR entity", mover="both", rule="45 CFR 149.510(c)(1)",
            limits=("nsa.entity_joint", "nsa.entity_departments"),
            moves=frozenset(("select_entity", "submit_offer", "determined", "talks_failed")),
        ),
        "offers": Step(
            label="submit offer and fees", mover="provider", rule="45 CFR 149.510(c)(4)(i)", limits=("nsa.offers",),
            fees=("idr_entity_single",),
            moves=frozenset(("select_entity", "submit_offer", "missed", "determined", "talks_failed")),
        ),
        "determination": Step(
            label="the entity chooses one of the two offers", mover="entity", rule="45 CFR 149.510(c)(4)(ii)",
            limits=("nsa.determination",),
            moves=frozenset(("select_entity", "submit_offer", "determined", "silence", "talks_failed")),
        ),
        "agreement": Step(
            label="payment of the award; cooling-off runs", mover="payer", rule="45 CFR 149.510(c)(4)(ix)",
            limits=("nsa.payment", "nsa.cooling_off"), moves=frozenset(("talks_failed", "missed")),
        ),
    },
    "collection": {
        "prepare": Step(
            label="demand what is owed, then complain, then refer to counsel", mover="provider",
            rule="the agreement; for an award 45 CFR 149.510(c)(4)(ix)", limits=("collection.file",),
            moves=frozenset(("file", "missed")),
        ),
        "await": Step(
            label="the payer pays", mover="payer", rule="the agreement; for an award 45 CFR 149.510(c)(4)(ix)",
            limits=("collection.demand", "collection.complaint", "collection.counsel"), moves=frozenset(("unpaid",)),
        ),
    },
}  # fmt: skip

_NO_FORUM: dict[Stage, Step] = {
    "watching": Step(label="no remedy begun", mover="nobody", rule="", moves=frozenset()),
    "ended": Step(label="case ended", mover="nobody", rule="", moves=frozenset()),
}


def step_of(forum: Forum | None, stage: Stage) -> Step:
    """The rung a case stands on."""
    if stage in _NO_FORUM or forum is None:
        return _NO_FORUM["ended" if stage == "ended" else "watching"]
    return LADDERS[forum][stage]


def check(forum: Forum | None, stage: Stage, move: Move) -> None:
    """Refuse a move that the rung does not allow; the error names the rule."""
    if stage == "ended":
        raise IllegalTransition(f"{move}: the case has ended")
    if move in _ALWAYS:
        return
    step = step_of(forum, stage)
    if move not in step.moves:
        place = f"{forum}, {stage}" if forum else stage
        raise IllegalTransition(f"{move} is not a move of this step ({place}: {step.label}); {step.rule or 'no forum'}")
