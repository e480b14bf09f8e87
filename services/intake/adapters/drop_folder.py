"""A watched folder: what SFTP delivers is taken in, and its answers are laid beside it.

    <folder>/<tenant>/in          delivered here; taken when complete
                      bank        banks' files of deposits are delivered here (`bank_folder.py`)
                      working     taken by a replica
                      processed   taken in, at least in part
                      refused     nothing of it stands
                      out         TA1, 999, 277CA and a report for each file

A name with `.received-2025-03-12` in it states the day on which its payments were received; `.received-history` says
that all of it is history. Such files are taken in beside the others, which do not wait for them.

A file is complete when it has stayed the same for a while, and has no name of the kind that a transfer in progress has.
Taking it is one rename, which only one replica can do; the new name holds the id that its input will have. From then on
every step can be repeated: an input that was finished is not read again, one that was not is taken up under its id and
repeats nothing, answers come from the database, and the last step is a rename. A file left in `working` by a dead
process is taken over at once by whoever gets its lock.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path
from typing import IO, Any, BinaryIO

from recoup_x12 import Problem, Unpackable, unpacked
from services.intake.adapters.documents import any_json_batches
from services.intake.adapters.sql import interchanges, ledger
from services.intake.adapters.sql.answers import read_answers
from services.intake.application.idempotent_inputs import IdempotentInputs
from services.intake.application.input_ports import InputTransaction
from services.intake.application.inputs import InputReceiver
from services.intake.application.pending_input import InputCounts, PendingInput, Summary
from services.intake.domain.receipt import NOT_STATED, Stated, stated_receipt, states_history
from shared.db.pool import TRANSIENT, Pool
from shared.events.codec import is_uuid, new_event_id
from shared.former_names import with_both_names
from shared.runtime.looking import look_for_ever
from shared.sealing import Vault
from shared.telemetry.logging import Log

_log = Log("drop_folder")
_EVERY_SECONDS = 1.0
FOLDERS = ("in", "bank", "working", "processed", "refused", "out")
_UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".writing")
_MARK = "__"
_STATED = re.compile(r"\.received-([^.]*)")
_STATE_THE_DAY = (
    "Deliver it again with `.received-YYYY-MM-DD` or `.received-history` in its name, or without where it was "
    "received today"
)
_TRIES = 3
_PAUSE_SECONDS = 30.0


class Arrivals:
    """Which files of folders are complete."""

    def __init__(self, settle_seconds: float) -> None:
        self._settle = settle_seconds
        self._seen: dict[Path, tuple[int, int, float]] = {}

    def complete(self, folder: Path) -> list[Path]:
        """Files that have not changed since they were first seen so, long enough ago."""
        now, complete = time.monotonic(), list[Path]()
        present = set(_files(folder))
        for absent in [path for path in self._seen if path.parent == folder and path not in present]:
            del self._seen[absent]
        for path in sorted(present):
            if path.name.startswith(".") or path.name.lower().endswith(_UNFINISHED):
                continue
            try:
                found = path.stat()
            except FileNotFoundError:
                continue
            size, changed, since = self._seen.get(path, (-1, -1, now))
            if (found.st_size, found.st_mtime_ns) != (size, changed):
                since = now
            self._seen[path] = (found.st_size, found.st_mtime_ns, since)
            if now - since >= self._settle:
                complete.append(path)
        return complete


class DropFolder:
    """Watches one folder; safe in several replicas that share it."""

    def __init__(
        self,
        root: Path,
        settle_seconds: float,
        receiver: InputReceiver,
        deliveries: IdempotentInputs,
        vault: Vault,
        pool: Pool,
    ) -> None:
        self._root = root
        self._arrivals = {history: Arrivals(settle_seconds) for history in (False, True)}
        self._receiver = receiver
        self._deliveries = deliveries
        self._vault = vault
        self._pool = pool
        self._failed: dict[str, int] = {}
        self._not_before: dict[str, float] = {}

    async def run(self) -> None:
        """Look for ever."""
        await asyncio.gather(self._look(history=False), self._look(history=True))

    async def _look(self, *, history: bool) -> None:
        problem = "drop folder not reachable"
        await look_for_ever(lambda: self.once(history=history), every=_EVERY_SECONDS, log=_log, interrupted=problem)

    async def once(self, *, history: bool = False) -> int:
        """Take over what is left, and take in what is complete, of history or of all that is not stated to be that.

        Returns how many files were brought to their end.
        """
        done = 0
        for tenant in await asyncio.to_thread(tenants_in, self._root):
            for path in await asyncio.to_thread(_files, tenant / "working"):
                done += _is_history(path) == history and await self._work(tenant, path)
            for path in await asyncio.to_thread(self._arrivals[history].complete, tenant / "in"):
                if _is_history(path) != history:
                    continue
                claimed = await asyncio.to_thread(_take, path, tenant / "working")
                if claimed is not None:
                    done += await self._work(tenant, claimed)
        return done

    async def _work(self, tenant: Path, path: Path) -> bool:
        """Bring one taken file to its end, unless another replica is at it."""
        interchange_id, _, name = path.name.partition(_MARK)
        if not is_uuid(interchange_id) or time.monotonic() < self._not_before.get(interchange_id, 0.0):
            return False
        async with self._deliveries.locks.holding(f"drop\x1f{interchange_id}") as mine:
            if not mine or not await asyncio.to_thread(path.exists):
                return False
            try:
                await self._end(tenant, path, interchange_id, name)
            except TRANSIENT as error:
                _log.warning("a delivered file will be tried again", error_type=type(error).__name__)
                self._not_before[interchange_id] = time.monotonic() + _PAUSE_SECONDS
                return False
            except Exception as error:
                _log.error("a delivered file could not be handled", exc=error)
                tries = self._failed[interchange_id] = self._failed.get(interchange_id, 0) + 1
                if tries < _TRIES:
                    return False
                await asyncio.to_thread(_lay_aside, tenant, path, interchange_id, name)
            self._failed.pop(interchange_id, None)
            self._not_before.pop(interchange_id, None)
            return True

    async def _end(self, tenant: Path, path: Path, interchange_id: str, name: str) -> None:
        async with self._pool.acquire() as conn:
            finished = await ledger.is_finished(conn, interchange_id)
        if not finished:
            try:
                receipt = stated(name, self._receiver.today(tenant.name))
            except ValueError as error:
                await self._keep_refused(tenant.name, path, interchange_id, str(error), _STATE_THE_DAY)
                await asyncio.to_thread(_refuse, tenant, path, interchange_id, name, str(error))
                return
            try:
                await self._open(tenant.name, path, interchange_id, receipt)
            except Unpackable as error:
                await self._keep_refused(tenant.name, path, interchange_id, error.reason, error.how_to_fix)
                problem = _problem(
                    "packed-input", f"Nothing of the file was taken in: {error.reason}.", error.how_to_fix
                )
                await asyncio.to_thread(_file_as_refused, tenant, path, interchange_id, name, problem)
                return
        async with self._pool.acquire() as conn:
            report = await interchanges.read(conn, interchange_id, tenant.name) or "{}"
        await self._answer(tenant, interchange_id, name)
        await asyncio.to_thread(_lay_out, tenant, path, interchange_id, name, report)

    async def _answer(self, tenant: Path, interchange_id: str, name: str) -> None:
        """Lay the X12 answers in `out`, each of which appears whole or not at all."""
        at, file = -1, None
        try:
            async for ordinal, kind, text in read_answers(self._pool, self._vault, interchange_id, tenant.name):
                if ordinal != at:
                    if file is not None:
                        await asyncio.to_thread(file.finish)
                    ending = f".{ordinal}.{'277CA' if kind == '277' else kind}.edi"
                    at, file = ordinal, _Whole(tenant / "out" / _named(name, interchange_id, ending))
                assert file is not None
                await asyncio.to_thread(file.write, text)
            if file is not None:
                await asyncio.to_thread(file.finish)
        finally:
            if file is not None:
                file.close()

    async def _open(self, tenant: str, path: Path, interchange_id: str, receipt: Stated) -> None:
        """Take in a file, unpacked where it is packed; raises `Unpackable`."""
        with path.open("rb") as file, await asyncio.to_thread(unpacked, file) as content:
            await self._receive(tenant, content, interchange_id, receipt)

    async def _keep_refused(self, tenant: str, path: Path, interchange_id: str, reason: str, how_to_fix: str) -> None:
        """Keep a file of which nothing is read, as it came."""
        with path.open("rb") as file:
            sha256 = await asyncio.to_thread(_sha256, file)
            problem = Problem("interchange", 1, "ISA", reason, how_to_fix)
            await self._deliveries.keep_refused(tenant, sha256, "folder", file, problem, interchange_id)

    async def _receive(self, tenant: str, file: BinaryIO, interchange_id: str, receipt: Stated) -> None:
        sha256 = await asyncio.to_thread(_sha256, file)
        async with AsyncExitStack() as stack:
            turn = stack.enter_context(self._receiver.turn(tenant, history=receipt.history))
            opened = self._deliveries.open(
                tenant=tenant, sha256=sha256, source="folder", interchange_id=interchange_id, content=file
            )
            delivery = await stack.enter_async_context(opened)

            async def finish(transaction: InputTransaction, summary: Summary) -> None:
                await delivery.end(transaction, summary)

            if await asyncio.to_thread(_is_json, file):

                def batches(counts: InputCounts) -> Iterable[PendingInput]:
                    file.seek(0)
                    return any_json_batches(file, counts)

                await self._receiver.receive_documents(
                    batches, turn, interchange_id=interchange_id, finish=finish, stated=receipt
                )
            else:
                await self._receiver.receive_file(
                    file, turn, interchange_id=interchange_id, finish=finish, stated=receipt
                )


def tenants_in(root: Path) -> list[Path]:
    """The tenants' folders, each with its parts."""
    found = sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))
    for tenant in found:
        for name in FOLDERS:
            (tenant / name).mkdir(exist_ok=True)
    return found


def stated(name: str, today: date) -> Stated:
    """What a file's name states of its receipt; raises `ValueError` where it cannot be."""
    found = _STATED.search(name)
    return stated_receipt(found[1], today) if found else NOT_STATED


def _is_history(path: Path) -> bool:
    found = _STATED.search(path.name)
    return found is not None and states_history(found[1])


def _files(folder: Path) -> list[Path]:
    """Regular files; a link is none, wherever it leads."""
    with os.scandir(folder) as entries:
        return sorted(Path(entry.path) for entry in entries if entry.is_file(follow_symlinks=False))


def _take(path: Path, working: Path) -> Path | None:
    """Move a file to `working` under a new id; None where another replica was first."""
    target = working / f"{new_event_id()}{_MARK}{path.name}"
    try:
        path.rename(target)
    except FileNotFoundError:
        return None
    return target


def _lay_out(tenant: Path, path: Path, interchange_id: str, name: str, report: str) -> None:
    """Write the report, then file the input away. Every step gives the same when repeated."""
    write_whole(tenant / "out" / _named(name, interchange_id, ".report.json"), report)
    kept = "processed" if _stands(json.loads(report)) else "refused"
    path.rename(tenant / kept / _named(name, interchange_id, ""))


def _stands(report: dict[str, Any]) -> bool:
    """Return True if anything of the input was taken in."""
    counts = [item for kind in ("claims", "remittances", "acknowledgments") for item in report.get(kind, {}).items()]
    if report.get("sets_accepted") or report.get("held"):
        return True
    return any(n and o not in ("rejected", "refused") for o, n in counts)


def _refuse(tenant: Path, path: Path, interchange_id: str, name: str, error: str) -> None:
    """Take nothing of a file whose name states an impossible day of receipt."""
    problem = _problem("received-on", f"Nothing of the file was taken in: {error}.", _STATE_THE_DAY)
    _file_as_refused(tenant, path, interchange_id, name, problem)


def _lay_aside(tenant: Path, path: Path, interchange_id: str, name: str) -> None:
    """Give up on a file that meets an error of ours each time."""
    how_to_fix = "Deliver it again when the error has been corrected; what of it was taken in counts once"
    problem = _problem("unforeseen", "The file could not be handled because of an error in this service.", how_to_fix)
    _file_as_refused(tenant, path, interchange_id, name, problem)


def _problem(kind: str, detail: str, how_to_fix: str) -> dict[str, str]:
    return {"type": f"urn:recoup:problem:{kind}", "detail": detail, "how_to_fix": f"{how_to_fix}."}


def _file_as_refused(tenant: Path, path: Path, interchange_id: str, name: str, problem: dict[str, str]) -> None:
    report = json.dumps(with_both_names({**problem, "interchange_id": interchange_id}))
    write_whole(tenant / "out" / _named(name, interchange_id, ".report.json"), report)
    path.rename(tenant / "refused" / _named(name, interchange_id, ""))


def _named(name: str, interchange_id: str, ending: str) -> str:
    """A name that tells the delivery apart from others of the same name: claims.837 → claims.<id>.837."""
    stem, dot, extension = name.rpartition(".")
    if not dot:
        stem, extension = name, ""
    return f"{stem}.{interchange_id}{ending}" if ending else f"{stem}.{interchange_id}{dot}{extension}"


def write_whole(path: Path, text: str) -> None:
    """Write a file that appears whole or not at all, and stays after a power cut."""
    file = _Whole(path)
    try:
        file.write(text)
        file.finish()
    finally:
        file.close()


class _Whole:
    """A file that appears whole or not at all, and stays after a power cut."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._scratch = path.with_name(f".{path.name}.writing")
        self._file: IO[str] | None = None

    def write(self, text: str) -> None:
        if self._file is None:
            self._file = self._scratch.open("w", encoding="utf-8", newline="")
        self._file.write(text)

    def finish(self) -> None:
        """Give it its name."""
        assert self._file is not None
        self._file.flush()
        os.fsync(self._file.fileno())
        self.close()
        self._scratch.replace(self._path)

    def close(self) -> None:
        """Leave it as it is."""
        file, self._file = self._file, None
        if file is not None:
            file.close()


def _sha256(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(1 << 18):
        digest.update(chunk)
    return digest.hexdigest()


def _is_json(file: BinaryIO) -> bool:
    file.seek(0)
    return file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"
