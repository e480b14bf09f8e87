"""Learning from closed claims: a version of the payers' record is taken, looked at, and then put in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from services.settlement.application.decider import SettlementDecider
from services.settlement.application.ports import PayerHistories
from services.settlement.application.refusals import NotAcrossTenants, NotShared, UnknownVersion
from services.settlement.domain.commands import Actor, at_least
from services.settlement.domain.payer_history import PayerHistory
from shared.tenants import owners_of


class Learning:
    """By a manager's word alone, and one of all tenants: which claims are learnt from is for no one tenant to say."""

    def __init__(self, records: PayerHistories, decider: SettlementDecider) -> None:
        self._records = records
        self._decider = decider
        self._owners: dict[str, tuple[str, ...]] = {}

    async def take(
        self, actor: Actor, version: str, as_of: date, *, tenants: Sequence[str] = (), agreed: str = ""
    ) -> PayerHistory:
        """Take a version from the pursuits that ended by `as_of`; no decision uses it before it is activated.

        Args:
            actor: who wants it.
            version: its name.
            as_of: the last day that counts.
            tenants: whose claims are learnt from, and decided by it; may be left out where there is one organisation.
            agreed: where several of them agree to have their claims pooled.

        Raises:
            NotAcrossTenants, NotAllowed, VersionExists: it is not the actor's to take, or there already.
            NotShared: it is not said whose claims, one has none here, or several have not agreed.
        """
        _may_change(actor)
        known = await self._records.tenants()
        unknown = sorted(set(tenants) - set(known))
        if unknown:
            raise NotShared(f"{', '.join(unknown)} has no claims here", f"Those that have: {', '.join(known)}.")
        if not tenants and len(known) > 1:
            raise NotShared("It is not said whose claims are learnt from.", f"Name `tenants`: {', '.join(known)}.")
        whose = sorted(set(tenants)) or list(known)
        if len(whose) > 1 and not agreed.strip():
            how_to_fix = "Once each of them has agreed, say where in `agreed`, or take a snapshot of each."
            raise NotShared(f"The claims of {len(whose)} organisations would be pooled.", how_to_fix)
        return await self._records.take(version, as_of, whose, agreed.strip())

    async def activate(self, actor: Actor, version: str) -> None:
        """Decide by a version from the next transaction on.

        Raises `NotAcrossTenants`, `NotAllowed`, `UnknownVersion`, and `NotShared` for one that names no organisation
        where several have claims: it is out of all of theirs, and stays unused.
        """
        _may_change(actor)
        record = await self._records.activate(version)
        if record is None:
            raise UnknownVersion
        if not await self._learn(record):
            raise NotShared("This version does not name whose claims it is out of.", "Take it anew, of `tenants`.")

    async def follow(self) -> None:
        """Decide by the versions in force, which another replica may have put there."""
        for record in await self._records.active():
            await self._learn(record)

    async def _learn(self, record: PayerHistory) -> bool:
        """Decide by a record the claims of those whom it is out of; False where it is nobody's, and is not used."""
        owners = self._owners.get(record.version)
        if owners is None:
            known = () if record.tenants else await self._records.tenants()
            owners = self._owners[record.version] = owners_of(record.tenants, known)
        self._decider.learn(msgspec.structs.replace(record, tenants=owners))
        return bool(owners)


def _may_change(actor: Actor) -> None:
    if actor.tenant:
        raise NotAcrossTenants
    at_least(actor, "manager")
