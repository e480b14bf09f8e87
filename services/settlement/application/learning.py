"""Learning from closed claims: a version of the payers' record is taken, looked at, and then put in force."""

from __future__ import annotations

from datetime import date

from services.settlement.application.decider import SettlementDecider
from services.settlement.application.ports import PayerHistories
from services.settlement.application.refusals import NotAcrossTenants, UnknownVersion
from services.settlement.domain.commands import Actor, at_least
from services.settlement.domain.payer_history import PayerHistory


class Learning:
    """By a manager's word alone, and one of all tenants: the record is learnt from the claims of all."""

    def __init__(self, records: PayerHistories, decider: SettlementDecider) -> None:
        self._records = records
        self._decider = decider

    async def take(self, actor: Actor, version: str, as_of: date) -> PayerHistory:
        """Take a version from the pursuits that ended by `as_of`; no decision uses it before it is activated.

        Raises `NotAcrossTenants`, `NotAllowed` and `VersionExists`.
        """
        _may_change(actor)
        return await self._records.take(version, as_of)

    async def activate(self, actor: Actor, version: str) -> None:
        """Decide by a version from the next transaction on.

        Raises `NotAcrossTenants`, `NotAllowed` and `UnknownVersion`.
        """
        _may_change(actor)
        record = await self._records.activate(version)
        if record is None:
            raise UnknownVersion
        self._decider.learn(record)

    async def follow(self) -> None:
        """Decide by the version in force, which another replica may have put there."""
        record = await self._records.active()
        if record is not None:
            self._decider.learn(record)


def _may_change(actor: Actor) -> None:
    if actor.tenant:
        raise NotAcrossTenants
    at_least(actor, "manager")
