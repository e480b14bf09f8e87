"""Events of a state's own process that are no level of it: the talks that its law wants first."""

from __future__ import annotations

from datetime import date
from typing import Literal

from shared.events.base import Event, contract
from shared.events.life import CONTESTED, DisputeScope, State, Transition

TalksBegunBy = Literal["provider", "payer", "law"]
"""Who began talks: a side by its request, or the state's law alone, which then sets their days."""


@contract(
    "recoup.state-talks.begun.v1",
    source="appeals",
    life=Transition(
        CONTESTED, moves={State.UNDERPAID: State.NEGOTIATING, State.DENIED: State.NEGOTIATING}, crosses=True
    ),
    scope=DisputeScope.NAMED,
)
class StateTalksBegun(Event, frozen=True):
    """The talks that a state's process wants before it is begun started, or their days are told otherwise.

    `ends_on` is their last day by `rule`. No federal right hangs on them.
    """

    case_id: str
    state: str
    begun_on: date
    ends_on: date
    begun_by: TalksBegunBy
    rule: str = ""
    reference: str = ""
