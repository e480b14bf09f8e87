"""The read model is built again from the log alone, comes out the same, and tells nobody twice."""

from __future__ import annotations

import base64

import pytest
from pydantic import SecretStr

from services.gateway.adapters.kafka.rebuild import StillRunning, rebuild
from tests.integration.conftest import Servers
from tests.integration.gateway.conftest import PHI_KEYS, Harness, own_gateway, serving, start_at_the_end
from tests.integration.gateway.test_access import make_key
from tests.integration.gateway.test_outcomes import figures
from tests.unit.gateway.ends import house
from tests.unit.gateway.lives import fair, flagged, new_claim, won

_WITHOUT_IDS = "SELECT to_jsonb(t) - 'id' - 'quiet' - 'taken_at' AS row FROM timeline t ORDER BY claim_id, position"
_VIEWS = (
    "SELECT claim_id, tenant, state - 'taken_at' - 'steps' - 'patient_control_number' - 'payer_claim_number' AS row "
    "FROM claims ORDER BY claim_id"
)


async def snapshot(harness: Harness, claims: list[str]) -> dict[str, list[str]]:
    pool = harness.app.state.runtime.pool
    found: dict[str, list[str]] = {}
    for name, query in (("timeline", _WITHOUT_IDS), ("claims", _VIEWS)):
        rows = await pool.fetch(f"SELECT * FROM ({query}) q WHERE q::text LIKE ANY($1)", [f"%{c}%" for c in claims])
        found[name] = [str(dict(row)) for row in rows]
    return found


async def test_rebuilt_from_the_log_it_is_the_same(servers: Servers) -> None:
    claims = [new_claim() for _ in range(3)]
    lives = house()
    async with own_gateway(servers) as harness:
        begin = await start_at_the_end(harness.settings)
        async with serving(harness.app):
            await harness.tell(
                [*won(claims[0], control="REBUILT"), *fair(claims[1]), flagged(claims[1]), *won(claims[2])[:6]]
            )
            await harness.tell([event for life in lives for event in life], tenant="rebuilt")
            before = await snapshot(harness, claims)
            key = await make_key(harness, "platform", "rebuilt")
            async with harness.client(key) as client:
                reckoned = await figures(client)
                assert reckoned["all"][0]["recovered"] == "400.00"
            assert len(before["claims"]) == 3 and len(before["timeline"]) == 14 + 6 + 6
            async with harness.client() as client:
                hook = (await client.post("/v1/webhooks", json={"url": "http://127.0.0.1:9/"})).json()
                await client.patch(f"/v1/webhooks/{hook['endpoint_id']}", json={"status": "disabled"})
            with pytest.raises(StillRunning):
                await rebuild(harness.settings)
        newer = base64.urlsafe_b64encode(b"new!" + bytes(range(1, 33))).decode()
        rotated = harness.settings.model_copy(update={"phi_keys": SecretStr(f"{newer},{PHI_KEYS}")})
        done = await rebuild(rotated, begin=begin)
        assert done.claims_forgotten >= 3 and done.records_to_read >= 26
        # Everything is sealed again: the old key may go.
        again = Harness(servers, harness.admin_dsn, rotated.model_copy(update={"phi_keys": SecretStr(newer)}))
        async with serving(again.app):
            await again.caught_up()
            assert await snapshot(again, claims) == before
            async with again.client(key) as client:
                assert await figures(client) == reckoned, "every figure, to the cent"
            async with again.client() as client:
                found = (await client.get("/v1/claims", params={"patient_control_number": "REBUILT"})).json()["items"]
                assert [item["patient_control_number"] for item in found] == ["REBUILT"]
            assert await again.app.state.gateway.webhooks.secrets(hook["endpoint_id"]) == [hook["secret"]]
            pool = again.app.state.runtime.pool
            old = await pool.fetchval("SELECT bool_and(quiet) FROM timeline WHERE claim_id = ANY($1::uuid[])", claims)
            assert old is True
            await again.tell(won(claims[2])[6:])
            news = await pool.fetch(
                "SELECT position, quiet FROM timeline WHERE claim_id = $1 AND position > 6 ORDER BY position",
                claims[2],
            )
            assert [(r["position"], r["quiet"]) for r in news] == [(n, False) for n in range(7, 15)]
