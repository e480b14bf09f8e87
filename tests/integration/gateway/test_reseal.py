"""Key rotation: after it nothing needs the old key, and nothing was lost."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable

import asyncpg
import pytest
from pydantic import SecretStr

from services.gateway.adapters.identifiers import Identifiers
from services.gateway.adapters.reseal import NewestUnknown, Resealed, left, reseal
from services.gateway.domain.view import Identifier
from services.gateway.settings import GatewaySettings
from shared.db.pool import open_pool
from tests.integration import earlier_seals
from tests.integration.conftest import Servers
from tests.integration.gateway.conftest import OPERATOR, PHI_KEYS, Harness, own_gateway, serving, start_at_the_end
from tests.stored import rewrite
from tests.unit.gateway.lives import new_claim, won

NEWER = base64.urlsafe_b64encode(b"newr" + bytes(range(32, 64))).decode()


async def command(module: str, settings: GatewaySettings) -> subprocess.CompletedProcess[str]:
    """Run one of the gateway's own commands, with its settings in the environment as in production."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RECOUP_")} | {
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "RECOUP_PHI_KEYS": settings.phi_keys.get_secret_value(),
        "RECOUP_GATEWAY_GROUP": settings.gateway_group,
    }
    run = [sys.executable, "-m", module]
    return await asyncio.to_thread(subprocess.run, run, env=environment, capture_output=True, text=True, check=False)


def sealed_as(field: str, value: str) -> Callable[[str], str]:
    """Puts this into a view's JSON as what was sealed of the field."""

    def change(text: str) -> str:
        view = json.loads(text)
        view[field]["sealed"] = value
        return json.dumps(view)

    return change


async def test_after_rotation_the_old_key_can_go(servers: Servers) -> None:
    claim = new_claim()
    async with own_gateway(servers) as harness:
        await start_at_the_end(harness.settings)
        async with serving(harness.app):
            await harness.tell(won(claim, control="ROTATE-1"), tenant="rotated")
            async with harness.client() as client:
                hook = {"url": "http://127.0.0.1:9/hook", "tenants": ["rotated"]}
                secret = (await client.post("/v1/webhooks", json=hook)).json()["secret"]
            rotated = harness.settings.model_copy(update={"phi_keys": SecretStr(f"{NEWER},{PHI_KEYS}")})
            with pytest.raises(NewestUnknown, match="RECOUP_PHI_KEYS"):
                await reseal(harness.settings.model_copy(update={"phi_keys": SecretStr(NEWER)}))
            assert await reseal(rotated) == Resealed(claims=1, endpoints=1)  # while the gateway runs
            assert await reseal(rotated) == Resealed(claims=0, endpoints=1, left=0)
            admin = await asyncpg.connect(harness.admin_dsn)
            older = Identifiers(PHI_KEYS).identify("rotated", claim, "patient_control_number", "ROTATE-1").sealed
            await rewrite(admin, "gateway.claims", sealed_as("patient_control_number", older))
            pool = await open_pool(harness.settings.database_url.get_secret_value(), service="gateway", size=1)
            assert await left(pool, Identifiers(f"{NEWER},{PHI_KEYS}")) == 1, "sealed by a replica without the new key"
            await pool.close()
            await admin.close()
            missing = await command(
                "services.gateway.reseal", rotated.model_copy(update={"phi_keys": SecretStr(NEWER)})
            )
            assert missing.returncode == 2 and "RECOUP_PHI_KEYS" in missing.stderr
            done = await command("services.gateway.reseal", rotated)
            assert (done.returncode, done.stderr) == (0, ""), "the claim and the endpoint"
            assert "2" in done.stdout
            running = await command("services.gateway.rebuild", rotated)
            assert running.returncode == 1 and "running" in running.stderr
        after = Harness(servers, harness.admin_dsn, harness.settings.model_copy(update={"phi_keys": SecretStr(NEWER)}))
        async with serving(after.app), after.client(OPERATOR) as client:
            found = (await client.get("/v1/claims", params={"patient_control_number": "rotate-1"})).json()["items"]
            assert [(c["claim_id"], c["payer_claim_number"]) for c in found] == [(claim, "ICN-77")]
        admin = await asyncpg.connect(harness.admin_dsn)
        row = await admin.fetchrow("SELECT endpoint_id::text, secret FROM gateway.webhook_endpoints")
        await admin.close()
        assert row is not None
        opened = Identifiers(NEWER).open(
            Identifier(row["secret"]), tenant="", claim_id=row["endpoint_id"], field="webhook_secret"
        )
        assert opened == secret


async def test_what_an_earlier_release_sealed_is_found_and_moved_into_the_one_format(servers: Servers) -> None:
    claim, field = new_claim(), "patient_control_number"
    async with own_gateway(servers) as harness:
        await start_at_the_end(harness.settings)
        async with serving(harness.app):
            await harness.tell(won(claim, control="EARLIER-1"), tenant="earlier")
            async with harness.client() as client:
                hook = {"url": "http://127.0.0.1:9/hook", "tenants": ["earlier"]}
                made = (await client.post("/v1/webhooks", json=hook)).json()
            admin = await asyncpg.connect(harness.admin_dsn)
            sealed = earlier_seals.gateway(PHI_KEYS, "EARLIER-1", "earlier", claim, field)
            await rewrite(admin, "gateway.claims", sealed_as(field, sealed))
            await admin.execute(
                "UPDATE gateway.webhook_endpoints SET secret = $1",
                earlier_seals.gateway(PHI_KEYS, made["secret"], "", made["endpoint_id"], "webhook_secret"),
            )
            async with harness.client() as client:
                found = (await client.get("/v1/claims", params={field: "earlier-1"})).json()["items"]
                assert [(one["claim_id"], one[field]) for one in found] == [(claim, "EARLIER-1")]
            identifiers = Identifiers(PHI_KEYS)
            pool = await open_pool(harness.settings.database_url.get_secret_value(), service="gateway", size=1)
            assert await left(pool, identifiers) == 2
            assert await reseal(harness.settings) == Resealed(claims=1, endpoints=1, left=0)
            secret = await pool.fetchval("SELECT secret FROM webhook_endpoints")
            await pool.close()
            await admin.close()
            assert base64.b64decode(secret).startswith(identifiers.mark)
            async with harness.client() as client:
                found = (await client.get("/v1/claims", params={field: "earlier-1"})).json()["items"]
                assert [(one["claim_id"], one[field]) for one in found] == [(claim, "EARLIER-1")]
            assert await harness.app.state.gateway.webhooks.secrets(made["endpoint_id"]) == [made["secret"]]
