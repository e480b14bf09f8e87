"""A claim of several disputes: which of them an event or a person's act is about. Each goes by the rules for one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any

from msgspec.structs import replace

from services.appeals.domain.case import AppealCase
from services.appeals.domain.decision import DecisionBuilder, RuleSet
from shared.decider import Decision
from shared.events.assessment import ClaimBenchmarked, ClaimDenied, UnderpaymentFlagged
from shared.events.base import Event, scope_of
from shared.events.disputes import NotNamed, place_meant, without_lines
from shared.events.disputes import place_of as place_named
from shared.events.life import DisputeScope

Rule = Callable[[DecisionBuilder], None]
Handler = Callable[[DecisionBuilder, Any], None]
Command = Callable[[AppealCase], Decision[AppealCase]]
_PAYMENT = ("remittance_id", "remittance_evidence", "remittance_groups")
FIRST = "first"
"""Names a claim's first dispute, whatever its id: records that a payer asks for are its own."""


class DisputeNotNamed(Exception):
    """Several disputes of the claim are open, or none is the one named; `disputes` are those that can be named."""

    def __init__(self, disputes: Sequence[AppealCase]) -> None:
        super().__init__("say by `case_id` which of the claim's disputes this is about")
        self.disputes = tuple(disputes)


def receive(
    rule_set: RuleSet, case: AppealCase, data: Event, handler: Handler, today: date, *, emitted_on: date
) -> Decision[AppealCase]:
    """Apply an event to the disputes it is about: those of the claim, the one it names, or the first."""
    parts = _Disputes(rule_set, case, today, emitted_on)
    if not case.beside:
        parts.run(0, lambda builder: handler(builder, data))
        return parts.decision()
    ROUTES[scope_of(data)](parts, data, handler)
    return parts.decision()


def apply_to_dispute(
    rule_set: RuleSet, case: AppealCase, today: date, case_id: str, rule: Rule
) -> Decision[AppealCase]:
    """Apply a rule to the dispute with this id, to the first where it is empty."""
    parts = _Disputes(rule_set, case, today, None)
    parts.run(place_of(case, case_id) if case_id else 0, rule)
    return parts.decision()


def place_of(case: AppealCase, case_id: str) -> int:
    """The place of the dispute that an id names, in whatever forum; the first where it is no other's."""
    return place_named([one.case_id for one in case.beside], case_id)


def dispute_meant(case: AppealCase, case_id: str = "") -> int:
    """The place of the dispute that a person means; `DisputeNotNamed` where they do not say, or it is none of these."""
    if case_id == FIRST:
        return 0
    disputes = case.disputes
    try:
        return place_meant([one.case_id for one in disputes], [one.live for one in disputes], case_id)
    except NotNamed as error:
        raise DisputeNotNamed([disputes[n] for n in error.places]) from None


def dispute_named(case: AppealCase, case_id: str = "") -> AppealCase:
    """The dispute that a person means, without the others; `DisputeNotNamed` as in `dispute_meant`."""
    at = dispute_meant(case, case_id)
    return case if at == 0 else case.beside[at - 1]


def command(case: AppealCase, case_id: str, rule: Command) -> Decision[AppealCase]:
    """A person's act about one dispute; `DisputeNotNamed` where it is not said about which."""
    return _at(case, dispute_meant(case, case_id), rule)


def command_every(case: AppealCase, rule: Command) -> Decision[AppealCase]:
    """A person's act about the claim: it holds for each of its disputes."""
    decided = Decision(case)
    for at in range(len(case.disputes)):
        one = _at(decided.state, at, rule)
        decided = Decision(one.state, (*decided.events, *one.events))
    return decided


def command_these(case: AppealCase, case_ids: Collection[str], rule: Command) -> Decision[AppealCase]:
    """An act about the disputes with these ids, one after the other."""
    decided = Decision(case)
    for at, dispute in enumerate(case.disputes):
        if dispute.case_id in case_ids:
            one = _at(decided.state, at, rule)
            decided = Decision(one.state, (*decided.events, *one.events))
    return decided


def _at(case: AppealCase, at: int, rule: Command) -> Decision[AppealCase]:
    if not case.beside:
        return rule(case)
    if at == 0:
        decided = rule(replace(case, beside=()))
        return Decision(replace(decided.state, beside=(*case.beside, *decided.state.beside)), decided.events)
    decided = rule(case.beside[at - 1])
    beside = tuple(decided.state if n == at - 1 else one for n, one in enumerate(case.beside))
    return Decision(replace(case, beside=beside), decided.events)


class _Disputes:
    """One decision about a claim; `cases` are its disputes as they are now, the first first."""

    def __init__(self, rule_set: RuleSet, case: AppealCase, today: date, emitted_on: date | None) -> None:
        self._rule_set = rule_set
        self._today = today
        self._emitted_on = emitted_on
        self.cases = [replace(case, beside=()) if case.beside else case, *case.beside]
        self._events: list[Event] = []

    def run(self, at: int, rule: Rule) -> None:
        """Apply a rule to the dispute at a place."""
        others = tuple(self.cases[1:]) if at == 0 else ()
        # the first knows which lines the others hold
        case = replace(self.cases[0], beside=others) if others else self.cases[at]
        builder = DecisionBuilder(self._rule_set, case, self._today, self._emitted_on)
        rule(builder)
        decided = builder.decision()
        self._events += decided.events
        if at == 0:
            self.cases = [replace(decided.state, beside=()), *decided.state.beside]
        else:
            self.cases[at] = decided.state

    def forget_ended(self) -> None:
        """The claim is judged again in all lines that no dispute holds which runs, or was settled."""
        kept = [one for one in self.cases[1:] if one.live or one.owed is not None]
        self.cases = [self.cases[0], *kept]

    def on_payment(self, remittance_id: str) -> None:
        """The disputes beside the first know the payment that a judgement is of, which the first heard of."""
        first = self.cases[0]
        if first.remittance_id == remittance_id:
            known = {name: getattr(first, name) for name in _PAYMENT}
            self.cases = [first, *(replace(one, **known) if one.live else one for one in self.cases[1:])]

    def decision(self) -> Decision[AppealCase]:
        """The claim's case, and what is said."""
        first, *others = self.cases
        return Decision(replace(first, beside=tuple(others)) if others or first.beside else first, tuple(self._events))


def _first(parts: _Disputes, data: Event, handler: Handler) -> None:
    parts.run(0, lambda builder: handler(builder, data))


def _every(parts: _Disputes, data: Event, handler: Handler) -> None:
    for at in range(len(parts.cases)):
        parts.run(at, lambda builder: handler(builder, data))


def _assessed(parts: _Disputes, data: ClaimBenchmarked, handler: Handler) -> None:
    parts.on_payment(data.remittance_id)
    _every(parts, data, handler)


def _named(parts: _Disputes, data: Any, handler: Handler) -> None:
    at = place_named([one.case_id for one in parts.cases[1:]], data.case_id or "")
    parts.run(at, lambda builder: handler(builder, data))


def _unheld_lines(parts: _Disputes, data: UnderpaymentFlagged | ClaimDenied, handler: Handler) -> None:
    parts.forget_ended()
    left = without_lines(data, {line for part in parts.cases[1:] for line in part.lines})
    if left is not None:
        parts.run(0, lambda builder: handler(builder, left))


ROUTES: dict[DisputeScope, Callable[[_Disputes, Any, Handler], None]] = {
    DisputeScope.FIRST: _first,
    DisputeScope.CLAIM: _every,
    DisputeScope.END: _every,
    DisputeScope.ASSESSMENT: _assessed,
    DisputeScope.VERDICT: _unheld_lines,
    DisputeScope.PAYMENT: _first,
    DisputeScope.REVERSAL: _every,
    DisputeScope.NAMED: _named,
}
"""What an event of each scope is applied to; the test of the events' registry holds it to what appeals hears."""
