"""The appeals service's decider: its rules bound to tables and policy."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from datetime import datetime
from typing import Any

from msgspec import structs

from services.appeals.domain import deadlines, silence
from services.appeals.domain.case import AppealCase, Policy
from services.appeals.domain.cooling_off import Cooling
from services.appeals.domain.decide import SUBSCRIBES_TO, decide
from services.appeals.domain.decision import RuleSet
from services.appeals.domain.tables import Rules
from shared.calendar import TimeZones
from shared.decider import Decision, Timer, TimerDue
from shared.events.base import Envelope


class AppealsDecider:
    """Handles the claims' log and the payers' answers; emits each step of a pursuit.

    `rules` come from `services.appeals.adapters.rules.load_rules()`; `policy` defaults to filing in every forum
    without a person's attestation. `zones` say in which time zone each tenant's days are counted.
    """

    subscribes_to = SUBSCRIBES_TO

    def __init__(self, rules: Rules, policy: Policy | None = None, zones: TimeZones | None = None) -> None:
        self._zones = zones or TimeZones()
        self.rule_set = structs.replace(RuleSet.of(rules, policy), zone=self._zones.default)

    def for_tenant(self, tenant: str) -> AppealsDecider:
        """The same rules, with days counted in the tenant's time zone."""
        return self._with(zone=self._zones.of(tenant))

    def with_cooling(self, cooling: Cooling) -> AppealsDecider:
        """The same rules, told which cooling-off periods other claims' determinations started."""
        return self._with(cooling=cooling)

    def _with(self, **fields: Any) -> AppealsDecider:
        decider = copy(self)
        decider.rule_set = structs.replace(self.rule_set, **fields)
        return decider

    def decide(self, state: AppealCase | None, event: Envelope | TimerDue, now: datetime) -> Decision[AppealCase]:
        """Decide one event of one claim; pure: the same inputs give the same state and events.

        Args:
            state: The claim's case; None before the claim was received.
            event: An event from the log, or a timer that came due.
            now: The instant at which it is handled.

        Returns:
            The case after it, with the events that follow.

        Raises:
            IllegalTransition: The case does not allow the event.
        """
        return decide(self.rule_set, state, event, now)

    def timers(self, state: AppealCase) -> Iterable[Timer]:
        """The instants the case waits for."""
        waits = state.deadlines or state.beside
        own = deadlines.timers(state, self.rule_set.policy, self.rule_set.zone) if waits else ()
        unanswered = silence.timer(state, self.rule_set)
        return own if unanswered is None else (*own, unanswered)
