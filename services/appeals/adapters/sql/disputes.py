"""Disputes for IDR planning, and who is cooling off with whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from services.appeals.domain.batching import Cooling, Disputed
from services.appeals.domain.case import AppealCase
from services.appeals.domain.idr import COOLING_OFF
from shared.db.pool import Connection

_decoder = msgspec.json.Decoder(AppealCase)


async def open_disputes(conn: Connection, tenant: str, payer_id: str | None) -> list[Disputed]:
    """Claims in open negotiation, or standing before IDR initiation."""
    rows = await conn.fetch(
        "SELECT state FROM cases WHERE tenant = $1 AND next_on IS NOT NULL AND ($2::text IS NULL OR payer_id = $2) AND "
        "((forum = 'open_negotiation' AND stage = 'open') OR (forum = 'federal_idr' AND stage = 'prepare'))",
        tenant,
        payer_id,
    )
    return [found for row in rows if (found := disputed(_decoder.decode(row["state"]))) is not None]


def disputed(case: AppealCase) -> Disputed | None:
    """A case as a dispute; None where no negotiation was opened."""
    dispute = case.dispute
    if dispute is None or case.negotiation_on is None:
        return None
    codes = dispute.codes * dispute.lines if len(dispute.codes) == 1 else dispute.codes
    return Disputed(
        claim_id=case.claim_id,
        payer_id=case.facts.payer_id,
        npi=case.facts.billing_npi,
        tin=case.facts.billing_tin,
        service_on=case.facts.service_from,
        negotiation_on=case.negotiation_on,
        codes=codes,
        gap=dispute.target - dispute.allowed,
        after_cooling_off=next(
            ((d.opens or case.negotiation_on, d.due) for d in case.deadlines if d.rule == COOLING_OFF), None
        ),
    )


async def cooling_off_of(conn: Connection, claim_ids: Sequence[str], on: date) -> Cooling:
    """The periods that bind the parties of these claims on a day: one query for a whole batch of timers."""
    rows = await conn.fetch(
        "SELECT payer_id, coalesce(tin, '') AS tin, code, max(cooling_off_until) AS until "
        "FROM cases, jsonb_array_elements_text(state->'dispute'->'codes') AS code "
        "WHERE cooling_off_until >= $1 AND (payer_id, coalesce(tin, '')) IN (SELECT payer_id, coalesce(tin, '') "
        "FROM cases WHERE claim_id = ANY($2::uuid[]) AND forum = 'open_negotiation' AND stage = 'open') "
        "GROUP BY 1, 2, 3",
        on,
        claim_ids,
    )
    return {(row["payer_id"], row["tin"], row["code"]): row["until"] for row in rows}


async def cooling_off(conn: Connection, on: date) -> Cooling:
    """Cooling-off periods that still run on a day, from determinations on the same parties and code.

    42 USC 300gg-111(c)(5)(E)(ii); periods bind the parties whatever the tenant.
    """
    rows = await conn.fetch(
        "SELECT payer_id, coalesce(tin, '') AS tin, code, max(cooling_off_until) AS until "
        "FROM cases, jsonb_array_elements_text(state->'dispute'->'codes') AS code "
        "WHERE cooling_off_until >= $1 GROUP BY 1, 2, 3",
        on,
    )
    return {(row["payer_id"], row["tin"], row["code"]): row["until"] for row in rows}
