"""Sets of claims in SQL: which claims a figure of the results is made of, and what each brings to it in dollars."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from services.gateway.adapters.sql.tables import HISTORY
from services.gateway.domain.management import AGES
from services.gateway.domain.results import VALUED, SetName


class Asked(msgspec.Struct, frozen=True):
    """Period, payer and organisation that results are of; `on` is the day that it is."""

    since: date | None
    until: date | None
    on: date
    payer_id: str = ""
    tenant: str = ""

    @property
    def values(self) -> tuple[Any, ...]:
        """The parameters $1 to $5 of `MINE`."""
        return self.since, self.until, self.payer_id or None, self.tenant or None, self.on


# $1 since, $2 until, $3 payer or null, $4 tenant or null, $5 the day that it is
MINE = f"""
WITH mine AS (
    SELECT *, verdict = 'denied' OR coalesce(denied, false) AS refused,
        greatest(billed - paid - coalesce((state->>'paid_by_others')::numeric, 0), 0) AS open_amount,
        close_reason = '' AND status <> 'closed' AS is_open,
        paid_at_first IS NOT NULL AND ($1::date IS NULL OR first_paid_on >= $1)
            AND ($2::date IS NULL OR first_paid_on <= $2) AS in_period,
        greatest(coalesce(shortfall, 0) - recovered, 0) AS still_short,
        width_bucket($5::date - service_from, ARRAY[{", ".join(str(day + 1) for day in AGES)}]) AS age
    FROM claims
    WHERE status NOT IN ('rejected', 'voided', '{HISTORY}') AND close_reason <> 'voided'
        AND ($3::text IS NULL OR payer_id = $3) AND ($4::text IS NULL OR tenant = $4)
)
"""  # noqa: S608 - names are ours
_DECISION = """EXISTS (
    SELECT FROM jsonb_array_elements(coalesce(state->'cases', '[]')) AS one WHERE one->>'outcome' IN ({outcomes})
    AND ($1::date IS NULL OR (one->>'decided_on')::date >= $1)
    AND ($2::date IS NULL OR (one->>'decided_on')::date <= $2))"""
WON = "'overturned', 'partially_overturned', 'provider'"
DECIDED = f"{WON}, 'upheld', 'payer'"
_ENDED = "in_period AND pursued_on IS NOT NULL AND close_reason <> ''"
_SHORT = "coalesce(shortfall, 0)"

_SQL: Mapping[SetName, tuple[str, str]] = {
    "answered": ("in_period", "billed"),
    "judged": ("in_period AND (pursued_on IS NOT NULL OR verdict = 'paid_fairly')", "billed"),
    "underpaid": ("in_period AND pursued_on IS NOT NULL AND NOT coalesce(denied, false)", _SHORT),
    "denied": ("in_period AND refused", "billed"),
    "pursued": ("in_period AND pursued_on IS NOT NULL", _SHORT),
    "ended": (_ENDED, _SHORT),
    "won": (f"{_ENDED} AND recovered > 0", "recovered"),
    "paid_after_dispute": (f"{_ENDED} AND recovered > 0 AND cash_on IS NOT NULL", "recovered"),
    "decided": (_DECISION.format(outcomes=DECIDED), "recovered"),
    "overturned": (_DECISION.format(outcomes=WON), "recovered"),
    "closed": ("in_period AND NOT is_open", "paid"),
    "in_dispute": ("pursued_on IS NOT NULL AND close_reason = ''", "still_short"),
    "open": ("is_open AND open_amount > 0", "open_amount"),
    "unanswered": ("is_open AND paid_at_first IS NULL", "billed"),
    "written_off": ("in_period AND close_reason = 'written_off'", "still_short"),
    "corrected": ("in_period AND paid - paid_at_first - recovered > 0", "paid - paid_at_first - recovered"),
    "age": ("is_open AND open_amount > 0 AND age = {value}::int", "open_amount"),
    "month": ("in_period AND to_char(first_paid_on, 'YYYY-MM') = {value}", "billed"),
    "cash_month": (
        "recovered > 0 AND to_char(cash_on, 'YYYY-MM') = {value} AND ($1::date IS NULL OR cash_on >= $1) "
        "AND ($2::date IS NULL OR cash_on <= $2)",
        "recovered",
    ),
    "carc": ("in_period AND refused AND coalesce(state->'denial_carcs', '[]') ? {value}", "billed"),
}
PLAIN: tuple[SetName, ...] = tuple(name for name in _SQL if name not in VALUED)
"""The sets without a value."""


def condition(name: SetName, value: str = "") -> str:
    """Which claims of `MINE` are in a set; `value` is the SQL of its value, where it has one."""
    return f"({_SQL[name][0].replace('{value}', value)})"


def amount(name: SetName) -> str:
    """What a claim of the set brings to it, in dollars."""
    return f"({_SQL[name][1]})"


def part(name: SetName) -> str:
    """The two columns of a set: its claims, and what they come to."""
    which = f"FILTER (WHERE {condition(name)})"
    return f"count(*) {which} AS {name}_claims, coalesce(sum({amount(name)}) {which}, 0.00) AS {name}_amount"


PARTS = ",\n    ".join(part(name) for name in PLAIN)
MIDDLE = (
    "percentile_disc(0.5) WITHIN GROUP (ORDER BY cash_on - pursued_on) "
    f"FILTER (WHERE {condition('paid_after_dispute')})"
)
