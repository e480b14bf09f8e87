"""End to end: files in over HTTP, every service and the payers' side running; machine time by the broker's clock."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

import httpx
import msgspec

from recoup.bench.recording import Recorded
from recoup.demo.calendar import Calendar
from recoup.demo.generator import generate
from recoup.demo.manifest import Manifest, expected_claims
from recoup.stack import Stack
from shared.events.claims import ClaimReceived
from shared.events.codec import decode

_FLAGGED = "recoup.underpayment.flagged.v1"
_SETTLED = "recoup.claim.settled.v1"


class Latency(msgspec.Struct, frozen=True):
    """Seconds from submission."""

    n: int
    p50: float
    p99: float


async def submit_all(stack: Stack, folder: Path, manifest: Manifest) -> None:
    """Send every file in its order."""
    async with httpx.AsyncClient(timeout=600) as http:
        for entry in manifest.files:
            answer = await http.post(f"{stack.url('intake')}/v1/edi", content=(folder / entry.name).read_bytes())
            answer.raise_for_status()


async def bulk(stack: Stack, folder: Path, claims: int) -> float:
    """Claims a second from the first byte until nothing is left to do on the first day."""
    manifest = generate(folder, claims=claims, seed=3, today=datetime.now(UTC).date())
    calendar = Calendar(stack)
    started = time.perf_counter()
    await submit_all(stack, folder, manifest)
    while not await calendar.quiet():
        await asyncio.sleep(0.1)
    seconds = time.perf_counter() - started
    await calendar.close()
    return claims / seconds


async def trickle(stack: Stack, folder: Path, *, a_second: int, seconds: int) -> dict[str, float]:
    """Submit `a_second` claims each second; returns when (epoch seconds) each control number was submitted."""
    submitted: dict[str, float] = {}
    today = datetime.now(UTC).date()
    for n in range(seconds):
        part = folder / f"{n:03}"
        manifest = generate(part, claims=a_second, seed=1000 + n, today=today)
        begun = time.time()
        for claim in expected_claims(part):
            submitted[claim.control_number] = begun
        await submit_all(stack, part, manifest)
        await asyncio.sleep(max(0.0, 1 - (time.time() - begun)))
    calendar = Calendar(stack)
    while not await calendar.quiet():
        await asyncio.sleep(0.1)
    await calendar.close()
    return submitted


def latencies(log: list[Recorded], submitted: dict[str, float]) -> dict[str, Latency]:
    """From submission to the flag and to the settlement, of the claims in `submitted`."""
    begun: dict[bytes, float] = {}
    found: dict[str, list[float]] = {_FLAGGED: [], _SETTLED: []}
    for record in log:
        if record.type == "recoup.claim.received.v1":
            event = decode(record.headers, record.value).data
            assert isinstance(event, ClaimReceived)
            at = submitted.get(event.claim.patient_control_number)
            if at is not None:
                begun[record.key] = at
        elif record.type in found and record.key in begun:
            found[record.type].append(record.timestamp / 1000 - begun[record.key])
    return {name.split(".")[-2]: _spread(values) for name, values in found.items() if len(values) > 1}


def _spread(values: list[float]) -> Latency:
    cuts = quantiles(values, n=100)
    return Latency(len(values), round(cuts[49], 3), round(cuts[98], 3))
