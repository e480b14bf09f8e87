"""Documents on demand: built from stored evidence, typeset once, kept with their hashes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Literal

import msgspec

from services.appeals.adapters.documents.content import Content, Sources, build
from services.appeals.adapters.documents.evidence import Evidence, EvidenceMissing, load_evidence, load_evidences
from services.appeals.adapters.documents.federal import Shared
from services.appeals.adapters.documents.forms import complaint_of, entity_notice_of
from services.appeals.adapters.documents.misdirected_letters import (
    Language,
    Which,
    load_words,
    misdirected_letter,
)
from services.appeals.adapters.documents.plain_letters import PlainLetter
from services.appeals.adapters.documents.request_letters import Request, load_requests, request_letter
from services.appeals.adapters.documents.typesetting import TemplateError, Typesetter
from services.appeals.adapters.sql.tables import CASES
from services.appeals.application.ports import Package, Paper, PapersImpossible, PapersIncomplete, Readiness
from services.appeals.domain.case import AppealCase, Filing
from services.appeals.domain.decision import RuleSet
from services.appeals.domain.duty import Duty
from services.appeals.domain.forums.papers import document_data, rows_for
from services.appeals.domain.forums.registry import FORUMS
from services.appeals.domain.tables import DocumentRow
from shared.db.pool import Connection, Pool
from shared.db.rows import Row
from shared.sealing import Vault


class _ProfileRow(Row):
    kind: str
    facts: str


class _AttachmentRow(Row):
    kind: str
    title: str
    reference: str
    sha256: str


class _Core(msgspec.Struct):
    notice_on: date
    kind: str


class Prepared(msgspec.Struct, frozen=True):
    """One document before typesetting."""

    row: DocumentRow
    core_sha256: str
    content: Content


def package_of(
    case: AppealCase, filing: Filing, papers: Sequence[tuple[Prepared, Paper]], proofs: Sequence[Paper] = (),
    *, to: Literal["addressee", "entity"] = "addressee",
) -> Package:  # fmt: skip
    """A filing's papers for its addressee, or for the IDR entity, as they go out; at least one is theirs.

    What is for the entity alone, an offer, is in no other package. `proofs` and what is for the portal alone are
    uploads beside it.
    """
    content = msgspec.json.decode(papers[0][0].content.json)
    to_authority = FORUMS[filing.forum].papers.to_authority
    recipient = content["authority"] | content["addressee"] if to_authority else content["payer"]
    if to == "entity":
        recipient = content["entity"]
    uploads = [paper for prepared, paper in papers if prepared.row.to == "portal"]
    return Package(
        case.key_of(filing), case.claim_id, filing.forum, filing.level, filing.filed_on, recipient,
        tuple(paper for prepared, paper in papers if prepared.row.to == to),
        uploads=(*uploads, *proofs) if to == "addressee" else (),
    )  # fmt: skip


def _before_offer(prepared: Prepared) -> bool:
    """Return True if a paper is needed at the filing itself, and not when the offer is made."""
    return prepared.row.to != "entity"


class Library:
    """Builds, typesets and keeps the documents of filings."""

    def __init__(self, pool: Pool, rule_set: RuleSet, typesetter: Typesetter, vault: Vault) -> None:
        self._pool = pool
        self._vault = vault
        self._rule_set = rule_set
        self.typesetter = typesetter
        self._misdirected = load_words(typesetter.directory)
        self._requests = load_requests(typesetter.directory)
        self._press = asyncio.Semaphore(1)  # typesetting takes a core for tens of milliseconds: one at a time

    async def prepare(
        self, tenant: str, case: AppealCase, filing: Filing, *, no_conflict: bool = False
    ) -> list[Prepared]:
        """The documents of a filing as content, with what is missing; raises `EvidenceMissing`."""
        attested = no_conflict or bool(filing.reference)
        async with self._pool.acquire() as conn:
            sources = await self._sources(conn, tenant, case, filing, no_conflict=attested)
            as_filed = await _as_filed(conn, case, filing)
        prepared: list[Prepared] = []
        for row in rows_for(self._rule_set.rules, filing.forum, filing.level, filing.filed_on):
            digest = sha256(document_data(as_filed, filing, FORUMS[filing.forum], row.kind, row.version)).hexdigest()
            content = build(as_filed, filing, row, digest, self._rule_set, self.typesetter.letters, sources)
            prepared.append(Prepared(row, digest, content))
        return prepared

    async def complaint(self, tenant: str, case: AppealCase, duty: Duty) -> dict[str, Any]:
        """The fields of a complaint about a duty of the payer's, with what is known of them."""
        async with self._pool.acquire() as conn:
            known = await _profiles(conn, tenant, case)
            evidence = await load_evidence(conn, case, self._vault) if case.dispute is not None else None
        return complaint_of(case, duty, self._rule_set, known, evidence)

    async def entity_notice(self, tenant: str, case: AppealCase) -> dict[str, Any]:
        """The fields of the notice that names the IDR entity; raises `LookupError` where there is none to send."""
        on = case.dispute.notice_on if case.dispute is not None else case.facts.service_from
        return entity_notice_of(case, self._rule_set, await self._beside(tenant, case, on, on))

    async def _beside(self, tenant: str, case: AppealCase, on: date, by: date) -> Sources:
        """What a form is made of that belongs to no filing."""
        unsent = Filing(number=0, forum="records", level=1, remedy="", filed_on=on, due_on=by, sought=Decimal(0))
        async with self._pool.acquire() as conn:
            return await self._sources(conn, tenant, case, unsent, no_conflict=False)

    async def papers(
        self, tenant: str, case: AppealCase, filing: Filing, now: datetime, *, kind: str | None = None
    ) -> list[tuple[Prepared, Paper]]:
        """The documents of a filing, typeset; from the store where they were typeset before."""
        prepared = await self.prepare(tenant, case, filing)
        chosen = [item for item in prepared if kind is None or item.row.kind == kind]
        return [(item, await self._paper(case, filing, item, now)) for item in chosen]

    async def misdirected(
        self, tenant: str, case: AppealCase, which: Which, language: Language, on: date
    ) -> tuple[PlainLetter, bytes]:
        """A letter about money that the plan sent to somebody else, and its PDF; raises `LookupError` without any."""
        async with self._pool.acquire() as conn:
            known = await _profiles(conn, tenant, case)
        letter = misdirected_letter(
            self._misdirected, case, which, language, known.get("provider", {}), known.get("payer", {}), on
        )
        async with self._press:
            return letter, await asyncio.to_thread(self.typesetter.pdf, "plain_letter.typ", letter.data, on)

    async def request(self, tenant: str, case: AppealCase, which: Request, on: date) -> tuple[PlainLetter, bytes]:
        """A letter that asks the plan for something, and its PDF; raises `LookupError` where there is no occasion."""
        sources = await self._beside(tenant, case, on, on)
        letter = request_letter(self._requests, case, which, self._rule_set, sources, on)
        async with self._press:
            return letter, await asyncio.to_thread(self.typesetter.pdf, "plain_letter.typ", letter.data, on)

    async def readiness(self, tenant: str, case: AppealCase, filing: Filing, *, no_conflict: bool) -> Readiness:
        """What the papers of a filing lack, and whether their evidence is weak."""
        prepared = [p for p in await self.prepare(tenant, case, filing, no_conflict=no_conflict) if _before_offer(p)]
        missing = sorted({m for item in prepared for m in item.content.missing})
        return Readiness(tuple(missing), next((item.content.weak for item in prepared if item.content.weak), ""))

    async def package(self, tenant: str, case: AppealCase, filing: Filing, now: datetime) -> Package:
        """A filing with its papers, all of them complete."""
        try:
            papers = [found for found in await self.papers(tenant, case, filing, now) if _before_offer(found[0])]
            proofs = await self.proofs(tenant, case, filing, now)
        except TemplateError as error:
            raise PapersIncomplete(str(error)) from None
        except (EvidenceMissing, ValueError) as error:
            raise PapersImpossible(str(error)) from None
        missing = sorted({m for prepared, _ in papers for m in prepared.content.missing})
        if missing:
            raise PapersIncomplete(f"missing: {', '.join(missing)}")
        return package_of(case, filing, papers, proofs)

    async def proofs(self, tenant: str, case: AppealCase, filing: Filing, now: datetime) -> list[Paper]:
        """What proves the step that a filing rests on: for an IDR initiation the open negotiation notice."""
        before = FORUMS[filing.forum].papers.proven_by
        earlier = next((f for f in reversed(case.filings) if f.forum == before and f.number < filing.number), None)
        if earlier is None:
            return []
        return [paper for _, paper in await self.papers(tenant, case, earlier, now)]

    async def _paper(self, case: AppealCase, filing: Filing, item: Prepared, now: datetime) -> Paper:
        template_sha = await asyncio.to_thread(self.typesetter.fingerprint, item.row.template)
        key = (case.case_id, filing.number, item.row.kind, item.content.sha256, template_sha)
        async with self._pool.acquire() as conn:
            pdf = await conn.fetchval(
                "SELECT pdf FROM documents WHERE case_id = $1 AND number = $2 AND kind = $3 AND content_sha256 = $4 "
                "AND template_sha256 = $5",
                *key,
            )
        if pdf is not None:
            pdf = self._vault.open(pdf, case.claim_id, "pdf")
        else:
            async with self._press:
                pdf = await asyncio.to_thread(
                    self.typesetter.pdf, item.row.template, item.content.json, filing.filed_on
                )
            await self._keep(key, case, item, pdf, now)
        return Paper(item.row.kind, item.core_sha256, pdf, item.content.text, item.content.json)

    async def _keep(
        self, key: tuple[str, int, str, str, str], case: AppealCase, item: Prepared, pdf: bytes, now: datetime
    ) -> None:
        async with self._pool.acquire() as conn:
            await conn.execute(
                "INSERT INTO documents (case_id, number, kind, content_sha256, template_sha256, claim_id, core_sha256, "
                "content, missing, pdf_sha256, pdf, rendered_at) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING",
                *key,
                case.claim_id,
                item.core_sha256,
                self._vault.seal(item.content.json, case.claim_id, "content"),
                list(item.content.missing),
                sha256(pdf).hexdigest(),
                self._vault.seal(pdf, case.claim_id, "pdf"),
                now,
            )

    async def _sources(
        self, conn: Connection, tenant: str, case: AppealCase, filing: Filing, *, no_conflict: bool
    ) -> Sources:
        known = await _profiles(conn, tenant, case)
        attachments = await conn.fetch(
            "SELECT kind, title, reference, sha256 FROM attachments WHERE claim_id = $1 ORDER BY kind, reference",
            case.claim_id,
            record_class=_AttachmentRow,
        )
        return Sources(
            evidence=await load_evidence(conn, case, self._vault),
            provider=known.get("provider", {}),
            payer=known.get("payer", {}),
            entity=known.get("entity", {}),
            authority=known.get("authority", {}),
            attachments=tuple(dict(row) for row in attachments),
            no_conflict=no_conflict,
            batch=await self._shared(conn, filing, case),
        )

    async def _shared(self, conn: Connection, filing: Filing, case: AppealCase) -> tuple[Shared, ...]:
        """The other disputes of the filing's batch: what is offered for each, and what it rests on."""
        batch = filing.batch
        if batch is None:
            return ()
        of_the_batch = zip(batch.claim_ids, batch.keys, strict=True)
        others = [(claim_id, key) for claim_id, key in of_the_batch if key not in (case.claim_id, case.case_id)]
        cases = await CASES.read_many(conn, [claim_id for claim_id, _ in others])
        if any(claim_id not in cases for claim_id, _ in others):
            raise EvidenceMissing("a claim of the batch is unknown")
        disputes = [_in_batch(cases[claim_id], key, batch.batch_id) for claim_id, key in others]
        evidence = await load_evidences(conn, [dispute for dispute, _ in disputes], self._vault)
        return tuple(_shared(*found, rests_on) for found, rests_on in zip(disputes, evidence, strict=True))


async def _profiles(conn: Connection, tenant: str, case: AppealCase) -> dict[str, Mapping[str, str]]:
    """What staff keep of the provider, the payer, the state's authority and the entity of a case, by kind."""
    facts = case.facts
    rows = await conn.fetch(
        "SELECT kind, facts FROM profiles WHERE tenant = $1 AND "
        "(kind, key) IN (('provider', $2), ('payer', $3), ('authority', $4), ('entity', 'preferred'))",
        tenant,
        facts.billing_npi,
        facts.payer_id,
        facts.state,
        record_class=_ProfileRow,
    )
    return {row.kind: msgspec.json.decode(row.facts) for row in rows}


def _in_batch(case: AppealCase, key: str, batch_id: str) -> tuple[AppealCase, Filing]:
    """The dispute of a claim that a batch has under this key, and its part of the filing."""
    for dispute in case.disputes:
        if key in (dispute.case_id, dispute.claim_id):
            for filing in dispute.filings:
                if filing.batch is not None and filing.batch.batch_id == batch_id:
                    return dispute, filing
    raise EvidenceMissing("a claim of the batch has gone on to another round")


def _shared(case: AppealCase, filing: Filing, evidence: Evidence) -> Shared:
    paid = evidence.remittance
    return Shared(case.claim_id, paid.payer_claim_number if paid else "", filing.sought, evidence, filing.by_line)


async def _as_filed(conn: Connection, case: AppealCase, filing: Filing) -> AppealCase:
    """The case as it was when it filed: a date corrected since does not change a paper that went out."""
    text = await conn.fetchval(
        "SELECT cores FROM filings WHERE case_id = $1 AND number = $2", case.case_id, filing.number
    )
    kept = msgspec.json.decode(text, type=list[_Core]) if text else []
    if not kept or case.dispute is None:
        return case
    return msgspec.structs.replace(case, dispute=msgspec.structs.replace(case.dispute, notice_on=kept[0].notice_on))
