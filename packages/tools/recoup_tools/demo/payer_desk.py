"""The payer's desk: consumes the claims' log, remembers open claims, and holds answers until their day.

All of its state can be rebuilt by hearing the log again from the start; memory is bounded by the claims still open.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from recoup_tools.demo.idr_model import FITTED
from recoup_tools.demo.payer import Answer, answer, effect_key, recoupment
from recoup_tools.demo.payer_memory import ClaimFile, remember
from recoup_tools.demo.payer_profiles import Profile, profile_of, prompt
from shared.calendar import EASTERN, legal_day
from shared.events.assessment import ClaimDenied, DisputeWidened, UnderpaymentFlagged
from shared.events.base import Envelope, Event
from shared.events.claims import (
    ClaimReceived,
    ClaimRejected,
    ClaimReplaced,
    ClaimVoided,
    RemittanceReceived,
    RemittanceRecouped,
    RemittanceReversed,
)
from shared.events.idr import IdrDetermined, IdrInitiated
from shared.events.pursuit import AppealDecided, AppealFiled, NegotiationOpened, PaymentDemanded
from shared.events.settlement import ClaimClosed, ClaimSettled, OfferCountered, OfferReceived, SettlementShort

_TOLD_BY_PAYERS = msgspec.structs.replace(FITTED, ineligible=0)
"""What a payer can tell: that an entity found a dispute ineligible is read at the portal, by people."""
Pace = Literal["dated", "immediate"]

SUBSCRIBES_TO: tuple[type[Event], ...] = (
    ClaimReceived,
    ClaimReplaced,
    ClaimVoided,
    ClaimRejected,
    ClaimClosed,
    RemittanceReceived,
    RemittanceReversed,
    RemittanceRecouped,
    UnderpaymentFlagged,
    ClaimDenied,
    DisputeWidened,
    NegotiationOpened,
    OfferReceived,
    OfferCountered,
    AppealFiled,
    AppealDecided,
    IdrInitiated,
    IdrDetermined,
    ClaimSettled,
    SettlementShort,
    PaymentDemanded,
)


class Held(msgspec.Struct, frozen=True):
    """An answer waiting for its day, with the context it continues."""

    answer: Answer
    tenant: str
    causation_id: str
    traceparent: str


class _Drawer(msgspec.Struct):
    """What the desk keeps for one partition of the log."""

    files: dict[str, ClaimFile] = {}
    held: dict[str, dict[str, Held]] = {}


class Desk:
    """One simulated payer side. `pace` "dated" sends each answer on its day of the calendar, "immediate" at once."""

    def __init__(self, seed: int, pace: Pace) -> None:
        self._seed = seed
        self._pace: Pace = pace
        self._drawers: dict[int, _Drawer] = {}

    def receive(self, partition: int, envelope: Envelope, *, answered_before: bool = False) -> None:
        """Take in one event. `answered_before`: an earlier process has committed it.

        At the immediate pace that means its answers were sent; at the dated pace they may still wait for their day,
        and are held again unless the log shows that they arrived.
        """
        event = envelope.data
        claim_id = event.claim_id
        drawer = self._drawers.setdefault(partition, _Drawer())
        before = drawer.files.get(claim_id)
        recouped = self._recoupment(envelope, before)
        file = remember(before, event)
        if file is None:
            drawer.files.pop(claim_id, None)
            drawer.held.pop(claim_id, None)
            if recouped is not None and before is not None:
                # the claim is at its end for everybody else: the payer is not done with it
                drawer.files[claim_id] = msgspec.structs.replace(before, recoups=True)
                if self._pace == "dated" or not answered_before:
                    drawer.held[claim_id] = {recouped.answer.key: recouped}
            return
        drawer.files[claim_id] = file
        arrived = effect_key(event)
        if arrived and claim_id in drawer.held:
            drawer.held[claim_id].pop(arrived, None)
            if not drawer.held[claim_id]:
                del drawer.held[claim_id]
        if self._pace == "immediate" and answered_before:
            return
        for given in answer(event, legal_day(envelope.time, EASTERN), file, self._profile(file), seed=self._seed):
            held = Held(given, envelope.tenant, envelope.id, envelope.traceparent)
            drawer.held.setdefault(claim_id, {})[given.key] = held

    def due(self, partition: int, today: date) -> list[Held]:
        """The answers of this partition whose day has come, taken from the desk, by claim and then by day."""
        drawer = self._drawers.get(partition)
        if drawer is None:
            return []
        ready = [
            held
            for claims in drawer.held.values()
            for held in claims.values()
            if self._pace == "immediate" or held.answer.on <= today
        ]
        for held in ready:
            claims = drawer.held[held.answer.claim_id]
            del claims[held.answer.key]
            if not claims:
                del drawer.held[held.answer.claim_id]
        return sorted(ready, key=lambda held: (held.answer.claim_id, held.answer.on, held.answer.key))

    def forget(self, partition: int) -> None:
        """Drop what belongs to a partition that another process has taken over."""
        self._drawers.pop(partition, None)

    @property
    def open_claims(self) -> int:
        """How many claims the desk remembers."""
        return sum(len(drawer.files) for drawer in self._drawers.values())

    @property
    def next_day(self) -> date | None:
        """The earliest day on which a held answer is due."""
        days = (h.answer.on for d in self._drawers.values() for claims in d.held.values() for h in claims.values())
        return min(days, default=None)

    def _recoupment(self, envelope: Envelope, file: ClaimFile | None) -> Held | None:
        event = envelope.data
        if file is None or not isinstance(event, ClaimClosed):
            return None
        held = recoupment(event, legal_day(envelope.time, EASTERN), file, self._profile(file), seed=self._seed)
        return None if held is None else Held(held, envelope.tenant, envelope.id, envelope.traceparent)

    def _profile(self, file: ClaimFile) -> Profile:
        profile = profile_of(self._seed, file.claim.payer_id if file.claim else "", _TOLD_BY_PAYERS)
        return prompt(profile) if self._pace == "immediate" else profile
