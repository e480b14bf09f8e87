"""Lays the X12 that was composed for payers into the tenants' folders, for the carrier to fetch."""

from __future__ import annotations

import asyncio
from pathlib import Path

from services.intake.adapters.drop_folder import FOLDERS, write_whole
from services.intake.adapters.sql import outgoing
from shared.db.pool import TRANSIENT
from shared.runtime.unit_of_work import UnitOfWorkFactory
from shared.sealing import Vault
from shared.telemetry.logging import Log

_log = Log("outgoing")
_EVERY_SECONDS = 1.0
_BATCH = 20


class OutgoingFolder:
    """Lays what is composed into the `out` of the tenants' folders, whole and at least once; replicas may share it."""

    def __init__(self, root: Path, units: UnitOfWorkFactory, vault: Vault) -> None:
        self._root = root
        self._units = units
        self._vault = vault

    async def run(self) -> None:
        """Look for ever."""
        while True:
            try:
                worked = await self.once()
            except (*TRANSIENT, OSError) as error:
                _log.warning("outgoing folder not reachable", error_type=type(error).__name__)
                worked = 0
            await asyncio.sleep(0 if worked == _BATCH else _EVERY_SECONDS)

    async def once(self) -> int:
        """One batch; returns how many files were laid out. Tenants without a folder fetch theirs over HTTP."""
        tenants = await asyncio.to_thread(self._tenants)
        if not tenants:
            return 0
        async with outgoing.laying_out(self._units, self._vault, tenants, _BATCH) as ready:
            for one in ready:
                place = self._root / one.tenant / "out" / f"{one.control:09}.{one.kind}.edi"
                await asyncio.to_thread(write_whole, place, one.text)
        return len(ready)

    def _tenants(self) -> list[str]:
        return [
            path.name
            for path in self._root.iterdir()
            if not path.name.startswith(".") and (path / FOLDERS[-1]).is_dir()
        ]
