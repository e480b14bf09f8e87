"""Extensions of the federal periods for extenuating circumstances, 45 CFR 149.510(g).

The Departments extend for everybody (a portal that was closed, an outage: rows of `extensions.csv` that the schedule
reads) or approve one party's request; the approval is then kept with the case, and is the proof that the portal asks
for. An extension makes a last day later, never earlier.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

RULE = "45 CFR 149.510(g)"
ExtendedStep = Literal["negotiation", "initiation", "selection", "offer", "information"]
"""The steps of which a period can be extended: to begin open negotiation, to initiate IDR, to select, to offer, to send
what the entity asked for."""
DEADLINES: dict[ExtendedStep, str] = {
    "selection": "entity_selection", "offer": "offer", "information": "information",
}  # fmt: skip
"""The deadline of a step inside IDR; the others' is the filing that a case stands before."""
KIND = "extended"
"""The deadline of a case that had ended for time and may still be filed."""


class Extension(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One party's approval: of which step, until when, given on a day, under a reference that can be shown."""

    step: ExtendedStep
    until: date
    approved_on: date
    reference: str


def last_day(extensions: tuple[Extension, ...], step: ExtendedStep, due: date) -> date:
    """`due`, or the last day that was approved for the step, whichever is later."""
    return max([due, *(item.until for item in extensions if item.step == step)])


def rule_of(extensions: tuple[Extension, ...], step: ExtendedStep, rule: str) -> str:
    """The rule behind a step's last day, with that of the extension where there is one."""
    return f"{rule}; {RULE}" if any(item.step == step for item in extensions) else rule
