"""Peak memory and rate of the real intake process for one large upload: `python -m bench.parse.upload 300000 5000`.

One interchange of that many claims, in sets of so many (0: all in one set), is written to a file, sent to
`POST /v1/edi` of a stack of its own (PostgreSQL, Kafka, intake), and its 277CA is fetched. The peak is the kernel's
own (VmHWM), of the whole life of the process.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import httpx

from bench.parse.generate import claims
from recoup_tools.stack import Stack

_ISA = "ISA*00*          *00*          *ZZ*BENCHSENDER    *ZZ*BENCHRECEIVER  *250601*1200*^*00501*000000001*0*P*:"
_BLOCK = 1 << 20


def interchange(count: int, per_set: int) -> Iterator[str]:
    """The segments of one interchange; control numbers of claims are unique in it."""
    yield _ISA
    yield "GS*HC*BENCHSENDER*BENCHRECEIVER*20250601*1200*1*X*005010X222A1"
    sets = 0
    for first in range(0, count, per_set):
        sets += 1
        size = 2
        yield f"ST*837*{sets:04}*005010X222A1"
        for row in claims(min(per_set, count - first), seed=sets):
            size += 1
            yield row.replace("*PCN", f"*S{sets}C") if row.startswith("CLM") else row
        yield f"SE*{size}*{sets:04}"
    yield f"GE*{sets}*1"
    yield "IEA*1*000000001"


def write(path: Path, count: int, per_set: int) -> None:
    with path.open("w") as file:
        file.writelines(f"{row}~\n" for row in interchange(count, per_set))


async def measure(folder: Path, count: int, per_set: int) -> None:
    path = folder / "upload.837"
    write(path, count, per_set or count)
    size = path.stat().st_size
    print(f"{count:,} claims, {size / 1e6:,.0f} MB", flush=True)
    stack = Stack(folder / "stack")
    try:
        await stack.up(services=("intake",))
        print(f"peak at rest {_peak(stack):.0f} MiB", flush=True)
        headers = {"Authorization": f"Bearer {stack.admin_token}", "X-Tenant": "bench"}
        async with httpx.AsyncClient(base_url=stack.url("intake"), headers=headers, timeout=7200) as client:
            started = time.perf_counter()
            answer = await client.post("/v1/edi", content=_blocks(path))
            took = time.perf_counter() - started
            body = answer.json()
            print(f"{answer.status_code} {body['claims']} after {took:.0f} s: {count / took:,.0f} claims/s", flush=True)
            print(f"peak with the upload {_peak(stack):.0f} MiB", flush=True)
            print(f"{_cpu(stack) / count * 1e6:.0f} µs of the process's CPU time a claim", flush=True)
            answers = accepted = 0
            place = f"/v1/interchanges/{body['interchange_id']}/answers"
            async with client.stream("GET", place, params={"kind": "277"}) as told:
                async for line in told.aiter_lines():
                    answers += len(line)
                    accepted += line.startswith("STC*A2:20")
            print(f"277CA of {answers / 1e6:,.0f} MB, {accepted:,} accepted; peak {_peak(stack):.0f} MiB", flush=True)
    finally:
        stack.down()


async def _blocks(path: Path) -> AsyncGenerator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _peak(stack: Stack) -> float:
    process = stack.process("intake").find()
    assert process is not None
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
    assert found is not None
    return int(found.group(1)) / 1024


def _cpu(stack: Stack) -> float:
    process = stack.process("intake").find()
    assert process is not None
    times = process.cpu_times()
    return times.user + times.system


def main(count: int, per_set: int) -> None:
    with tempfile.TemporaryDirectory(prefix="recoup-upload-", dir=Path.cwd()) as folder:
        asyncio.run(measure(Path(folder), count, per_set))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300_000, int(sys.argv[2]) if len(sys.argv) > 2 else 5_000)
