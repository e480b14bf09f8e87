"""Claims filed together on a real database: all of them or none, once, whoever else is at it."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import zipfile
from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest

from services.appeals.adapters.sql.disputes import cooling_off_of
from shared.events.base import Event
from shared.events.idr import IdrInitiated
from shared.events.payer import PayerIdrDetermination
from tests.integration.appeals.conftest import Service
from tests.unit.appeals.cases import claim, flagged, remittance
from tests.unit.appeals.test_dispute_selection import PAID, widened

FEDERAL = ("N864", "N877", "N859")
OPENS = date(2026, 11, 19)
ATTESTED = {"appeals_attest": frozenset(("federal_idr",))}
TOGETHER = {"appeals_idr_gather_days": 1}


async def disputes(service: Service, n: int) -> list[str]:
    """Claims of one plan, provider and code whose open negotiation began on 5 October 2026."""
    ids = [f"{k:08d}-0000-4000-8000-000000000000" for k in range(1, n + 1)]
    for claim_id in ids:
        paid = remittance(FEDERAL)
        numbered = msgspec.structs.replace(paid.remittance, payer_claim_number=f"PCLM{claim_id[:8]}")
        events: list[Event] = [
            claim(group_number="G-1"),
            msgspec.structs.replace(paid, remittance=numbered),
            flagged(FEDERAL),
        ]
        await service.receive(*(msgspec.structs.replace(event, claim_id=claim_id) for event in events))
    return ids


async def initiated(service: Service) -> list[IdrInitiated]:
    rows = await service.runtime.pool.fetch(
        "SELECT payload FROM outbox WHERE type = 'recoup.idr.initiated.v1' ORDER BY id"
    )
    return [msgspec.json.decode(row["payload"], type=IdrInitiated, strict=False) for row in rows]


@pytest.mark.parametrize("service", [TOGETHER], indirect=True)
async def test_claims_that_may_share_a_filing_are_initiated_together_once(service: Service) -> None:
    ids = await disputes(service, 3)
    await service.pass_time(OPENS)
    assert await initiated(service) == [], "they wait a business day for each other"
    service.clock.instant += timedelta(days=1)

    async def replica(mine: list[str]) -> int:
        async with service.runtime.units.begin() as uow:
            return await service.processor.fire(uow, mine)

    # every replica sees its own part of what is due
    await asyncio.gather(*(replica(part) for part in (ids[:1], ids[1:2], ids[2:], ids)))
    await service.pass_time(OPENS + timedelta(days=1))
    found = await initiated(service)
    assert sorted(event.claim_id for event in found) == ids
    assert len({event.batch_id for event in found}) == 1 and found[0].batch_id, "whoever was first filed all of them"
    # half way in the published range of a batch: 720.50, and 15 once
    assert sum(event.administrative_fee for event in found) == Decimal("15.00")
    assert sum(event.entity_fee for event in found) == Decimal("720.50")
    rows = await service.runtime.pool.fetch(
        "SELECT claim_id::text AS id, status FROM filings WHERE forum = 'federal_idr' ORDER BY 1"
    )
    assert [(row["id"], row["status"]) for row in rows] == [
        (ids[0], "queued"),
        (ids[1], "batched"),
        (ids[2], "batched"),
    ]
    paper = await service.get(f"/v1/cases/{ids[0]}/documents/2/idr_initiation?format=json")
    assert paper.is_success, paper.text
    assert [item["claim"] for item in paper.json()["items"]] == [f"PCLM{claim_id[:8]}" for claim_id in ids]
    assert paper.json()["dispute"]["batching"].startswith("batched: 3 claims, code 99284")


@pytest.mark.parametrize("service", [TOGETHER], indirect=True)
async def test_the_portals_archive_has_the_form_and_its_proofs_and_the_offer_is_in_another(service: Service) -> None:
    ids = await disputes(service, 2)
    await service.pass_time(OPENS)
    await service.pass_time(OPENS + timedelta(days=1))
    answer = await service.get(f"/v1/cases/{ids[0]}/documents/2")
    assert answer.is_success, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = set(archive.namelist())
        assert {"upload/on_notice.pdf", "upload/remittance_copy.pdf", "idr_initiation.pdf"} < names
        assert not [name for name in names if "offer" in name]
        rows = list(csv.DictReader(io.StringIO(archive.read("idr_initiation_lines.csv").decode("utf-8-sig"))))
        assert [(row["Claim number"], row["Service code"]) for row in rows] == [
            (f"PCLM{claim_id[:8]}", "99284") for claim_id in ids
        ]
        told = archive.read("idr_initiation.json").decode() + archive.read("idr_initiation.txt").decode()
        assert "1200.00" not in told and "1,200.00" not in told
        manifest = json.loads(archive.read("manifest.json"))
        assert set(manifest["files"]) == names - {"manifest.json"}
    offer = await service.get(f"/v1/cases/{ids[0]}/documents/2?to=entity")
    with zipfile.ZipFile(io.BytesIO(offer.content)) as archive:
        names = set(archive.namelist())
        assert "idr_offer.pdf" in names and not [name for name in names if "initiation" in name or "upload" in name]
    letters = (await service.get(f"/v1/cases/{ids[0]}/letters")).json()["letters"]
    assert {one["kind"]: one["state"] for one in letters if one["filing"] == 2}["idr_offer"] == "draft"


@pytest.mark.parametrize("service", [ATTESTED], indirect=True)
async def test_a_person_confirms_a_filing_of_the_plan_once(service: Service) -> None:
    ids = await disputes(service, 3)
    await service.pass_time(OPENS)
    body: dict[str, object] = {"claim_ids": ids, "filed_on": OPENS.isoformat(), "reference": "DISP-1001"}
    early = await service.post("/v1/idr/filings", body | {"filed_on": "2026-11-18"})
    assert (early.status_code, early.json()["type"]) == (409, "urn:recoup:problem:refused")
    nobody = await service.post("/v1/idr/filings", body | {"claim_ids": [*ids, "0" * 8 + ids[0][8:]]})
    assert nobody.status_code == 404 and await initiated(service) == []

    answers = await asyncio.gather(
        *(service.post("/v1/idr/filings", body) for _ in range(3)),
        service.post(f"/v1/cases/{ids[0]}/filing", {"sent_on": OPENS.isoformat(), "reference": "DISP-1"}),
    )
    codes = sorted(answer.status_code for answer in answers[:3])
    found = await initiated(service)
    if answers[3].is_success:  # the claim was filed alone first: it cannot be in a batch any more
        assert codes == [409, 409, 409] and len(found) == 1
        return
    assert codes == [201, 409, 409]
    assert sorted(event.claim_id for event in found) == ids and len({event.batch_id for event in found}) == 1
    history = (await service.get(f"/v1/cases/{ids[1]}")).json()["history"]
    assert [entry["action"] for entry in history] == ["file_in_batch"]
    filing = (await service.get(f"/v1/cases/{ids[1]}")).json()["filings"][-1]
    assert filing["batch"]["claim_ids"] == ids and filing["reference"] == "DISP-1001"


@pytest.mark.parametrize("service", [TOGETHER], indirect=True)
async def test_a_person_and_the_clock_at_once_initiate_each_claim_once(service: Service) -> None:
    """The gathering day ends while a person confirms two of the three: whoever is first, nothing is paid twice."""
    ids = await disputes(service, 3)
    await service.pass_time(OPENS)
    service.clock.instant += timedelta(days=1)
    day = (OPENS + timedelta(days=1)).isoformat()

    async def timers() -> int:
        async with service.runtime.units.begin() as uow:
            return await service.processor.fire(uow, ids)

    body: dict[str, object] = {"claim_ids": ids[:2], "filed_on": day, "reference": "DISP-1001"}
    _, person, _ = await asyncio.gather(timers(), service.post("/v1/idr/filings", body), timers())
    await service.pass_time(OPENS + timedelta(days=1))
    found = await initiated(service)
    assert sorted(event.claim_id for event in found) == ids, "each claim once"
    rows = await service.runtime.pool.fetch(
        "SELECT proof FROM filings WHERE forum = 'federal_idr' AND status = 'attested'"
    )
    assert [row["proof"] for row in rows] == ["DISP-1001"] * (2 if person.status_code == 201 else 0)
    # one administrative fee for each filing there is, whole to the cent
    filings = {event.batch_id or event.claim_id for event in found}
    assert sum(event.administrative_fee for event in found) == 15 * len(filings)
    assert await service.runtime.pool.fetchval("SELECT count(*) FROM filings WHERE forum = 'federal_idr'") == 3


@pytest.mark.parametrize("service", [TOGETHER], indirect=True)
@pytest.mark.parametrize(("back", "filed"), [(date(2026, 11, 23), True), (date(2026, 11, 24), False)])
async def test_an_outage_over_the_gathering_day_files_in_the_window_or_says_that_it_was_missed(
    service: Service, back: date, filed: bool
) -> None:
    """Down since before the window opened on the 19th. Its last safe day is the 23rd: three business days."""
    ids = await disputes(service, 3)
    await service.pass_time(date(2026, 11, 18))
    await service.pass_time(back)
    found = await initiated(service)
    noticed = await service.runtime.pool.fetch("SELECT payload FROM outbox WHERE type = 'recoup.deadline.noticed.v1'")
    missed = [n for n in (msgspec.json.decode(row["payload"]) for row in noticed) if n["notice"] == "missed"]
    if filed:
        # back on the last day there is no day left to gather on: filed at once, and together
        assert sorted(event.claim_id for event in found) == ids and len({event.batch_id for event in found}) == 1
        assert {event.initiated_on for event in found} == {back} and not missed
    else:
        assert not found, "nothing is filed backwards"
        assert sorted(n["claim_id"] for n in missed) == ids
    await service.pass_time(back + timedelta(days=3))
    assert len(await initiated(service)) == (3 if filed else 0)


async def with_a_line_later(service: Service, n: int) -> list[str]:
    """Claims that went to IDR on 20 November, when the payer answered line 2 too: a dispute of its own; its ids."""
    ids = await disputes(service, n)
    await service.pass_time(OPENS + timedelta(days=1))
    line = msgspec.structs.replace(PAID, line=2)
    for claim_id in ids:
        answered = widened(line, carcs=("45",))
        await service.receive(
            msgspec.structs.replace(
                answered, claim_id=claim_id, notice_on=OPENS + timedelta(days=1), remittance_id="R2"
            )
        )
    return [(await service.case(claim_id)).beside[0].case_id for claim_id in ids]


@pytest.mark.parametrize("service", [TOGETHER], indirect=True)
async def test_disputes_beside_the_first_are_initiated_together_and_begin_cooling_off(service: Service) -> None:
    """The window for a notice of 20 November opens on 7 January 2027; a business day later nobody else has come."""
    seconds = await with_a_line_later(service, 2)
    before = len(await initiated(service))
    window = date(2027, 1, 7)
    await service.pass_time(window)
    plan = (await service.get(f"/v1/idr/plan?on={window}")).json()
    assert [(f["kind"], sorted(f["case_ids"])) for f in plan["filings"]] == [("batch", sorted(seconds))]
    await service.pass_time(window + timedelta(days=1))
    found = (await initiated(service))[before:]
    assert sorted(event.case_id for event in found) == sorted(seconds)
    assert len({event.batch_id for event in found}) == 1 and found[0].batch_id and found[0].batch_claims == 2
    assert sum(event.entity_fee for event in found) == Decimal("720.50")
    ways = await service.runtime.pool.fetch(
        "SELECT case_id::text AS id, status FROM filings WHERE forum = 'federal_idr' AND case_id = ANY($1::uuid[])",
        seconds,
    )
    carrier = found[0].case_id
    batch = (await service.case(found[0].claim_id)).beside[0].filings[-1].batch
    assert batch is not None
    carrier = batch.keys[0]
    assert {row["id"]: row["status"] for row in ways} == {
        one: "queued" if one == carrier else "batched" for one in seconds
    }
    determined = date(2027, 2, 10)
    await service.pass_time(determined)
    await service.receive(
        PayerIdrDetermination(
            claim_id=found[0].claim_id, case_id=found[0].case_id, prevailing="provider", award=Decimal("800.00"),
            determined_on=determined,
        )
    )  # fmt: skip
    until = (await service.case(found[0].claim_id)).beside[0].cooling_off_until
    assert until is not None
    async with service.runtime.pool.acquire() as conn:
        running = await cooling_off_of(conn, [found[1].claim_id], determined)
        over = await cooling_off_of(conn, [found[1].claim_id], until + timedelta(days=1))
    ((period,),) = running.values()
    assert (period.until, period.determined_on, over) == (until, determined, {})


@pytest.mark.parametrize("service", [ATTESTED], indirect=True)
async def test_a_person_files_the_disputes_they_name(service: Service) -> None:
    ids = await disputes(service, 2)
    await service.pass_time(OPENS)
    # neither has been filed: with line 2 in a dispute of its own, the same day's answer
    line = msgspec.structs.replace(PAID, line=2)
    for claim_id in ids:
        await service.receive(
            msgspec.structs.replace(widened(line, carcs=("45",)), claim_id=claim_id, remittance_id="R2")
        )
    firsts = [(await service.case(claim_id)).case_id for claim_id in ids]
    body: dict[str, object] = {"claim_ids": ids, "filed_on": OPENS.isoformat(), "reference": "DISP-7"}
    nobody = await service.post("/v1/idr/filings", body | {"case_ids": [*firsts, "no such dispute"]})
    assert (nobody.status_code, await initiated(service)) == (409, [])
    filed = await service.post("/v1/idr/filings", body | {"case_ids": firsts})
    assert filed.status_code == 201, filed.text
    assert sorted(one["case_id"] for one in filed.json()["disputes"]) == sorted(firsts)
    assert sorted(filed.json()["parts"]) == ids
    assert sorted(event.case_id for event in await initiated(service)) == sorted(firsts)
