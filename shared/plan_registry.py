"""Public records of plans as rows of `plan_registry.csv`: which plans are asked for, and what a record says of them.

A claim names a plan by its payer and group number; public records name plans by the sponsor's employer identification
number (EIN), by the issuer's HIOS id, or by name. Which group has which is for staff to say, in a table of their own.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import msgspec

from shared.commands import CommandError, read_text

COLUMNS = ("payer_id", "group_number", "what", "value", "known_on", "source", "start", "end")
_IDENTITY = ("ein", "hios", "name")


class Group(msgspec.Struct, frozen=True):
    """A plan that is asked for: its payer and group as claims name them, and what public records may name it by.

    `plan_number` is the sponsor's three digits (Form 5500, 1b): an employer files one form for each of its plans.
    """

    payer_id: str
    group_number: str
    ein: str = ""
    plan_number: str = ""
    hios: str = ""
    name: str = ""


class Stated(msgspec.Struct, frozen=True):
    """One thing that a record says of a plan: the row of `plan_registry.csv` but for the day it is known here."""

    group: Group
    what: str
    value: str
    source: str
    start: date | None = None
    end: date | None = None


def ein_of(text: str) -> str:
    """An EIN as 12-3456789, however it is written; empty where the text is none.

    Files lose leading zeros to spreadsheets: seven and eight digits are taken for such.
    """
    digits = text.strip().replace("-", "")
    if not digits.isdecimal() or not 7 <= len(digits) <= 9 or not int(digits):
        return ""
    digits = digits.zfill(9)
    return f"{digits[:2]}-{digits[2:]}"


def name_key(text: str) -> str:
    """A name without case, marks and repeated blanks."""
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


def read_groups(path: Path) -> tuple[Group, ...]:
    """The plans that are asked for: a CSV with payer_id, group_number, and ein (with plan_number), hios or name.

    Raises:
        CommandError: the file cannot be read, lacks a column, or has a row that names no plan.
    """
    rows = csv.DictReader(read_text(path).splitlines())
    columns = {name.strip() for name in rows.fieldnames or ()}
    if not {"payer_id", "group_number"} <= columns or not columns & set(_IDENTITY):
        hint = "columns: payer_id, group_number, and one or more of ein (with plan_number), hios, name"
        raise CommandError(f"{path.name}: the header does not say which plans are asked for", hint, 2)
    found: list[Group] = []
    for line, row in enumerate(rows, 2):
        text = {(key or "").strip(): (value or "").strip() for key, value in row.items() if isinstance(value, str)}
        ein = ein_of(text.get("ein", ""))
        number = text.get("plan_number", "")
        group = Group(
            payer_id=text["payer_id"],
            group_number=text["group_number"],
            ein=ein,
            plan_number=number.zfill(3) if number else "",
            hios=text.get("hios", "").upper(),
            name=text.get("name", ""),
        )
        wrong = (
            "payer_id and group_number are needed"
            if not group.payer_id or not group.group_number
            else "an EIN has nine digits"
            if text.get("ein") and not ein
            else "one of ein, hios and name is needed"
            if not (ein or group.hios or group.name)
            else ""
        )
        if wrong:
            raise CommandError(f"{path.name}, line {line}: {wrong}", "", 2)
        found.append(group)
    return tuple(found)


def print_rows(stated: Iterable[Stated], known_on: date) -> int:
    """Write the rows with their header to standard output, each once; return how many there are."""
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(COLUMNS)
    seen = dict.fromkeys(stated)
    for one in seen:
        start, end = (day.isoformat() if day else "" for day in (one.start, one.end))
        known = known_on.isoformat()
        rows.writerow((one.group.payer_id, one.group.group_number, one.what, one.value, known, one.source, start, end))
    return len(seen)
