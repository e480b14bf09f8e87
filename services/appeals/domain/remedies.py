"""Why a claim was denied, and the first remedy: the table `rules/remedies.csv`, applied."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from services.appeals.domain.cause import Cause
from services.appeals.domain.forums.registry import DEFAULT, FORUMS
from services.appeals.domain.steps import ForumName
from services.appeals.domain.tables import Remedy, RemedyRow, Rules

NOWHERE: frozenset[Remedy] = frozenset(("bill_other_payer", "not_appealable"))
"""Remedies that no forum grants."""
ANY = "*"
"""The rows that a remark code alone leads to."""
NAMES_NO_CAUSE = frozenset(("16", "96", "129", "148", "226", "227", "234", "237", "250", "251", "252", "267", "A1"))
"""CARCs that code list 139 wants a remark code with: it names the cause, the CARC only that there is one."""


def forum_of(remedy: Remedy) -> ForumName | None:
    """Where a remedy is sought; the plan's own appeal unless a forum names it as its own. None: nowhere."""
    if remedy in NOWHERE:
        return None
    return next((forum for forum in FORUMS.values() if remedy in forum.traits.remedies), DEFAULT).name


def cause_of_denial(
    carcs: Iterable[str], remarks: Iterable[str], groups: Iterable[str], rules: Rules, on: date, *, emergency: bool,
    protected: bool,
) -> Cause:  # fmt: skip
    """The cause that decides and its remedy.

    Codes the table does not know lead to the plan's appeal, for a person to sharpen: an appeal keeps the right alive.
    """
    remark_codes, group_codes = frozenset(remarks), frozenset(groups)
    best: RemedyRow | None = None
    deciding = ""
    for carc in carcs:
        rows = rules.remedies.get(carc, ())
        if carc in NAMES_NO_CAUSE:
            rows = (*rows, *rules.remedies.get(ANY, ()))
        row = _best(rows, on, remark_codes, group_codes, emergency=emergency, protected=protected)
        if row is not None and (best is None or row.weight > best.weight):
            best, deciding = row, carc
    if best is None:
        first = next(iter(carcs), "")
        return Cause(first, "reason not in the table", "payment_appeal", DEFAULT.name, False, (), "rules")
    return Cause(deciding, best.cause, best.remedy, forum_of(best.remedy), best.external, best.needs, best.source)


def _best(
    rows: Iterable[RemedyRow], on: date, remarks: frozenset[str], groups: frozenset[str], *, emergency: bool,
    protected: bool,
) -> RemedyRow | None:  # fmt: skip
    winner, met = None, (-1, -1)
    for row in rows:
        if not row.start <= on <= row.end:
            continue
        if (row.rarc and row.rarc not in remarks) or (row.group and row.group not in groups):
            continue
        if (row.setting == "emergency" and not emergency) or (row.setting == "nsa" and not protected):
            continue
        conditions = bool(row.rarc) + bool(row.group) + bool(row.setting), row.weight
        own = winner is None or winner.carc != ANY or row.carc == ANY
        if conditions > met and (own or conditions[0] > met[0]):
            winner, met = row, conditions
    return winner
