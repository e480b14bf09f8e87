"""The events benchmark subscribes to, and the rules that answer it."""

from __future__ import annotations

from datetime import datetime

from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.claim_file import SUBSCRIBES_TO, ClaimFile, decide
from services.benchmark.domain.policy import Policy
from services.benchmark.domain.reference import Reference
from shared.decider import Decision, IllegalTransition, Timer, TimerDue
from shared.events.base import Envelope


class BenchmarkDecider:
    """Handles claims and remittances; emits the assessment of each remittance and the verdict on each claim."""

    subscribes_to = SUBSCRIBES_TO

    def __init__(self, reference: Reference, policy: Policy) -> None:
        self.assessor = Assessor(reference, policy)

    def learn(self, reference: Reference) -> None:
        """Judge by a newly loaded reference from now on; the policy stays."""
        self.assessor = Assessor(reference, self.assessor.policy)

    def for_tenant(self, tenant: str) -> BenchmarkDecider:
        """The same for all: nothing here is counted in days."""
        return self

    def decide(self, state: ClaimFile | None, event: Envelope | TimerDue, now: datetime) -> Decision[ClaimFile]:
        """Decide one event of one claim; pure: the same inputs give the same state and events.

        Args:
            state: What is known of the claim; None before it was received.
            event: An event from the log; there are no timers.
            now: The instant at which it is handled, on which nothing here depends.

        Returns:
            What is known after it, with the events that follow.

        Raises:
            IllegalTransition: It is a timer, or an event that cannot follow what is known.
        """
        if isinstance(event, TimerDue):
            raise IllegalTransition("benchmark keeps no timers")
        return decide(state, event.data, self.assessor)

    def timers(self, state: ClaimFile) -> tuple[Timer, ...]:
        return ()
