"""What a judgement of the governing law is made of: the question, the rules that spoke, and the answer."""

from __future__ import annotations

from datetime import date

import msgspec

from services.appeals.domain.plan import PlanFact
from services.appeals.domain.state_thresholds import Amounts
from services.appeals.domain.tables import Rules, Signal
from shared.events.pursuit import Law, PlanClass, Scope

OVERRIDE = "override"
"""The rule that speaks where a person decided."""


class Fired(msgspec.Struct, frozen=True, array_like=True):
    """One rule that spoke: its short name, what it found, and its source."""

    rule: str
    finding: str
    source: str


class Governing(msgspec.Struct, frozen=True):
    """The law that governs, why, and what would settle an open question."""

    law: Law
    scope: Scope
    plan: PlanClass
    fired: tuple[Fired, ...]
    missing: tuple[str, ...] = ()

    @property
    def by_person(self) -> bool:
        """True if staff decided it; the rules do not judge it again then."""
        return any(fired.rule == OVERRIDE for fired in self.fired)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What the judgement looks at. `remarks` are the remittance's RARCs; `network_facility` None: not known.

    `pursued`: a negotiation or IDR of ours over the claim is on record, so that a payer may report its end. `plan` is
    what staff found out of the plan that `group_number` names; `consent_faults` why a consent on record does not hold,
    `consent_doubt` what leaves open whether it does.
    `amounts` are the dollars, once something is in dispute.
    """

    service_from: date
    filing_indicator: str
    payer_id: str
    state: str
    institutional: bool
    signals: tuple[Signal, ...]
    remarks: tuple[str, ...] = ()
    consent: bool | None = None
    network_facility: bool | None = None
    pursued: bool = False
    group_number: str = ""
    plan: tuple[PlanFact, ...] = ()
    consent_faults: tuple[str, ...] = ()
    consent_doubt: str = ""
    amounts: Amounts | None = None


class Judge:
    """What is found while one claim is judged; it becomes the answer."""

    def __init__(self, question: Question, rules: Rules) -> None:
        self.q = question
        self.rules = rules
        self.fired: list[Fired] = []
        self.missing: list[str] = []
        self.plan: PlanClass = "unknown"
        self.scope: Scope = "none"
        self.foreign_law = ""  # the state whose law the payer names, where the service was in another

    def fire(self, rule: str, finding: str, source: str) -> None:
        """A rule spoke."""
        self.fired.append(Fired(rule, finding, source))

    def answer(self, law: Law) -> Governing:
        """The answer with all that was found on the way to it."""
        return Governing(law, self.scope, self.plan, tuple(self.fired), tuple(self.missing))

    def lack(self, what: str) -> None:
        """Something would settle what is open; it is said once."""
        if what not in self.missing:
            self.missing.append(what)
