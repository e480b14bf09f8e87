"""Evidence under seal, papers, and filings on their way out."""

from __future__ import annotations

import asyncio
import base64
import io
import zipfile
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from services.appeals.adapters.documents.evidence import EvidenceMissing, load_evidence
from services.appeals.adapters.sealing import vault_of
from services.appeals.adapters.sql.evidence import left, reseal
from shared.events.assessment import UnderpaymentFlagged
from tests.integration import earlier_seals
from tests.integration.appeals.conftest import PHI_KEYS, STAFF, Service
from tests.integration.appeals.test_service import ATTESTED, FEDERAL, PAYER, profiles
from tests.unit.appeals.cases import CLAIM, claim, denied, flagged, remittance
from tests.unit.appeals.test_collection import settled
from tests.unit.appeals.test_collection import short as on_short


async def test_evidence_is_sealed_and_sealed_anew_when_keys_rotate(service: Service) -> None:
    await service.receive(claim(), remittance(FEDERAL), flagged(FEDERAL))
    pool = service.runtime.pool
    before = [row["payload"] for row in await pool.fetch("SELECT payload FROM evidence")]
    assert len(before) == 3 and not any(b"PCN1" in payload for payload in before)
    newer = base64.urlsafe_b64encode(b"newr" + bytes(range(1, 33))).decode()
    ring = vault_of(f"{newer},{PHI_KEYS}")
    await profiles(service)
    assert (await service.get(f"/v1/cases/{CLAIM}/documents/1/on_notice")).is_success
    assert await left(pool, ring) == 5
    assert (await reseal(pool, ring), await reseal(pool, ring)) == (5, 0), "three events, a paper and its content"
    assert await left(pool, ring) == 0
    case = await service.case(CLAIM)
    async with pool.acquire() as conn:
        evidence = await load_evidence(conn, case, vault_of(newer))
        assert evidence.claim.patient_control_number == "PCN1"
        with pytest.raises(EvidenceMissing, match="not in the ring"):
            await load_evidence(conn, case, vault_of(PHI_KEYS))
    # the service itself has not been given the newer key yet: an operator's matter, not the clerk's
    refused = await service.get(f"/v1/cases/{CLAIM}/documents/1/on_notice")
    assert (refused.status_code, refused.json()["type"]) == (503, "urn:recoup:problem:sealed-value")
    assert "RECOUP_PHI_KEYS" in refused.text


async def test_evidence_of_an_earlier_release_is_read_and_moved_into_the_one_format(service: Service) -> None:
    await service.receive(claim(), remittance(FEDERAL), flagged(FEDERAL))
    pool, ring = service.runtime.pool, vault_of(PHI_KEYS)
    for row in await pool.fetch("SELECT ctid AS at, claim_id::text, type, payload FROM evidence"):
        plain = ring.open(row["payload"], row["claim_id"], row["type"])
        earlier = earlier_seals.appeals(PHI_KEYS, plain, row["claim_id"], row["type"])
        await pool.execute("UPDATE evidence SET payload = $1 WHERE ctid = $2", earlier, row["at"])
    case = await service.case(CLAIM)
    async with pool.acquire() as conn:
        assert (await load_evidence(conn, case, ring)).claim.patient_control_number == "PCN1"
    assert await left(pool, ring) == 3
    assert (await reseal(pool, ring), await left(pool, ring)) == (3, 0)
    assert all(row["payload"].startswith(ring.mark) for row in await pool.fetch("SELECT payload FROM evidence"))
    async with pool.acquire() as conn:
        assert (await load_evidence(conn, case, ring)).claim.patient_control_number == "PCN1"


async def test_papers_are_the_same_bytes_and_match_the_events_hash(service: Service) -> None:
    await profiles(service)
    await service.receive(claim(), remittance(FEDERAL), flagged(FEDERAL))
    (filing,) = (await service.case(CLAIM)).filings
    path = f"/v1/cases/{CLAIM}/documents/1/on_notice"
    first, second = await service.get(path), await service.get(path)
    assert first.status_code == 200 and first.content.startswith(b"%PDF") and first.content == second.content
    assert first.headers["X-Core-SHA256"] == filing.documents[0].sha256
    async with service.runtime.pool.acquire() as conn:
        kept = await conn.fetchrow("SELECT content, pdf, pdf_sha256, missing FROM documents")
        assert kept is not None
        assert b"PCN1" not in kept["content"] and not kept["pdf"].startswith(b"%PDF"), "kept sealed"
        await conn.execute("DELETE FROM documents")
    assert kept["pdf_sha256"] == sha256(first.content).hexdigest() and kept["missing"] == []
    assert (await service.get(path)).content == first.content, "typeset again: the same bytes"


async def test_queued_filings_are_sent_with_proof_once_facts_are_there(service: Service, tmp_path: Path) -> None:
    await service.receive(claim(), remittance(FEDERAL), flagged(FEDERAL))
    assert await service.dispatch.tick() == 1
    waiting = (await service.get(f"/v1/cases/{CLAIM}")).json()["outbox"][0]
    assert waiting["status"] == "waiting" and "profile.provider.name" in waiting["problem"]
    await profiles(service)
    await service.pass_time(date(2026, 10, 6))
    assert await service.dispatch.tick() == 1
    sent = (await service.get(f"/v1/cases/{CLAIM}")).json()["outbox"][0]
    assert sent["status"] == "sent" and sent["channel"] == "print"
    folder = Path(sent["proof"])
    assert folder.is_relative_to(tmp_path)
    assert await asyncio.to_thread(lambda: sorted(p.name for p in folder.iterdir())) == [
        "manifest.json", "on_notice.json", "on_notice.pdf", "on_notice.txt",
    ]  # fmt: skip
    manifest = msgspec.json.decode((folder / "manifest.json").read_bytes())
    assert manifest["documents"][0]["sha256"] == (await service.case(CLAIM)).filings[0].documents[0].sha256
    assert await service.dispatch.tick() == 0


async def test_a_portals_filing_counts_once_a_person_confirms_it(service: Service, tmp_path: Path) -> None:
    await profiles(service)
    await service.client.put(
        "/v1/profiles/payer/99101",
        json={"facts": PAYER | {"channel": "portal"}, "reason": "they want their portal"},
        headers=STAFF,
    )
    await service.receive(claim(), remittance(FEDERAL), flagged(FEDERAL))
    confirmation = f"/v1/cases/{CLAIM}/filings/1/confirmation"
    assert (await service.post(confirmation, {"reference": "P-1"})).status_code == 409, "nothing is exported yet"
    assert await service.dispatch.tick() == 1
    exported = (await service.get(f"/v1/cases/{CLAIM}")).json()["outbox"][0]
    assert (exported["status"], exported["channel"], exported["proof"]) == ("exported", "portal", "")
    (place,) = await asyncio.to_thread(lambda: list(tmp_path.rglob("*.zip")))
    archive = await service.get(f"/v1/cases/{CLAIM}/documents/1")
    assert archive.headers["content-type"] == "application/zip"
    assert archive.content == await asyncio.to_thread(place.read_bytes), "the same filing is the same bytes"
    with zipfile.ZipFile(io.BytesIO(archive.content)) as opened:
        assert opened.namelist() == [
            "manifest.json", "on_notice.json", "on_notice.pdf", "on_notice.txt", "on_notice.xlsx",
            "on_notice_fields.csv", "on_notice_lines.csv",
        ]  # fmt: skip
        sums = msgspec.json.decode(opened.read("manifest.json"))["files"]
        assert all(sha256(opened.read(name)).hexdigest() == digest for name, digest in sums.items())
    assert (await service.post(confirmation, {"reference": "P-1"})).json()["proof"] == "P-1"
    assert (await service.post(confirmation, {"reference": "P-2"})).status_code == 409, "once"
    entry = (await service.get(f"/v1/cases/{CLAIM}")).json()
    assert (entry["outbox"][0]["status"], entry["outbox"][0]["proof"]) == ("sent", "P-1")
    assert entry["history"][-1]["action"] == "confirm_filing"
    assert await service.dispatch.tick() == 0


async def test_a_demand_and_the_complaint_after_it_can_be_read(service: Service) -> None:
    await profiles(service)
    await service.receive(claim(), remittance(FEDERAL), flagged(FEDERAL))
    await service.receive(settled(), on_short())
    number = len((await service.case(CLAIM)).filings)
    text = (await service.get(f"/v1/cases/{CLAIM}/documents/{number}/payment_demand?format=text")).text
    assert "$600.00 of it has not been paid" in text
    await service.pass_time(date(2026, 12, 20))
    draft = (await service.get(f"/v1/cases/{CLAIM}/package")).json()
    assert (draft["forum"], draft["level"], draft["missing"]) == ("collection", 2, [])
    assert draft["documents"][0]["content"]["owed"]["outstanding"] == "600.00"


async def test_a_denials_letter_names_what_must_be_enclosed(service: Service) -> None:
    await profiles(service)
    await service.receive(claim(place="11", codes=("99214",)), remittance(), denied("50"))
    text = (await service.get(f"/v1/cases/{CLAIM}/documents/1/appeal_letter?format=text")).text
    assert "DRAFT, missing: attached to the case: medical records; attached to the case: clinical rationale" in text
    for kind in ("medical_records", "clinical_rationale"):
        body = {"reference": f"dms:{kind}", "kind": kind, "title": kind.replace("_", " ")}
        assert (await service.post(f"/v1/cases/{CLAIM}/attachments", body)).status_code == 201
    text = (await service.get(f"/v1/cases/{CLAIM}/documents/1/appeal_letter?format=text")).text
    assert "DRAFT" not in text and "dms:medical_records" in text and "CARC 50" in text


async def test_evidence_that_is_gone_is_said_and_no_paper_is_made(service: Service) -> None:
    await service.receive(claim(), remittance(FEDERAL), flagged(FEDERAL))
    async with service.runtime.pool.acquire() as conn:
        await conn.execute("DELETE FROM evidence")
    answer = await service.get(f"/v1/cases/{CLAIM}/documents/1/on_notice")
    assert answer.status_code == 409 and answer.json()["type"] == "urn:recoup:problem:evidence-missing"


def _only_our_charge() -> UnderpaymentFlagged:
    """A verdict whose one reference beside our own charge lies below what the payer allowed (180.00)."""
    verdict = flagged()
    line = verdict.lines[0]
    low, charge = (
        msgspec.structs.replace(line.benchmarks[1], source=source, amount=Decimal(amount))
        for source, amount in (("medicare_opps", "125.00"), ("billed_charge", "900.00"))
    )
    return msgspec.structs.replace(verdict, lines=(msgspec.structs.replace(line, benchmarks=(low, charge)),))


@pytest.mark.parametrize("service", [ATTESTED], indirect=True)
async def test_weak_evidence_is_told_before_filing_and_each_letter_says_how_far_it_is(service: Service) -> None:
    await service.receive(claim(place="11", codes=("99214",)), remittance(), _only_our_charge())
    before = (await service.get(f"/v1/cases/{CLAIM}/letters")).json()["letters"]
    assert {(x["kind"], x["state"], x["day"]) for x in before} == {
        ("appeal_letter", "draft", None),
        ("evidence_packet", "draft", None),
    }
    assert "in the practice's profile: name" in before[0]["missing"]
    await profiles(service)
    package = (await service.get(f"/v1/cases/{CLAIM}/package")).json()
    assert package["ready"] is True
    assert package["weak_evidence"] == "no independent reference rate lies above what the payer allowed"
    body = {"sent_on": "2026-10-05", "reference": "fax 17"}
    refused = await service.post(f"/v1/cases/{CLAIM}/filing", body)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:recoup:problem:weak-evidence")
    assert "Weak evidence: no independent reference rate" in refused.json()["detail"]
    told = {**body, "unready_reason": "the plan's terms are to be asked for"}
    filed = await service.post(f"/v1/cases/{CLAIM}/filing", told)
    assert filed.status_code == 200, filed.text
    after = (await service.get(f"/v1/cases/{CLAIM}/letters")).json()["letters"]
    assert {(x["state"], x["proof"], x["day"], tuple(x["missing"])) for x in after} == {
        ("sent", "fax 17", body["sent_on"], ())
    }


@pytest.mark.parametrize("service", [{"appeals_attest": frozenset[str]()}], indirect=True)
async def test_what_the_service_files_is_queued_until_a_channel_has_proof(service: Service) -> None:
    await service.receive(claim(place="11", codes=("99214",)), remittance(), flagged())
    queued = (await service.get(f"/v1/cases/{CLAIM}/letters")).json()["letters"]
    assert {x["state"] for x in queued} == {"queued"}
    assert any("appeals address" in words for x in queued for words in x["missing"])
    await profiles(service)
    await service.dispatch.tick()
    sent = (await service.get(f"/v1/cases/{CLAIM}/letters")).json()["letters"]
    assert {x["state"] for x in sent} == {"proven"} and all(x["proof"] for x in sent)
