"""A practice joins: its history is loaded, reported and taken up on the running stack, and nothing begins by itself."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncGenerator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from recoup_client import Client
from recoup_tools.demo.readlog import claims_on_log
from recoup_tools.stack import Stack
from tests.e2e import practice as generated
from tests.e2e.conftest import Ran, recoup
from tests.e2e.payments import PAID, SERVED, TODAY, Pay, Set, claims, remittance

BARRED, TAKEN, HANDED, RESTATED = "QC9001", "QC9002", "QC9003", "QC9004"
SIZE = int(os.environ.get("RECOUP_PRACTICE_CLAIMS", "240"))
"""Claims of the practice of some size; the whole one has 20,000."""
SLOW = max(120.0, SIZE / 8)
"""Seconds that a command may take."""
PURSUES = {
    "recoup.appeal.filed.v1", "recoup.negotiation.opened.v1", "recoup.idr.initiated.v1", "recoup.claim.inquired.v1",
    "recoup.underpayment.flagged.v1", "recoup.claim.denied.v1", "recoup.dispute.opened.v1", "recoup.claim.settled.v1",
    "recoup.offer.made.v1", "recoup.claim.closed.v1",
}  # fmt: skip
"""What is said only of a claim that is pursued, or that our work ended."""

FILED = ("recoup.appeal.filed.v1", "recoup.negotiation.opened.v1", "recoup.idr.initiated.v1")


class Practice:
    """A practice's claims as the gateway shows them, and its commands."""

    def __init__(self, stack: Stack, folder: Path, tenant: str) -> None:
        self.stack = stack
        self.folder = folder
        self.tenant = tenant
        self._client = Client(stack.url("gateway"), stack.admin_token)

    def close(self) -> None:
        self._client.close()

    def run(self, *words: str) -> Ran:
        """`recoup WORDS` for this practice, in a process of its own."""
        return recoup(*words, "--state", str(self.stack.dir), "--tenant", self.tenant, timeout=SLOW)

    def rows(self, *words: str) -> list[dict[str, Any]]:
        """The rows that a command prints."""
        return [json.loads(line) for line in self.run(*words).out.splitlines()]

    def wrote(self, name: str, content: bytes | str) -> str:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def claim(self, number: str) -> Any:
        return next(self._client.claims(patient_control_number=number, tenant=self.tenant), None)

    def case(self, number: str) -> dict[str, Any]:
        return self._client.case(self.claim(number).claim_id)

    def timeline(self, number: str) -> list[Any]:
        return list(self._client.timeline(self.claim(number).claim_id))

    async def told(self) -> dict[str, list[str]]:
        """The types of all events of the practice's claims, by control number."""
        return {
            one.control_number: [envelope.type for envelope in one.log]
            async for one in claims_on_log(self.stack.bootstrap)
            if one.log[0].tenant == self.tenant
        }

    async def until(self, holds: Callable[[], Any], most: float = 60) -> Any:
        """Wait until something holds, for `most` seconds."""
        for _ in range(int(most * 2)):
            found = await asyncio.to_thread(holds)
            if found:
                return found
            await asyncio.sleep(0.5)
        raise AssertionError(f"it did not come to hold within {most} seconds")


@pytest.fixture
async def practice(running: Stack, tmp_path: Path) -> AsyncGenerator[Practice]:
    """The four claims, loaded as history: one paid two years ago, three within the last month."""
    found = Practice(running, tmp_path, "joins")
    old = (claims([BARRED]), remittance(Set("QC9001T", (Pay(BARRED),))))
    past = [one.replace(SERVED.encode(), b"20240301").replace(PAID.encode(), b"20240401") for one in old]
    recent = [TAKEN, HANDED, RESTATED]
    files = [
        found.wrote("a.837", past[0]),
        found.wrote("b.835", past[1]),
        found.wrote("c.837", claims(recent)),
        found.wrote("d.835", remittance(*(Set(f"{number}T", (Pay(number),)) for number in recent))),
    ]
    ran = found.run("submit", *files, "--history")
    assert ran.code == 0, ran.out + ran.err
    yield found
    found.close()


async def test_history_is_loaded_reported_and_taken_up(practice: Practice) -> None:
    everyone = (BARRED, TAKEN, HANDED, RESTATED)

    def all_are_history() -> bool:
        found = [practice.claim(number) for number in everyone]
        return all(one is not None and one.history and one.remittances for one in found)

    await practice.until(all_are_history)

    def reported() -> list[dict[str, Any]]:
        rows = practice.rows("history", "open")
        return rows if sum(row["claims"] for row in rows) == len(everyone) else []

    # what is open: three claims, and the one of two years ago in no forum
    rows = await practice.until(reported)
    by_forum = {row["forum"]: row for row in rows}
    assert by_forum["nothing"]["claims"] == 1 and by_forum["nothing"]["assumed"] == 1
    (forum,) = by_forum.keys() - {"nothing"}
    assert by_forum[forum]["claims"] == 3 and by_forum[forum]["first"] >= TODAY.isoformat()
    listed = {row["claim_id"] for row in practice.rows("history", "open", "--claims")}
    assert listed == {practice.claim(number).claim_id for number in everyone[1:]}, "a barred right is not offered"
    assert not PURSUES & {name for names in (await practice.told()).values() for name in names}

    # days of receipt by a file: shown, then counted anew
    received = TODAY - timedelta(days=1)
    days = practice.wrote("days.csv", f"claim,received_on\n{RESTATED},{received.isoformat()}\n")
    (shown,) = practice.rows("history", "receipts", days, "--reason", "as stamped", "--preview")
    (done,) = practice.rows("history", "receipts", days, "--reason", "as stamped")
    assert shown["after"] == done["after"] and done["after"]["received_on"] == received.isoformat()
    assert done["before"]["assumed"] and done["after"]["until"] > done["before"]["until"]

    # what another system left pending goes on there; what was barred is not opened by being handed over
    filed, due = TODAY - timedelta(days=2), TODAY + timedelta(days=40)
    sheet = practice.wrote(
        "open.csv",
        "claim,payer_number,forum,level,filed_on,reference,due\n"
        f"{HANDED},I{HANDED},commercial_appeal,2,{filed.isoformat()},APL-1,{due.isoformat()}\n"
        f"{BARRED},,{forum},1,,,\n",
    )
    ran = practice.run("history", "take-over", sheet, "--reason", "from the former vendor")
    handed, barred = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 1 and "counted from the receipt on 2024-04-01" in barred["refused"]
    assert (handed["forum"], handed["level"], handed["until"]) == ("commercial_appeal", 2, due.isoformat())
    await practice.until(lambda: practice.claim(HANDED).state == "in_appeal")
    case = practice.case(HANDED)
    assert [(f["filed_on"], f["reference"]) for f in case["filings"]] == [(filed.isoformat(), "APL-1")]
    assert [one["status"] for one in case["outbox"]] == ["attested"], "it is not sent again"
    again = practice.run("history", "take-over", sheet, "--reason", "from the former vendor")
    assert json.loads(again.out.splitlines()[0])["unchanged"]

    # chosen ones are taken up: one is pursued, the barred one is told to be barred
    ran = practice.run("history", "take-up", TAKEN, BARRED, "--reason", "in time")
    assert ran.code == 0, ran.out + ran.err
    await practice.until(lambda: not practice.claim(TAKEN).history and practice.case(TAKEN)["forum"])
    await practice.until(lambda: practice.case(BARRED)["ended"])
    timeline = json.dumps([entry.sentence for entry in practice.timeline(BARRED)])
    assert "barred before it came to us" in timeline
    assert practice.case(TAKEN)["stage"] == "prepare", "a person attests its filing"
    told = await practice.told()
    assert {"recoup.history.judged.v1", "recoup.history.taken-up.v1"} <= set(told[TAKEN])
    assert {number: set(FILED) & set(names) for number, names in told.items()} == {
        BARRED: set(), TAKEN: set(), RESTATED: set(), HANDED: {"recoup.appeal.filed.v1"},
    }  # fmt: skip
    assert not PURSUES & set(told[RESTATED])
    assert practice.claim(RESTATED).history


async def test_a_whole_practice_is_loaded_in_one_command_and_nothing_begins(running: Stack, tmp_path: Path) -> None:
    """Two years of claims, and some of them open elsewhere; by hand the whole of 20,000, with 1,500 open items."""
    found = Practice(running, tmp_path, "whole-practice")
    months = generated.practice(SIZE, TODAY)
    archive = tmp_path / "archive"
    archive.mkdir()
    generated.write(months, archive)
    items = SIZE * 3 // 40
    left = list(generated.left_open(months, items, TODAY))
    sheet = found.wrote("open.csv", "\n".join(left))
    began = time.monotonic()
    ran = await asyncio.to_thread(
        found.run, "history", "load", str(archive), "--open-items", sheet, "--reason", "from the former vendor"
    )
    took = time.monotonic() - began
    assert ran.code == 0, ran.out[-2000:] + ran.err
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert sum("interchange_id" in line for line in lines) == 2 * len(months)
    assert sum("step" in line for line in lines) == items, "each open item stands where it was left"
    assert {line["of"]: line["claims"] for line in lines if "of" in line} == {
        "history": SIZE - items, "our work": items,
    }  # fmt: skip

    # received when they were paid: 180 days (29 CFR 2560.503-1(h)(3)(i)) bar what was paid before
    disputed = [month for month in months for _ in month.disputed]
    barred = sum((TODAY - month.paid).days > 180 for month in disputed)
    rows = found.rows("history", "open")
    assert sum(row["claims"] for row in rows) == len(disputed) - items
    assert {row["forum"]: row["claims"] for row in rows}["nothing"] == barred
    assert all(row["first"] >= TODAY.isoformat() for row in rows if row["forum"] != "nothing")
    offered = found.rows("history", "open", "--claims", "--limit", "5000")
    assert len(offered) == len(disputed) - items - barred
    assert all(row["until"] >= TODAY.isoformat() for row in offered), "no barred right is offered"

    told = await found.told()
    assert len(told) == SIZE
    begun = {number for number, names in told.items() if PURSUES & set(names)}
    handed = {line.partition(",")[0] for line in left[1:]}
    assert begun == handed, "only what was handed over is pursued"
    filed = {number: [name for name in names if name in FILED] for number, names in told.items()}
    assert filed == {number: ["recoup.appeal.filed.v1"] * (number in handed) for number in told}
    print(
        f"\n{SIZE} claims of {len(months)} months and {items} open items in one command: {took:.0f} s; begun "
        f"{len(begun)}, all of them handed over; {len(offered)} offered, 0 of them barred; {barred} barred"
    )
    found.close()
