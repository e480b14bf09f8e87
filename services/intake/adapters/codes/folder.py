"""The folder of loaded releases, one file each, named by list and first day; written whole or not at all.

The command writes it, every replica of the service reads it (a shared volume, or a copy on each machine).
"""

from __future__ import annotations

import asyncio
import gzip
import os
import re
import zlib
from datetime import date
from pathlib import Path

import msgspec
from msgspec.structs import replace

from recoup_x12.codes import NAMES, CodeTable, parse_table, use_tables
from services.intake.domain.review import Tables, parse_authorization, parse_filing, shipped
from services.intake.domain.review import use_tables as use_review_tables
from services.intake.domain.review.tables import PairTable, UnitLimit, Units, UnitTable
from shared.telemetry.logging import Log

_log = Log("codes")
_NAME = re.compile(r"([a-z0-9_]+)@(\d{4}-\d{2}-\d{2})\.release").fullmatch
_EVERY_SECONDS = 15.0
Signature = tuple[tuple[str, int, int], ...]


class CodesError(ValueError):
    """A folder or a release in it that cannot be used."""


class Release(msgspec.Struct, frozen=True):
    """One release of a list or table, as kept: `content` is text (code lists) or msgpack (NCCI tables)."""

    kind: str
    valid_from: date
    valid_to: date | None
    version: str
    content: bytes

    @property
    def file_name(self) -> str:
        """Name of the file that keeps the release."""
        return f"{self.kind}@{self.valid_from}.release"


def store(folder: Path, release: Release, *, replacing: bool = False) -> bool:
    """Keep a release; False where the same one is kept already. `CodesError` where another of that day is."""
    packed = gzip.compress(msgspec.msgpack.encode(release), 6, mtime=0)
    path = folder / release.file_name
    if path.exists() and not replacing:
        if _read(path) == release:
            return False
        raise CodesError(f"another release of {release.kind} from {release.valid_from} is kept already")
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        with unfinished.open("wb") as file:
            file.write(packed)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return True


def withdraw(folder: Path, kind: str, first: date) -> bool:
    """Drop a release; False where there is none such."""
    path = folder / f"{kind}@{first}.release"
    existed = path.exists()
    path.unlink(missing_ok=True)
    return existed


def kept(folder: Path) -> list[Release]:
    """Every release in the folder, by list and first day; none where there is no folder. Raises `CodesError`."""
    paths = sorted(p for p in folder.iterdir() if _NAME(p.name)) if folder.is_dir() else []
    return [_read(path) for path in paths]


def put_in_force(folder: Path) -> int:
    """Read the folder and put what it holds in force, beside the shipped tables; returns how many releases.

    Raises `CodesError` and changes nothing where a release cannot be read.
    """
    found = kept(folder)
    lists, review = _assemble(found)
    use_tables(lists)
    use_review_tables(review)
    return len(found)


class Watch:
    """Puts the folder in force again whenever it changes, without a restart; what cannot be read changes nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: Signature = ()

    async def run(self) -> None:
        """Look at once, then every few seconds, for ever."""
        while True:
            await self.once()
            await asyncio.sleep(_EVERY_SECONDS)

    async def once(self) -> bool:
        """Look now; whether other tables came into force."""
        now = await asyncio.to_thread(signature, self._folder)
        if now == self._seen:
            return False
        self._seen = now
        try:
            lists, review = await asyncio.to_thread(lambda: _assemble(kept(self._folder)))
        except (CodesError, OSError) as error:
            _log.warning("code tables unreadable", error=str(error))
            return False
        use_tables(lists)
        use_review_tables(review)
        _log.info("code tables in force", releases=len(now))
        return True


def signature(folder: Path) -> Signature:
    """Changes when a release is added, replaced or withdrawn."""
    if not folder.is_dir():
        return ()
    found: list[tuple[str, int, int]] = []
    for path in folder.iterdir():
        if _NAME(path.name):
            stat = path.stat()
            found.append((path.name, stat.st_mtime_ns, stat.st_size))
    return tuple(sorted(found))


def _read(path: Path) -> Release:
    try:
        release = msgspec.msgpack.decode(gzip.decompress(path.read_bytes()), type=Release)
    except (msgspec.MsgspecError, OSError, EOFError, zlib.error) as error:
        raise CodesError(f"{path.name} cannot be read ({type(error).__name__}): load it again with --replace") from None
    if release.file_name != path.name:
        raise CodesError(f"{path.name} holds another release ({release.file_name}): load it again")
    return release


def _assemble(found: list[Release]) -> tuple[list[CodeTable], Tables]:
    """Code lists by release; of the pairs the newest release alone, since each edit carries its own dates."""
    lists: list[CodeTable] = []
    pairs: dict[str, PairTable] = {}
    units: dict[str, dict[date, Units]] = {}
    review = shipped()
    for one in found:
        try:
            if one.kind in NAMES:
                lists.append(parse_table(one.kind, one.content.decode()))
            elif one.kind.startswith("ncci_"):
                pairs[one.kind] = PairTable(msgspec.msgpack.decode(one.content, type=dict[str, bytes]), one.version)
            elif one.kind.startswith("mue_"):
                limits = msgspec.msgpack.decode(one.content, type=dict[str, tuple[int, int]])
                of_kind = units.setdefault(one.kind, {})
                of_kind[one.valid_from] = {code: UnitLimit(*limit) for code, limit in limits.items()}
            elif one.kind == "filing":
                review = replace(review, filing=parse_filing(one.content.decode().splitlines()))
            elif one.kind == "authorization":
                review = replace(review, authorization=parse_authorization(one.content.decode().splitlines()))
            else:
                raise CodesError("a kind of list this version does not know")
        except ValueError as error:
            raise CodesError(f"{one.file_name}: {error}") from None
    empty = PairTable({})
    return lists, replace(
        review,
        pairs_practitioner=pairs.get("ncci_practitioner", empty),
        pairs_hospital=pairs.get("ncci_hospital", empty),
        units_practitioner=UnitTable(units.get("mue_practitioner")),
        units_hospital=UnitTable(units.get("mue_hospital")),
    )
