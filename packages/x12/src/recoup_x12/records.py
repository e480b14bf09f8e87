"""Any X12 file as JSON-able records, one for each claim or remittance, with problems apart."""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import msgspec

from recoup_x12.core.items import (
    GroupEnd,
    InterchangeAckRead,
    InterchangeEnd,
    InterchangeStart,
    Item,
    TransactionEnd,
    Unreadable,
)
from recoup_x12.core.limits import DEFAULT, Limits
from recoup_x12.core.problem import Problem
from recoup_x12.core.unpacking import Unpackable, is_packed, unpacked
from recoup_x12.reading import read
from recoup_x12.sets.ack999.items import GroupAckRead, TransactionAckRead
from recoup_x12.sets.claim837.items import ClaimRead
from recoup_x12.sets.eligibility271.items import EligibilityRead
from recoup_x12.sets.remittance835.items import ProviderAdjustmentsRead, RemittanceRead
from recoup_x12.sets.status277ca.items import StatusRead

ALL_GOOD, SOME_REFUSED, UNREADABLE = 0, 1, 2
_CHUNK = 1 << 18
_KINDS: dict[type[Item], str] = {
    InterchangeAckRead: "interchange_acknowledgment",
    TransactionAckRead: "transaction_acknowledgment",
    GroupAckRead: "group_acknowledgment",
    StatusRead: "claim_status",
    EligibilityRead: "eligibility",
    ProviderAdjustmentsRead: "provider_adjustments",
}


class Parsed(msgspec.Struct, frozen=True):
    """One line of output: a `record` for stdout, or `problems` for stderr (or both)."""

    kind: str
    accepted: bool
    record: dict[str, Any] | None = None
    problems: tuple[Problem, ...] = ()
    scope: Literal["claim", "transaction", "group", "interchange", "input"] = "claim"


class Parse:
    """An iterable of `Parsed`; `exit_code` is right once it has been exhausted.

    0: everything was accepted. 1: some claims, transaction sets or groups were refused. 2: the input could
    not be read at all, or an interchange in it could not.
    """

    def __init__(self, chunks: Iterator[bytes], limits: Limits = DEFAULT, *, with_source: bool = False) -> None:
        self._chunks = chunks
        self._limits = limits
        self._with_source = with_source
        self._test = False
        self.exit_code = ALL_GOOD

    def __iter__(self) -> Iterator[Parsed]:
        try:
            for item in read(self._chunks, self._limits):
                if isinstance(item, InterchangeStart):
                    self._test = item.usage == "T"
                parsed = self._one(item)
                if parsed is not None:
                    yield parsed
        except Unpackable as error:
            self._worse(UNREADABLE)
            yield Parsed(
                "input", False, None, (Problem("interchange", 1, "", error.reason, error.how_to_fix),), "input"
            )

    def _worse(self, code: int) -> None:
        self.exit_code = max(self.exit_code, code)

    def _one(self, item: Item) -> Parsed | None:
        if isinstance(item, (ClaimRead, RemittanceRead)):
            return self._claim(item)
        if isinstance(item, TransactionEnd):
            if item.verdict == "R":
                self._worse(SOME_REFUSED)
            # Problems of header and levels are repeated with each claim; the set's own are told here.
            if item.problems:
                return Parsed(f"{item.kind} {item.control}", item.verdict != "R", None, item.problems, "transaction")
            return None
        if isinstance(item, GroupEnd):
            if item.verdict == "R":
                self._worse(SOME_REFUSED)
            return Parsed("group", item.verdict != "R", None, item.problems, "group") if item.problems else None
        if isinstance(item, InterchangeEnd):
            if item.verdict == "R" or any(p.code == "023" for p in item.problems):
                self._worse(UNREADABLE)
            elif any(p.severity == "error" for p in item.problems):
                self._worse(SOME_REFUSED)
            if item.problems:
                return Parsed("interchange", item.verdict != "R", None, item.problems, "interchange")
            return None
        if isinstance(item, Unreadable):
            self._worse(UNREADABLE)
            return Parsed("input", False, None, (item.problem,), "input")
        kind = _KINDS.get(type(item))
        if kind is None:
            return None
        record: dict[str, Any] = msgspec.to_builtins(item)
        return Parsed(kind, True, {"kind": kind, **record})

    def _claim(self, item: ClaimRead | RemittanceRead) -> Parsed:
        if not item.accepted:
            self._worse(SOME_REFUSED)
        kind, value = ("claim", item.claim) if isinstance(item, ClaimRead) else ("remittance", item.remittance)
        source = item.source
        record: dict[str, Any] = {"kind": kind, "accepted": item.accepted} | ({"test": True} if self._test else {})
        if value is not None:
            if not self._with_source:
                value = msgspec.structs.replace(value, source=None)
            record[kind] = msgspec.to_builtins(value)
        record["position"] = {
            "interchange": source.interchange,
            "group": source.group,
            "transaction": source.transaction,
            "first_segment": source.first,
            "last_segment": source.last,
        }
        record["problems"] = [msgspec.to_builtins(p) for p in item.problems]
        return Parsed(kind, item.accepted, record, item.problems)


def parse_path(path: str, limits: Limits = DEFAULT, *, with_source: bool = False) -> Parse:
    """Parse a file, plain, gzip or zip, or standard input for `-`. Iterate the result, then read its `exit_code`.

    Raises `OSError` on iteration where the file cannot be opened or read.
    """
    return Parse(_chunks(path), limits, with_source=with_source)


def _chunks(path: str) -> Iterator[bytes]:
    if path == "-":
        yield from _standard_input()
        return
    with Path(path).open("rb") as file, unpacked(file) as content:
        while chunk := content.read(_CHUNK):
            yield chunk


def _standard_input() -> Iterator[bytes]:
    """Standard input as it comes; where it is packed, all of it is taken in first."""
    stdin = sys.stdin.buffer
    first = stdin.read(_CHUNK)
    if not is_packed(first):
        while first:
            yield first
            first = stdin.read(_CHUNK)
        return
    with tempfile.TemporaryFile() as file:
        shutil.copyfileobj(io.BytesIO(first), file)
        shutil.copyfileobj(stdin, file)
        with unpacked(cast(BinaryIO, file)) as content:
            while chunk := content.read(_CHUNK):
                yield chunk
