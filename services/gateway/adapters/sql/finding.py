"""Claims by a number that people hold, live or ended: each reading by an index of its own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.gateway.adapters.sql.reader import Reader
from services.gateway.application.access import Principal
from services.gateway.application.claim_ports import FoundBy, NumberQuery
from shared.db.rows import Row


class _FoundRow(Row):
    claim_id: UUID
    by: FoundBy


async def by_number(reader: Reader, who: Principal, query: NumberQuery) -> dict[str, FoundBy]:
    """The claims that the number may mean, and as what, the most exact reading of each first."""
    arguments: list[Any] = []

    def place(value: Any) -> str:
        arguments.append(value)
        return f"${len(arguments)}"

    mine = ""
    # Row-level security guards; naming the tenants again lets the planner use the indexes that start with them.
    tenants = [query.tenant] if query.tenant else [] if who.sees_every_tenant else sorted(set(who.tenants))
    if tenants:
        mine = f" AND tenant = ANY({place(tenants)}::text[])"
    parts = [f"SELECT claim_id, 3 AS rank, 'trace' AS by FROM traces WHERE number = {place(query.said.number)}{mine}"]  # noqa: S608
    for rank, by, column, blinds in (
        (1, "account", "patient_control_blind", query.account_blinds),
        (2, "payer_number", "payer_claim_blind", query.payer_number_blinds),
    ):
        if blinds:
            found = f"{column} = ANY({place(list(blinds))}::text[])"
            parts.append(f"SELECT claim_id, {rank}, '{by}' FROM claims WHERE {found}{mine}")  # noqa: S608
    if query.said.ids is not None:
        first, last = (place(one) for one in query.said.ids)
        within = f"claim_id BETWEEN {first}::text::uuid AND {last}::text::uuid"
        parts.append(f"SELECT claim_id, 4, 'claim_id' FROM claims WHERE {within}{mine}")  # noqa: S608
    async with reader.session(who) as conn:
        rows = await conn.fetch(
            "SELECT claim_id, by FROM (SELECT DISTINCT ON (claim_id) claim_id, rank, by "  # noqa: S608 - columns of ours
            f"FROM ({' UNION ALL '.join(parts)}) every ORDER BY claim_id, rank) best "
            f"ORDER BY rank, claim_id LIMIT {query.limit}",
            *arguments,
            record_class=_FoundRow,
        )
    return {str(row.claim_id): row.by for row in rows}
