"""Loads the rule tables from CSV files, checks them, and gives them to the domain as types.

A wrong row stops the service at start: the message names file, line, column and what is wrong with it.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec

from services.appeals.domain.state_tables import ExternalReviewRow, PromptPayRow, StateRow, StateStep, StateThreshold
from services.appeals.domain.tables import (
    BatchRule,
    CircuitRow,
    DocumentRow,
    EntityRow,
    ExtensionRow,
    Fee,
    Limit,
    PayerRow,
    PlanRow,
    PortalField,
    RarcRow,
    RegisteredFact,
    RemedyRow,
    Rules,
    SignalRow,
)

RULES = Path(__file__).resolve().parents[1] / "rules"
TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
T = TypeVar("T", bound=msgspec.Struct)
_LISTS = frozenset(("covers", "needs", "plans"))


class RuleError(ValueError):
    """A rule file that cannot be used: where, what, and how to fix it."""


@lru_cache(maxsize=4)
def load_rules(directory: Path = RULES, templates: Path = TEMPLATES) -> Rules:
    """Every table of a directory; documents.csv may name what is in `templates`. Raises `RuleError`."""
    digest = sha256()
    for path in sorted(directory.glob("*.csv")):
        digest.update(path.name.encode() + path.read_bytes())
    read = _Reader(directory)
    documents = _keyed(read, "documents.csv", DocumentRow, lambda row: row.forum, unique=lambda r: (r.kind, r.level))
    _kinds_have_templates(documents, templates)
    return Rules(
        release=digest.hexdigest()[:12],
        fees=_keyed(read, "fees.csv", Fee, lambda row: row.key),
        limits=_keyed(read, "limits.csv", Limit, lambda row: row.key),
        extensions=_keyed(
            read, "extensions.csv", ExtensionRow, lambda row: row.key, unique=lambda r: (r.key, r.due_from, r.until)
        ),
        batching=_keyed(read, "batching.csv", BatchRule, lambda _: "the batching rule").get("the batching rule", ()),
        circuits=_keyed(read, "circuits.csv", CircuitRow, lambda row: row.state),
        entities=_keyed(read, "entities.csv", EntityRow, lambda row: row.name.casefold()),
        states=_keyed(read, "states.csv", StateRow, lambda row: row.state),
        state_steps=_keyed(
            read, "state_steps.csv", StateStep, lambda row: row.state, unique=lambda r: (r.step, r.providers)
        ),
        state_thresholds=_keyed(
            read,
            "state_thresholds.csv",
            StateThreshold,
            lambda row: row.state,
            unique=lambda r: (r.measure, r.providers, r.billed_from),
        ),
        external_reviews=_keyed(read, "external_reviews.csv", ExternalReviewRow, lambda row: row.state),
        prompt_pay=_keyed(read, "prompt_pay.csv", PromptPayRow, lambda row: row.state),
        plans=_keyed(read, "plans.csv", PlanRow, lambda row: row.code),
        payers=_keyed(
            read, "payers.csv", PayerRow, lambda row: row.payer_id, unique=lambda r: (r.payer_id, r.group_number)
        ),
        plan_registry=_keyed(
            read,
            "plan_registry.csv",
            RegisteredFact,
            lambda row: row.payer_id,
            unique=lambda r: (r.group_number, r.what, r.source),
        ),
        rarcs=_keyed(read, "rarcs.csv", RarcRow, lambda row: row.code),
        signals=_keyed(
            read, "signals.csv", SignalRow, lambda row: row.field, unique=lambda r: (r.field, r.low, r.high, r.signal)
        ),
        remedies=_keyed(
            read, "remedies.csv", RemedyRow, lambda row: row.carc, unique=lambda r: (r.carc, r.group, r.rarc, r.setting)
        ),
        documents=documents,
        portal_fields=_keyed(
            read, "portal_fields.csv", PortalField, lambda row: row.form, unique=lambda r: (r.form, r.field)
        ),
    )


class _Reader:
    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def rows(self, name: str, struct: type[T]) -> Iterator[T]:
        path = self._directory / name
        if not path.exists():
            raise RuleError(f"{name} is missing in {self._directory}")
        columns = frozenset(struct.__struct_fields__)
        for line, row in _records(path):
            strange = sorted(set(row) - columns)
            if strange:
                raise RuleError(f"{name}: there is no column {strange[0]}; columns: {', '.join(sorted(columns))}")
            values: dict[str, Any] = {
                key: tuple(value.split()) if key in _LISTS else value
                for key, value in row.items()
                if value or key in _LISTS
            }
            if not values.get("source"):
                raise RuleError(f"{name}, line {line}: column source is empty; say where the row comes from")
            try:
                made = msgspec.convert(values, struct, strict=False)
            except msgspec.ValidationError as error:
                raise RuleError(f"{name}, line {line}: {error}") from None
            if "low" in columns and cast("Any", made).low > cast("Any", made).high:
                raise RuleError(f"{name}, line {line}: low is above high")
            yield made


def _lines(path: Path, content: bytes) -> list[str]:
    """The text's lines; spreadsheets like to put a byte order mark before them, or another encoding into them."""
    try:
        return content.decode("utf-8-sig").splitlines(keepends=True)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise RuleError(f"{path.name}, line {line}: not UTF-8; save the table as UTF-8 CSV") from None


def _records(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    header: list[str] | None = None
    with path.open("rb") as file:
        for line, row in enumerate(csv.reader(_lines(path, file.read())), 1):
            if not row or row[0].startswith("#"):
                continue
            if header is None:
                header = row
                continue
            if len(row) != len(header):
                raise RuleError(f"{path.name}, line {line}: {len(row)} columns where the header has {len(header)}")
            yield line, {key: value.strip() for key, value in zip(header, row, strict=True)}


def _keyed(
    read: _Reader,
    name: str,
    struct: type[T],
    key: Callable[[T], Any],
    *,
    unique: Callable[[T], Any] | None = None,
) -> dict[Any, tuple[T, ...]]:
    """Rows by key; ranges of rows with the same `unique` value (the key, if not given) may not overlap."""
    groups: dict[Any, list[T]] = defaultdict(list)
    for row in read.rows(name, struct):
        groups[key(row)].append(row)
    for rows in groups.values():
        _no_overlap(name, rows, unique or key)
    return {group: tuple(rows) for group, rows in groups.items()}


def _no_overlap(name: str, rows: Iterable[Any], unique: Callable[[Any], Any]) -> None:
    seen: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        if row.end < row.start:
            raise RuleError(f"{name}: {unique(row)} ends before it starts")
        for other in seen[unique(row)]:
            if row.start <= other.end and other.start <= row.end:
                raise RuleError(f"{name}: two rows of {unique(row)} are in force on {max(row.start, other.start)}")
        seen[unique(row)].append(row)


def _kinds_have_templates(documents: dict[Any, tuple[DocumentRow, ...]], templates: Path) -> None:
    for rows in documents.values():
        for row in rows:
            if not (templates / row.template).exists():
                raise RuleError(f"documents.csv: {row.kind} names template {row.template}, which is not in {templates}")
