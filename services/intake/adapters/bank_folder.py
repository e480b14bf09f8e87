"""Banks' files of deposits, delivered into `<folder>/<tenant>/bank` beside the X12 (`drop_folder.py`).

A file is filed away only when what it tells is committed, and the same file again has no second effect: so one that a
dead process left is taken again. Of several replicas the one that holds the file's lock takes it.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec

from services.intake.adapters.bank import MOST_BYTES
from services.intake.adapters.drop_folder import Arrivals, tenants_in, write_whole
from services.intake.adapters.sql.bank_files import file_id_of
from services.intake.adapters.sql.locks import Locks
from services.intake.application.deposit_decisions import DepositDecisions
from services.intake.domain.bank.deposit import BankFileError
from shared.db.pool import TRANSIENT
from shared.runtime.looking import look_for_ever
from shared.telemetry.logging import Log

_log = Log("bank_folder")
_EVERY_SECONDS = 1.0
_SENDER = "folder"


class BankFolder:
    """Watches the tenants' `bank` folders."""

    def __init__(self, root: Path, settle_seconds: float, deposits: DepositDecisions, locks: Locks) -> None:
        self._root = root
        self._locks = locks
        self._arrivals = Arrivals(settle_seconds)
        self._deposits = deposits

    async def run(self) -> None:
        """Look for ever."""
        await look_for_ever(self.once, every=_EVERY_SECONDS, log=_log, interrupted="a bank file will be tried again")

    async def once(self) -> int:
        """Take in what is complete; returns how many files were filed away."""
        done = 0
        for tenant in await asyncio.to_thread(tenants_in, self._root):
            for path in await asyncio.to_thread(self._arrivals.complete, tenant / "bank"):
                done += await self._take(tenant, path)
        return done

    async def _take(self, tenant: Path, path: Path) -> bool:
        async with self._locks.holding(f"bank\x1f{tenant.name}\x1f{path.name}") as mine:
            if not mine or not await asyncio.to_thread(path.exists):
                return False
            body = await asyncio.to_thread(_read, path)
            report = await self._view(tenant.name, body)
            await asyncio.to_thread(_lay_out, tenant, path, file_id_of(tenant.name, body), report)
            return True

    async def _view(self, tenant: str, body: bytes) -> dict[str, Any]:
        """What became of it."""
        if len(body) > MOST_BYTES:
            detail = f"One bank file is at most {MOST_BYTES // 1024 // 1024} MiB."
            return _refusal("too-large", detail, "Deliver it in parts.")
        try:
            return msgspec.to_builtins(await self._deposits.take_file(body, tenant, _SENDER, {}))
        except TRANSIENT:
            raise
        except BankFileError as error:
            detail = "The bank file cannot be read; nothing of it was taken."
            refusal = _refusal("bank-file", detail, "Correct each place in `faults` and deliver it again.")
            return refusal | {"faults": msgspec.to_builtins(error.faults)}
        except Exception as error:
            _log.error("a bank file could not be handled", exc=error)
            detail = "The file could not be handled because of an error in this service."
            return _refusal("unforeseen", detail, "Deliver it again when the error has been corrected.")


def _refusal(slug: str, detail: str, how_to_fix: str) -> dict[str, Any]:
    return {"type": f"urn:recoup:problem:{slug}", "detail": detail, "how_to_fix": how_to_fix}


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _lay_out(tenant: Path, path: Path, file_id: str, report: dict[str, Any]) -> None:
    """Write the report, then file the input away, each under a name that holds the file's id."""
    name = f"{path.stem}.{file_id}"
    write_whole(tenant / "out" / f"{name}.report.json", json.dumps(report))
    path.rename(tenant / ("refused" if "type" in report else "processed") / f"{name}{path.suffix}")
