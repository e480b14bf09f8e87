"""End to end: files in over HTTP, every service and the payers' side running; machine time by the broker's clock."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

import httpx
import msgspec

from recoup_tools.bench.recording import Recorded
from recoup_tools.demo.calendar import Calendar
from recoup_tools.demo.generator import CLAIMS_PER_CHUNK, generate
from recoup_tools.demo.manifest import Manifest, expected_claims
from recoup_tools.stack import Stack, StackError
from shared.calendar import EASTERN, legal_day
from shared.events.claims import ClaimReceived
from shared.events.codec import decode

_FLAGGED = "recoup.underpayment.flagged.v1"
_SETTLED = "recoup.claim.settled.v1"
_PATIENCE = 900.0


class Latency(msgspec.Struct, frozen=True):
    """Seconds from submission."""

    n: int
    p50: float
    p99: float


async def bulk(stack: Stack, folder: Path, claims: int) -> tuple[float, dict[str, float]]:
    """Claims a second from the first byte until nothing is left to do on the first day, and when each was submitted."""
    manifest = generate(folder, claims=claims, seed=3, today=legal_day(datetime.now(UTC), EASTERN))
    started = time.perf_counter()
    submitted = await _submit(stack, folder, manifest)
    await quiet(stack)
    return claims / (time.perf_counter() - started), submitted


async def trickle(stack: Stack, folder: Path, *, a_second: int, seconds: int) -> dict[str, float]:
    """Submit `a_second` claims each second; returns when (epoch seconds) each control number was submitted."""
    submitted: dict[str, float] = {}
    today = legal_day(datetime.now(UTC), EASTERN)
    for n in range(seconds):
        part = folder / f"{n:03}"
        manifest = generate(part, claims=a_second, seed=1000 + n, today=today)
        begun = time.time()
        submitted |= await _submit(stack, part, manifest)
        await asyncio.sleep(max(0.0, 1 - (time.time() - begun)))
    await quiet(stack)
    return submitted


async def _submit(stack: Stack, folder: Path, manifest: Manifest) -> dict[str, float]:
    """Send every file in its order; the control numbers with the instant at which their chunk's first byte went out."""
    begun: dict[str, float] = {}
    headers = {"Authorization": f"Bearer {stack.admin_token}", "X-Tenant": stack.tenant}
    async with httpx.AsyncClient(timeout=600, headers=headers) as http:
        for entry in manifest.files:
            content = (folder / entry.name).read_bytes()
            begun.setdefault(chunk_of(entry.name), time.time())
            answer = await http.post(f"{stack.url('intake')}/v1/edi", content=content)
            if answer.status_code not in (200, 422):  # 422: a file that holds nothing but claims to be refused
                raise StackError(f"intake answered {answer.status_code} to {entry.name}", exit_code=1)
    claims = enumerate(expected_claims(folder))
    return {claim.control_number: begun[f"{n // CLAIMS_PER_CHUNK:05d}"] for n, claim in claims}


def chunk_of(file_name: str) -> str:
    """The generator's chunk that a file belongs to: the first part of its name."""
    return file_name.partition("-")[0]


async def quiet(stack: Stack) -> None:
    """Wait until nothing is on its way; raises `StackError` where that takes a quarter of an hour."""
    calendar = Calendar(stack)
    deadline = time.monotonic() + _PATIENCE
    try:
        while not await calendar.quiet():
            if time.monotonic() > deadline:
                raise StackError("the services do not come to rest", f"logs: {stack.dir / 'logs'}", exit_code=1)
            await asyncio.sleep(0.05)
    finally:
        await calendar.close()


def latencies(log: list[Recorded], submitted: dict[str, float]) -> dict[str, Latency]:
    """From submission to the first flag and the first settlement of the claims in `submitted`."""
    begun: dict[bytes, float] = {}
    reached: dict[str, dict[bytes, float]] = {_FLAGGED: {}, _SETTLED: {}}
    for record in log:
        if record.type == "recoup.claim.received.v1":
            event = decode(record.headers, record.value).data
            assert isinstance(event, ClaimReceived)
            at = submitted.get(event.claim.patient_control_number)
            if at is not None:
                begun[record.key] = at
        elif record.type in reached and record.key in begun:
            reached[record.type].setdefault(record.key, record.timestamp / 1000 - begun[record.key])
    return {name.split(".")[-2]: spread(list(v.values())) for name, v in reached.items() if len(v) > 1}


def spread(values: list[float]) -> Latency:
    """Median and 99th percentile of two values or more."""
    cuts = quantiles(values, n=100, method="inclusive")
    return Latency(len(values), round(cuts[49], 3), round(cuts[98], 3))
