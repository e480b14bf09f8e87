"""Intake's database put back to a backup, the log ahead of it: no number is used twice, and nothing is told twice."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from recoup import backup
from shared.commands import CommandError
from shared.events import CLAIMS_TOPIC, Envelope
from shared.events.codec import decode
from shared.runtime.log_copy import copy_out, records_in
from tests.integration.conftest import Servers
from tests.integration.intake.files import claims_of_one_patient, split
from tests.integration.intake.test_process import OPERATOR, Replica, replica, until

__all__ = ["replica"]
TENANT = "restored-clinic"


async def send(replica: Replica, text: bytes) -> dict[str, Any]:
    async with httpx.AsyncClient(timeout=30) as client:
        headers = OPERATOR | {"X-Tenant": TENANT, "Content-Type": "application/edi-x12"}
        answer = await client.post(f"{replica.url}/v1/edi", content=text, headers=headers)
    assert answer.is_success, answer.text
    return answer.json()


def part(number: str, line: int) -> bytes:
    """One of the two parts in which a claim is paid: 60.00 of its first line, or 40.00 of its second."""
    rows = split(number, "ICN1", "ICN2").decode().split("~")
    first, second = (next(n for n, row in enumerate(rows) if f"*{icn}*" in row) for icn in ("ICN1", "ICN2"))
    end = next(n for n, row in enumerate(rows) if row.strip().startswith("SE*"))
    kept = rows[first:second] if line == 1 else rows[second:end]
    paid = "60" if line == 1 else "40"
    head = [row.replace("BPR*I*100*", f"BPR*I*{paid}*").replace("EFT9", f"PART{line}") for row in rows[:first]]
    tail = [re.sub(r"SE\*\d+", f"SE*{len(head) + len(kept) - 1}", row) for row in rows[end:]]
    return "~".join([*head, *kept, *tail]).encode()


async def on_the_log(bootstrap: str, folder: Path) -> list[Envelope]:
    """Every record of this tenant on the claims' log, repetitions too."""
    await asyncio.to_thread(folder.mkdir)
    copies = await copy_out(bootstrap, [CLAIMS_TOPIC], folder)
    records = [record for copied in copies for record in records_in(folder / copied.file)]
    assert len(records) == sum(copied.records for copied in copies)
    return [decode(one.headers, one.value) for one in records if ("ce_tenant", TENANT.encode()) in one.headers]


def told(envelopes: Sequence[Envelope]) -> list[tuple[str, int, str, str]]:
    """(control number's claim, number, kind, ICN) of each record, in order of claim and number."""
    return sorted(
        (e.claim_id, e.sequence, e.type.split(".")[1], getattr(getattr(e.data, "remittance", None), "trace_number", ""))
        for e in envelopes
    )


@pytest.mark.timeout(200)
async def test_what_came_after_the_backup_comes_again_in_another_order_and_is_told_once(
    servers: Servers, replica: Replica, tmp_path: Path
) -> None:
    admin = urlsplit(servers.admin_dsn)._replace(path=urlsplit(replica.dsn).path).geturl()
    said: list[str] = []

    async def sent() -> bool:
        return not await replica.ask("SELECT count(*) FROM outbox")

    await send(replica, claims_of_one_patient("RST1"))
    await until(sent)
    await backup.back_up(tmp_path / "backup", admin, servers.bootstrap, services=("intake",), say=said.append)
    await send(replica, part("RST1", 1))
    await send(replica, part("RST1", 2))
    await send(replica, claims_of_one_patient("RST2", isa="000000043"))
    await until(sent)
    before = await on_the_log(servers.bootstrap, tmp_path / "before")
    assert [(number, kind, icn) for _, number, kind, icn in told(before) if kind == "remittance"] == [
        (2, "remittance", "PART1"),
        (3, "remittance", "PART2"),
    ]

    with pytest.raises(CommandError, match="still connected"):
        await backup.restore(tmp_path / "backup", admin, servers.bootstrap, say=said.append)
    replica.process.stop()
    await backup.restore(tmp_path / "backup", admin, servers.bootstrap, say=said.append)
    await replica.start()
    ours = ", ".join(f"'{claim_id}'" for claim_id in {e.claim_id for e in before})  # the log has others' claims, too
    adopted = f"SELECT count(*) FROM published WHERE claim_id IN ({ours})"
    assert await replica.ask(adopted) == 3
    # something new first, then what came before, in the other order
    text = claims_of_one_patient("RST1", isa="000000044").decode()
    text = re.sub(r":B:1(\S*)~", r":B:8\1~REF*F8*ICN1~", text)
    void = re.sub(r"SE\*(\d+)", lambda found: f"SE*{int(found[1]) + 1}", text).encode()
    assert (await send(replica, void))["claims"] == {"voided": 1}
    assert (await send(replica, part("RST1", 2)))["remittances"] == {"matched": 1}
    assert (await send(replica, part("RST1", 1)))["remittances"] == {"matched": 1}
    await send(replica, claims_of_one_patient("RST2", isa="000000043"))
    await until(sent)
    after = await on_the_log(servers.bootstrap, tmp_path / "after")
    assert after[: len(before)] != [] and len(after) == len(before) + 1
    (new,) = [e for e in after if e.id not in {b.id for b in before}]
    assert (new.sequence, new.type) == (4, "recoup.claim.voided.v1")
    assert len({(e.claim_id, e.sequence) for e in after}) == len(after)
    assert await replica.ask(adopted) == 0
    assert await replica.ask("SELECT max(emitted) FROM claims") == 4
    assert any("intake: as of" in line for line in said)
