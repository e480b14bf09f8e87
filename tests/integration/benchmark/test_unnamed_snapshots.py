"""Snapshots of claims that were kept before they named an organisation: they are nobody's where several have claims."""

from __future__ import annotations

from datetime import date

import msgspec

from services.benchmark.adapters.packed import PackedTable
from services.benchmark.adapters.sql.references import Releases, store
from services.benchmark.domain.distributions import OWN, Row
from tests.integration.benchmark.conftest import NOW, Service
from tests.integration.benchmark.test_service import LOW, judged
from tests.unit.benchmark.world import D

ROWS = [Row("99285", "", "professional", "us", 120, (D("600"), D("1200"), D("1800")), 2)]
OLD = PackedTable(
    "old", "ucr_charge", date(2025, 1, 2), date(2025, 12, 31), [50, 80, 95], ROWS, f"{OWN}, remittances of 2024", True
)
BOUGHT = msgspec.structs.replace(OLD, name="bought", effective_from=date(2025, 1, 1), source="a vendor's")


async def test_one_of_one_organisation_is_its_own_and_one_of_several_is_nobodys(service: Service) -> None:
    async with service.pool.acquire() as conn:
        for table in (OLD, BOUGHT):
            await store(conn, table, {"rows": 1}, NOW)

    async def table_for(tenant: str) -> str:
        async with service.pool.acquire() as conn:
            found = await Releases().refresh(conn)
        assert found is not None
        charged = found.distributions.find(
            "ucr_charge", "99285", "", "professional", "100", "NY", date(2025, 3, 4), tenant=tenant
        )
        assert charged is not None
        return charged.table

    assert await table_for("clinic") == "bought", "nobody has claims here: whose it was is not known"
    await judged(service, LOW, tenant="clinic")
    assert (await table_for("clinic"), await table_for("north")) == ("old", "bought")
    await judged(service, LOW, id="R2", tenant="north")
    assert (await table_for("clinic"), await table_for("north")) == ("bought", "bought")
