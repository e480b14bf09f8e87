"""A bank's file of deposits from its bytes to its commit, by whichever way it came."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from services.intake.adapters.bank import read_bank_file
from services.intake.adapters.reassociating import Reassociation
from services.intake.adapters.sql import bank_files
from services.intake.adapters.sql.deposits import SqlDeposits
from services.intake.application.deposit_ports import KeptDeposit
from services.intake.application.deposits import receive_deposits
from services.intake.domain.bank.deposit import deposit_ids
from services.intake.domain.bank.reassociation import Match
from shared.runtime.unit_of_work import UnitsOfWork
from shared.sealing import Vault


class BankReception:
    """Takes bank files in."""

    def __init__(self, units: UnitsOfWork, vault: Vault, reassociation: Reassociation) -> None:
        self._units = units
        self._vault = vault
        self._reassociation = reassociation

    async def receive(self, body: bytes, tenant: str, who: str, columns: Mapping[str, str]) -> dict[str, Any]:
        """Take a file whole and say what became of it, or raise `BankFileError`. The same again has no second effect.

        `who` delivered it; `columns` are headings of a CSV by field.
        """
        file = await asyncio.to_thread(read_bank_file, body, self._reassociation.today(tenant), columns)
        file_id = bank_files.file_id_of(tenant, body)
        ids = deposit_ids(tenant, file.deposits)
        kept = [
            KeptDeposit(name, one, file.format, file_id=file_id, received_by=who)
            for name, one in zip(ids, file.deposits, strict=True)
        ]
        async with self._units.begin() as uow:
            await bank_files.keep_file(uow, self._vault, tenant, body, file, who)
            new = await receive_deposits(SqlDeposits(uow, self._vault, tenant=tenant), kept)
        matches = await self._reassociation.look(tenant)
        await self._reassociation.tell()
        fresh = {name for name, status in new.items() if status == "open"}
        return {
            "file_id": file_id,
            "format": file.format,
            "deposits": len(kept),
            "new": len(fresh),
            "duplicates": len(kept) - len(fresh),
            "passed_over": file.passed_over,
            "amount": f"{sum((one.deposit.amount for one in kept if one.deposit_id in fresh), Decimal('0.00')):f}",
            **_matched(matches, fresh),
        }


def _matched(matches: list[Match], fresh: set[str]) -> dict[str, Any]:
    """What became of new deposits: by which rule, and how many are left."""
    rules: dict[str, int] = {}
    done: set[str] = set()
    for match in matches:
        mine = fresh & set(match.deposits)
        done |= mine
        if mine:
            rules[match.rule] = rules.get(match.rule, 0) + len(mine)
    return {"matched": rules, "left": len(fresh - done)}
