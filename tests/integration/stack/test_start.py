"""A service starts in any order with its servers: it answers while it waits, and comes up when they do."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from recoup_tools.stack import Stack


@pytest.fixture
async def servers(folder: Path) -> Stack:
    stack = Stack(folder)
    await stack.up_servers()
    await stack.prepare(2)
    return stack


@pytest.mark.parametrize("away", ["kafka", "postgres"])
async def test_a_service_whose_server_is_away_answers_and_comes_up_with_it(servers: Stack, away: str) -> None:
    servers.process(away).kill()
    servers.start_service("benchmark")
    staff = {"Authorization": f"Bearer {servers.admin_token}"}
    async with httpx.AsyncClient(base_url=servers.url("benchmark"), timeout=5, headers=staff) as client:
        while True:
            try:
                live = await client.get("/healthz/live")
                break
            except httpx.TransportError:
                assert servers.process("benchmark").running
        ready, asked = await client.get("/healthz/ready"), await client.post("/v1/quote", json={})
        assert (live.status_code, ready.status_code, asked.status_code) == (200, 503, 503)
        assert ready.json() == {"status": "starting"}
        assert asked.headers["content-type"] == "application/problem+json"
        assert asked.headers["retry-after"] == "1"
        assert asked.json()["type"] == "urn:recoup:problem:starting"
        if away == "kafka":
            await servers.start_broker()
        else:
            await servers.start_database()
        await servers.wait_service("benchmark")
        assert (await client.get("/healthz/ready")).json()["status"] == "ready"
        assert (await client.post("/v1/quote", json={})).status_code == 422
    servers.process("benchmark").stop()
