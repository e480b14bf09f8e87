"""A file of what was told of IDR disputes: selections, offers, determinations, closings and fees, a row each."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from recoup.cli.claim_names import find
from recoup.cli.sheets import Row, WrongCell, day_in, dollars_in, one_of, read_each, read_rows
from recoup_client import Client

WHAT = (
    "selected", "offered", "determined", "closed", "reopened", "settlement_reported", "invoiced", "paid", "assessed",
    "refunded", "entity_objected", "entity_agreed", "entity_refused", "entity_notified", "entity_conflict",
    "information_asked", "information_sent", "duty_complained", "duty_asked", "duty_closed",
)  # fmt: skip
_FORMER = ("settlement_told",)
"""Former words, which the service still takes; now `settlement_reported`."""
DUTIES = ("", "late_initial_payment", "qpa_not_disclosed", "qpa_information", "cost_share_raised")
"""What a payer owes beside the amount; a row about a duty names it."""
_FEES = frozenset(("invoiced", "paid", "assessed", "refunded"))
SIDES = ("", "provider", "payer")
OUTCOMES = (
    "", "ineligible", "improperly_batched", "improperly_bundled", "withdrawn", "fees_unpaid", "dismissed",
)  # fmt: skip
REASONS = (
    "", "state_law", "all_payer_model", "not_covered", "untimely", "cooling_off", "no_open_negotiation", "other",
)  # fmt: skip
REPORTERS = ("portal", "entity", "departments", "payer", "staff")
COLUMNS = (
    "dispute", "claim", "case_id", "line", "prevailing", "amount", "default_of", "fees_owed", "outcome",
    "ineligible_for", "fee", "reference", "entity", "due_on", "duty", "reported_by", "told_by",
)  # fmt: skip
"""Columns that may be left out, beside `what` and `on`; `told_by` is the former name of `reported_by`."""


def read_reports(file: Path, client: Client, tenant: str) -> list[dict[str, Any]]:
    """The rows as the gateway takes them; claims go by any of their numbers.

    Rows of a determination that name a `line` are one determination, where they follow each other and are of one claim
    and day. Raises `CommandError` that names every line of the file that cannot be read: nothing is sent then.
    """
    rows = read_rows(file, ("what", "on"), COLUMNS)
    read = read_each(file, rows, lambda row: _report(row, client, tenant))
    reports: list[dict[str, Any]] = []
    for _, found in groupby(enumerate(read), lambda one: _one_determination(*one)):
        messages = [one for _, one in found]
        reports.append(_joined(messages) if "line" in messages[0] else messages[0])
    return reports


def _one_determination(place: int, one: dict[str, Any]) -> tuple[Any, ...]:
    if "line" not in one:
        return (place,)
    return tuple(one.get(key) for key in ("claim_id", "dispute", "case_id", "on"))


def _report(row: Row, client: Client, tenant: str) -> dict[str, Any]:
    what = one_of(row, "what", (*WHAT, *_FORMER))
    day, due = day_in(row, "on", needed=True), day_in(row, "due_on")
    assert day is not None
    if not row["claim"] and not row["dispute"]:
        raise WrongCell("claim: empty, and dispute is too; write the claim's number or the portal's")
    amount, owed = dollars_in(row, "amount"), dollars_in(row, "fees_owed")
    fields = {
        "what": what,
        "on": day.isoformat(),
        "claim_id": find(client, row["claim"], tenant=tenant).claim_id if row["claim"] else None,
        "dispute": row["dispute"],
        "case_id": row["case_id"],
        "reported_by": _reporter(row),
        "amount": None if amount is None else str(amount),
        "fees_owed": None if owed is None else str(owed),
        "prevailing": one_of(row, "prevailing", SIDES),
        "default_of": one_of(row, "default_of", SIDES),
        "outcome": one_of(row, "outcome", OUTCOMES),
        "ineligible_for": one_of(row, "ineligible_for", REASONS),
        "fee": one_of(row, "fee", ("entity", "administrative"), "entity"),
        "reference": row["reference"],
        "entity": row["entity"],
        "due_on": due.isoformat() if due else None,
        "duty": one_of(row, "duty", DUTIES),
    }
    _check(row, fields)
    return {key: value for key, value in fields.items() if value} | _line(row)


def _reporter(row: Row) -> str:
    """Who reported it, under the column's present or its former name; the portal where neither is filled in."""
    return one_of(row, "reported_by" if row["reported_by"] else "told_by", REPORTERS, "portal")


def _check(row: Row, fields: dict[str, Any]) -> None:
    """What a row of its kind cannot do without."""
    needed = {"determined": ("prevailing", "amount"), "closed": ("outcome",)}.get(fields["what"], ())
    if fields["what"] in _FEES:
        needed = ("amount", "reference")
    if fields["what"] in ("information_asked", "information_sent"):
        needed = ("reference",)
    if fields["what"].startswith("duty_"):
        needed = ("duty", "reference")
    for title in needed:
        if not fields[title]:
            raise WrongCell(f"{title}: empty; a row with what = {fields['what']} needs it")


def _line(row: Row) -> dict[str, Any]:
    text = row["line"]
    if not text:
        return {}
    if not text.isdecimal() or not 1 <= int(text) <= 999 or row["what"].strip().lower() != "determined":
        raise WrongCell(f"line: {text!r} is no line of a determination; write its number on the claim, from 1")
    return {"line": int(text)}


def _joined(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One determination out of its lines: the sum of their awards, and the side with more of them."""
    lines = [{"line": row["line"], "prevailing": row["prevailing"], "award": row["amount"]} for row in rows]
    ours = sum(row["prevailing"] == "provider" for row in rows)
    whole = {key: value for key, value in rows[0].items() if key != "line"}
    return whole | {
        "lines": lines,
        "amount": str(sum((Decimal(row["amount"]) for row in rows), Decimal(0))),
        "prevailing": "provider" if 2 * ours >= len(rows) else "payer",
    }
