"""What the gateway tells of intake's code lists that have ended, and that it tells nothing where intake is silent."""

from __future__ import annotations

import httpx
import msgspec
import pytest

from services.gateway.adapters.upstream import Upstream
from services.gateway.application.operations_ports import EndedList

SAID = [{"name": "icd10cm", "version": "FY2026", "valid_to": "2026-09-30", "days": 60}]


def intake(status: int) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.path) == ("GET", "/admin/code-lists")
        assert request.headers["Authorization"] == "Bearer operator"
        if status == 0:
            raise httpx.ConnectError("refused")
        return httpx.Response(status, json=SAID if status == 200 else {"detail": "no"})

    return httpx.MockTransport(answer)


@pytest.mark.parametrize(("status", "days"), [(200, [60]), (404, []), (500, []), (0, [])])
async def test_lists_that_have_ended(status: int, days: list[int]) -> None:
    upstream = Upstream({"intake": "http://intake"}, "desk", "operator", transport=intake(status))
    try:
        found = msgspec.convert(await upstream.ended_lists(), list[EndedList])
    finally:
        await upstream.close()
    assert [one.days for one in found] == days


async def test_where_intake_is_not_known_nothing_is_told() -> None:
    upstream = Upstream({}, "desk", "operator", transport=intake(200))
    try:
        assert await upstream.ended_lists() == []
    finally:
        await upstream.close()
