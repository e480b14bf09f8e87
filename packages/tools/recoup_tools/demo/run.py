"""The demo: the whole lifecycle on real files, real Kafka and real Postgres, and a check of the books at its end."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import httpx
import msgspec
from rich.console import Console
from rich.live import Live
from rich.table import Table

from recoup_tools.demo.books import FinalRecord
from recoup_tools.demo.calendar import Calendar
from recoup_tools.demo.examples import add_examples
from recoup_tools.demo.figures import Books
from recoup_tools.demo.generator import generate
from recoup_tools.demo.manifest import Manifest, expected_claims
from recoup_tools.demo.readlog import LoggedClaim, claims_on_log
from recoup_tools.demo.report import print_report
from recoup_tools.stack import Stack, StackError
from shared.calendar import EASTERN, legal_day
from shared.db.provision import SERVICES
from shared.lifecycle import FINAL

_FILE_TIMEOUT = 600.0
_AT_END = 2
"""How often in a row every claim must be at its end with nothing on its way, before the books are read."""
_STANDSTILL = 8
"""How often in a row nothing may change, with nothing due, before the run is given up."""


class Line(msgspec.Struct, frozen=True):
    """What the gateway says one claim came to (`/v1/books`)."""

    claim_id: str
    state: str
    close_reason: str
    billed: Decimal
    paid_at_first: Decimal | None
    paid: Decimal
    recovered: Decimal
    closed_paid: Decimal | None = None
    closed_recovered: Decimal | None = None
    closed_costs: Decimal | None = None


class Demo:
    """One run on one stack."""

    def __init__(self, stack: Stack, console: Console, *, claims: int, seed: int) -> None:
        self.stack = stack
        self.console = console
        self.claims = claims
        self.seed = seed
        self.files = stack.dir / "files"
        self._calendar = Calendar(stack)
        self._http = httpx.AsyncClient(
            timeout=_FILE_TIMEOUT,
            headers={"Authorization": f"Bearer {stack.admin_token}"},
        )
        self._headers = {"Content-Type": "application/edi-x12", "X-Tenant": stack.tenant}

    async def run(self, *, timeout: float = 3600) -> bool:
        """Everything from files to books; whether the books are right."""
        started = time.perf_counter()
        manifest = add_examples(self.files, self.write_files())
        self.console.print(
            f"{len(manifest.files)} X12 files of {manifest.counts.claims:,} claims, hand-written examples among them "
            f"({manifest.counts.remittances:,} first payments, {manifest.counts.rejected} claims to refuse, "
            f"{manifest.counts.voided} voids, {manifest.counts.replaced} replacements) in {self.files}"
        )
        submitting = time.perf_counter()
        await self.play(manifest, timeout=timeout)
        seconds = time.perf_counter() - submitting
        books, sample = await self.check()
        print_report(self.console, books, sample, claims=manifest.counts.claims, seconds=seconds)
        self.console.print(f"[dim]the whole run took {time.perf_counter() - started:.1f} s[/dim]")
        return books.discrepancy_count == 0

    def write_files(self) -> Manifest:
        """Generate the run's X12 files; the same seed and day give the same bytes."""
        shutil.rmtree(self.files, ignore_errors=True)
        return generate(self.files, claims=self.claims, seed=self.seed, today=legal_day(datetime.now(UTC), EASTERN))

    async def play(self, manifest: Manifest, *, timeout: float) -> None:
        """Submit the files and wait until every claim has come to its end, moving the calendar when all is quiet."""
        calendar = self._calendar
        with Live(console=self.console, refresh_per_second=4, transient=True) as live:
            submission = asyncio.create_task(self.submit(manifest))
            deadline = time.monotonic() + timeout
            expected = manifest.counts.claims
            at_end, stands_still, before = 0, 0, dict[str, int]()
            while True:
                counts = await self.counts()
                live.update(_progress(counts, expected, calendar.days_moved))
                if submission.done():
                    submission.result()
                    final = sum(counts.values()) >= expected and all(state in FINAL for state in counts)
                    # a payer may still take money back, and late answers must not miss the books
                    at_end = at_end + 1 if final and await calendar.quiet() else 0
                    if at_end >= _AT_END:
                        break
                    if not final and await calendar.quiet() and not await calendar.step():
                        stands_still = stands_still + 1 if counts == before else 0
                        before = counts  # what was counted may be older than the quiet: look again before giving up
                        if stands_still >= _STANDSTILL:
                            raise StackError(
                                f"the run stands still: {_open(counts)}",
                                f"look for reasons with `recoup dead-letters`, logs in {self.stack.dir / 'logs'}",
                                exit_code=1,
                            )
                if time.monotonic() > deadline:
                    raise StackError(f"not every claim reached its end in time: {_open(counts)}", exit_code=1)
                await asyncio.sleep(0.25)
        self.console.print(f"every claim is at its end; the calendar moved {calendar.days_moved} days")

    async def submit(self, manifest: Manifest) -> None:
        """Send the files over HTTP: in order within a chunk of the manifest, so that the story of a claim holds."""
        url = f"{self.stack.url('gateway')}/v1/edi"
        for entry in manifest.files:
            content = (self.files / entry.name).read_bytes()
            answer = await _send(self._http, url, content, self._headers)
            if answer.status_code not in (200, 422):
                raise StackError(f"the gateway answered {answer.status_code} to {entry.name}", exit_code=1)

    async def counts(self) -> dict[str, int]:
        """Claims by state as the gateway sees them."""
        try:
            answer = await self._http.get(f"{self.stack.url('gateway')}/v1/portfolio")
            return answer.json()["by_state"] if answer.is_success else {}
        except httpx.HTTPError:
            return {}

    async def check(self) -> tuple[Books, LoggedClaim | None]:
        """Hold manifest, log and read model against each other, claim by claim."""
        lines = {line.claim_id: line async for line in self._lines()}
        expected = {claim.control_number: claim for claim in expected_claims(self.files)}
        books = Books()
        sample: LoggedClaim | None = None
        async for claim in claims_on_log(self.stack.bootstrap):
            line = lines.pop(claim.claim_id, None)
            wanted = expected.pop(claim.control_number, None)
            books.add(wanted, None if line is None else _record(line, claim), claim.log, claim.latency)
            if sample is None or len(claim.log) > len(sample.log):
                sample = claim
        for line in lines.values():
            books.add(None, _record(line, None), [])
        for wanted in expected.values():
            books.add(wanted, None, [])
        return books, sample

    async def _lines(self) -> AsyncIterator[Line]:
        async with self._http.stream("GET", f"{self.stack.url('gateway')}/v1/books") as answer:
            if not answer.is_success:
                raise StackError(f"the gateway answered {answer.status_code} to /v1/books", exit_code=1)
            async for text in answer.aiter_lines():
                yield msgspec.json.decode(text, type=Line)

    async def close(self) -> None:
        """Close the calendar and the HTTP client."""
        await self._calendar.close()
        await self._http.aclose()


async def _send(http: httpx.AsyncClient, url: str, content: bytes, headers: Mapping[str, str]) -> httpx.Response:
    """Send a file until it is answered: what an answer did not confirm is sent again, and has one effect."""
    for attempt in range(120):
        try:
            answer = await http.post(url, content=content, headers=headers)
            if answer.status_code < 500:
                return answer
        except httpx.HTTPError:
            pass
        await asyncio.sleep(min(0.25 * (attempt + 1), 2))
    raise StackError("the gateway does not answer", exit_code=1)


def _record(line: Line, claim: LoggedClaim | None) -> FinalRecord:
    return FinalRecord(
        claim_id=line.claim_id,
        control_number=claim.control_number if claim else line.claim_id,
        state=line.state,
        billed=line.billed,
        paid_at_first=line.paid_at_first or Decimal(0),
        paid=line.paid,
        recovered=line.recovered,
        patient_share=claim.patient_share if claim else Decimal(0),
        costs=line.closed_costs or Decimal(0),
        close_reason=line.close_reason,
    )


def _progress(counts: Mapping[str, int], expected: int, days: int) -> Table:
    table = Table.grid(padding=(0, 2))
    done = sum(n for state, n in counts.items() if state in FINAL)
    known = sum(counts.values())
    table.add_row("[bold]claims[/bold]", f"{known:,} of {expected:,} known, {done:,} at their end", f"day +{days}")
    for state, n in sorted(counts.items(), key=lambda item: -item[1]):
        width = round(40 * n / max(expected, 1))
        table.add_row(state, f"[cyan]{'█' * width}[/cyan] {n:,}", "")
    return table


def _open(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {state}" for state, n in sorted(counts.items()) if state not in FINAL) or "nothing arrived"


async def run_demo(
    directory: Path, console: Console, *, claims: int, seed: int, keep: bool, timeout: float = 3600
) -> bool:
    """The demo on a stack of its own, made afresh in `directory` and taken down at the end unless `keep`."""
    stack = Stack(directory, say=console.print)
    stack.down()
    shutil.rmtree(directory, ignore_errors=True)
    stack = Stack(directory, say=console.print, rehearsal=True)
    started = time.perf_counter()
    demo: Demo | None = None
    try:
        console.print(
            "This is a rehearsal: the demo plays the payers, and the person who attests each filing. Nothing is filed "
            "anywhere; a stack of `recoup up` waits for a person in every forum."
        )
        await stack.up(simulator=True)
        console.print(
            f"stack up in {time.perf_counter() - started:.1f} s: {len(SERVICES)} services, PostgreSQL, {stack.broker}"
        )
        demo = Demo(stack, console, claims=claims, seed=seed)
        return await demo.run(timeout=timeout)
    finally:
        if demo is not None:
            await demo.close()
        if not keep:
            stack.down()
