"""Ways out: what is sent, what counts as proof, and which faults are tried again."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import httpx
import pytest

from services.appeals.adapters.filing.channels import HttpEndpoint, PrintQueue
from services.appeals.application.ports import Package, Paper, SendFailed

PAPER = Paper("appeal_letter", "ab" * 32, b"%PDF-1.7", "text", b"{}")


def package(**recipient: str) -> Package:
    return Package("case-1", "claim", "commercial_appeal", 1, date(2026, 10, 5), recipient, (PAPER,))


async def post(status: int, *, headers: dict[str, str] | None = None, seen: list[httpx.Request] | None = None) -> str:
    def answer(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        return httpx.Response(status, headers=headers)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        return await HttpEndpoint(client).send(package(endpoint="https://payer.example/appeals"))


async def test_the_endpoints_reference_is_the_proof() -> None:
    seen: list[httpx.Request] = []
    assert await post(201, headers={"Location": "/appeals/77"}, seen=seen) == "/appeals/77"
    assert seen[0].headers["Idempotency-Key"] == "case-1" and b"%PDF-1.7" in seen[0].content


async def test_a_repetition_the_endpoint_knows_is_filed() -> None:
    assert await post(409) == "HTTP 409"


@pytest.mark.parametrize(("status", "passing"), [(500, True), (503, True), (400, False), (403, False)])
async def test_faults(status: int, passing: bool) -> None:
    with pytest.raises(SendFailed) as caught:
        await post(status)
    assert caught.value.passing is passing


async def test_nothing_goes_out_without_tls() -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(SendFailed, match="https") as caught:
            await HttpEndpoint(client).send(package(endpoint="http://payer.example"))
    assert caught.value.passing is False


async def test_the_print_queue_writes_all_or_nothing_and_once(tmp_path: Path) -> None:
    queue = PrintQueue(tmp_path)
    first = await queue.send(package())
    assert await queue.send(package()) == first
    assert {p.name for p in Path(first).iterdir()} == {  # noqa: ASYNC240
        "appeal_letter.pdf", "appeal_letter.txt", "appeal_letter.json", "manifest.json",
    }  # fmt: skip
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(SendFailed):
        await PrintQueue(blocked).send(package())
