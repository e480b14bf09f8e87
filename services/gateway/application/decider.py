"""The gateway subscribes to every event of the claims' log and emits none: it keeps the read model."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from services.gateway.domain.project import project
from services.gateway.domain.view import ClaimView, Identify
from shared.calendar import TimeZones
from shared.decider import Decision, IllegalTransition, Timer, TimerDue
from shared.events.base import CLAIMS_TOPIC, Envelope, Event, contracts


class ClaimViewDecider:
    """Projects the life of each claim into its view. Never refuses an event: an illegal one is recorded in the view."""

    subscribes_to: tuple[type[Event], ...] = tuple(c.struct for c in contracts() if c.topic == CLAIMS_TOPIC)

    def __init__(self, identify: Identify, zones: TimeZones | None = None) -> None:
        self._identify = identify
        self._zones = zones or TimeZones()
        self._zone = self._zones.default

    def for_tenant(self, tenant: str) -> ClaimViewDecider:
        """The same, with days counted in the tenant's time zone."""
        return ClaimViewDecider(self._identify, TimeZones(self._zones.of(tenant)))

    def decide(self, state: ClaimView | None, event: Envelope | TimerDue, now: datetime) -> Decision[ClaimView]:
        """Project one event onto the view of its claim; pure, and nothing is emitted.

        Args:
            state: The claim's view; None before its first event.
            event: An event from the log; there are no timers.
            now: The instant at which it is handled.

        Returns:
            The view after the event.

        Raises:
            IllegalTransition: It is a timer.
        """
        if isinstance(event, TimerDue):
            raise IllegalTransition("the gateway sets no timers")
        return Decision(project(state, event, now, self._identify, self._zone))

    def timers(self, state: ClaimView) -> Iterable[Timer]:
        return ()
