"""The running stack as a biller plays payment cases on it, and what became of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from recoup_client import Claim, Client
from recoup_client.casework import ClaimTask
from recoup_client.submissions import Submission
from recoup_tools.stack import Stack
from tests.e2e.payment_cases import CASES, Right

TENANT = "cases"


@dataclass
class Played:
    """What a case brought: the answers to its files, their 999s, its claim, its events, and what is held of it."""

    answers: list[Submission]
    reports: list[str] = field(default_factory=list[str])
    claim: Claim | None = None
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


class Desk:
    """The running stack as a biller uses it."""

    def __init__(self, stack: Stack) -> None:
        self.client = Client(stack.url("gateway"), stack.admin_token)
        headers = {"Authorization": f"Bearer {stack.admin_token}", "X-Tenant": TENANT}
        self.intake = httpx.Client(base_url=stack.url("intake"), headers=headers)

    def play(self, files: list[bytes]) -> Played:
        """Submit the files in their order."""
        played = Played([self.client.submit(content, tenant=TENANT) for content in files])
        for answer in played.answers:
            played.reports.append(self.client.x12_answers(answer.interchange_id, kind="999", tenant=TENANT))
        return played

    def held(self) -> list[dict[str, Any]]:
        """What waits on the worklist."""
        return self.intake.get("/v1/worklist/held").raise_for_status().json()

    async def see(self, played: Played, right: Right) -> None:
        """Wait until the claim stands as is right, or until it has had the time to."""
        async with asyncio.timeout(60):
            while True:
                await asyncio.to_thread(self._look, played, right.claim)
                if played.claim is not None and sums(played.claim) == right_sums(right):
                    return
                await asyncio.sleep(0.3)

    async def task(self, number: str) -> ClaimTask:
        """What a claim waits for a person to do, once it is told."""
        (claim,) = await asyncio.to_thread(self.client.find, number)
        async with asyncio.timeout(60):
            while True:
                cursor: str | None = ""
                while cursor is not None:
                    page = await asyncio.to_thread(self.client.tasks, cursor=cursor, limit=200, tenant=TENANT)
                    for task in page.items:
                        if task.claim_id == claim.claim_id:
                            return task
                    cursor = page.next
                await asyncio.sleep(0.5)

    def _look(self, played: Played, number: str) -> None:
        for claim in self.client.claims(patient_control_number=number, page_size=1):
            played.claim = claim
            told = self.client.timeline(claim.claim_id)
            played.events = [{"type": entry.type, "legal": entry.legal, **entry.data} for entry in told]
            return


def sums(claim: Claim) -> tuple[object, ...]:
    amounts = claim.amounts
    verdict = claim.assessment.verdict if claim.assessment else ""
    return (amounts.paid, amounts.allowed, amounts.patient_share, amounts.paid_by_others, verdict)


def right_sums(right: Right) -> tuple[object, ...]:
    allowed, share = (Decimal(text) if text else None for text in (right.allowed, right.share))
    return (Decimal(right.paid), allowed, share, Decimal(right.others), right.verdict)


def paths_of(name: str) -> list[Path]:
    """The files of a published case, in their order."""
    return sorted(CASES.glob(f"{name}_*.835"))


def files_of(name: str) -> list[bytes]:
    """What they hold."""
    return [path.read_bytes() for path in paths_of(name)]
