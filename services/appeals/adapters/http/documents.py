"""HTTP of documents: what a filing consists of, what is missing, the papers themselves; profiles; attestation."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Response

from services.appeals.adapters.documents.evidence import EvidenceMissing, EvidenceSealed
from services.appeals.adapters.documents.federal import BarredFigure
from services.appeals.adapters.documents.library import Library, Prepared, package_of
from services.appeals.adapters.documents.missing import form_of, missing_words
from services.appeals.adapters.documents.portal_form import by_hand
from services.appeals.adapters.documents.status import Letter, letters_of, state_of
from services.appeals.adapters.documents.typesetting import TemplateError
from services.appeals.adapters.filing.portal import bundle
from services.appeals.adapters.http import bodies
from services.appeals.adapters.http.dependencies import Papers, Person, Tenant, TheDesk, in_their_tenant
from services.appeals.adapters.http.desk import Desk, refusals, several_open, unknown
from services.appeals.adapters.http.views import answer, case_view
from services.appeals.application.casework import Attestation
from services.appeals.application.ports import Paper
from services.appeals.domain.case import AppealCase, Filing
from services.appeals.domain.decision import RuleSet
from services.appeals.domain.dispute_selection import FIRST, DisputeNotNamed, dispute_named
from services.appeals.domain.forums.filing import draft
from services.appeals.domain.forums.papers import rows_for
from services.appeals.domain.forums.registry import FORUMS
from shared.problem import Problem, sealed_value

router = APIRouter(tags=["documents"], dependencies=[Depends(in_their_tenant)])


async def owned_case(desk: Desk, claim_id: UUID) -> tuple[AppealCase, str]:
    """The case, of the dispute that is named or of the first, and the claim's tenant."""
    found = await desk.reader.owned_case(claim_id)
    if found is None:
        raise unknown()
    try:
        return dispute_named(found.case, desk.case_id or FIRST), found.tenant
    except DisputeNotNamed as error:
        raise several_open(error) from None


def pending(case: AppealCase, rule_set: RuleSet, on: date) -> Filing | None:
    """The filing the case stands before, as it would be if it were sent on a day."""
    if case.stage != "prepare" or case.forum is None or case.cause is None or case.dispute is None:
        return None
    return draft(case, FORUMS[case.forum], on, rule_set)


def _filing(case: AppealCase, rule_set: RuleSet, number: int, on: date) -> Filing:
    """The filing with this number, or the one the case stands before as a draft; a 404 problem where there is none."""
    unsent = pending(case, rule_set, on)
    for filing in (*case.filings, *((unsent,) if unsent else ())):
        if filing.number == number:
            return filing
    raise Problem(
        404, "unknown-filing", "The case has no filing with this number.", how_to_fix="Read the case's filings."
    )


async def _papers(
    desk: Desk, library: Library, claim_id: UUID, number: int, *, kind: str | None = None
) -> tuple[AppealCase, Filing, list[tuple[Prepared, Paper]]]:
    """The papers of a filing, or of the draft of the next; all of them where no `kind` is named."""
    case, tenant = await owned_case(desk, claim_id)
    rule_set, today = await desk.rules_and_today(claim_id)
    filing = _filing(case, rule_set, number, today)
    try:
        now = desk.now()
        return case, filing, await library.papers(tenant, case, filing, now, kind=kind)
    except (EvidenceMissing, BarredFigure, TemplateError) as error:
        raise refused(error) from None


async def _prepared(library: Library, tenant: str, case: AppealCase, filing: Filing) -> Sequence[Prepared]:
    try:
        return await library.prepare(tenant, case, filing)
    except (EvidenceMissing, BarredFigure, TemplateError) as error:
        raise refused(error) from None


def refused(error: EvidenceMissing | BarredFigure | TemplateError) -> Problem:
    """The problem of a paper that cannot be made."""
    if isinstance(error, TemplateError):
        how_to_fix = "Correct the template; `python -m services.appeals.preview` says what the compiler found."
        return Problem(500, "template-broken", str(error), how_to_fix=how_to_fix)
    if isinstance(error, BarredFigure):
        return Problem(
            409, "barred-figure", str(error), how_to_fix="Take the reference out of the attachment or profile."
        )
    if isinstance(error, EvidenceSealed):
        return sealed_value(f"The filing cannot be prepared: {error}.")
    return Problem(409, "evidence-missing", str(error), how_to_fix="Replay the claim's events.")


@router.get("/v1/cases/{claim_id}/package", summary="The filing the case stands before: documents and what is missing")
async def package(desk: TheDesk, library: Papers, _who: Person, claim_id: UUID) -> Response:
    """Return the filing package; `ready` is true if nothing is missing."""
    case, tenant = await owned_case(desk, claim_id)
    filing = pending(case, *await desk.rules_and_today(claim_id))
    if filing is None:
        raise Problem(409, "nothing-to-file", "The case stands before no filing.", how_to_fix="Read the case's step.")
    prepared = await _prepared(library, tenant, case, filing)
    # an offer is made later, and to the entity alone
    missing = sorted({m for item in prepared if item.row.to != "entity" for m in item.content.missing})
    return answer(
        {
            "forum": filing.forum,
            "level": filing.level,
            "ready": not missing,
            "missing": missing,
            "missing_items": [{"key": key, "words": missing_words(key), "form": form_of(key)} for key in missing],
            "weak_evidence": next((item.content.weak for item in prepared if item.content.weak), ""),
            "documents": [
                {"kind": item.row.kind, "version": item.row.version, "missing": item.content.missing,
                 "by_hand": _typed(item), "content": msgspec.Raw(item.content.json)}
                for item in prepared
            ],
        }
    )  # fmt: skip


def _typed(item: Prepared) -> list[str]:
    """What a person types into the form of a federal paper, since nothing here answers it."""
    form = msgspec.json.decode(item.content.json).get("form")
    return by_hand(form) if form else []


@router.get("/v1/cases/{claim_id}/letters", summary="Every paper of a case, and whether it was sent")
async def letters(desk: TheDesk, library: Papers, _who: Person, claim_id: UUID) -> Response:
    """List the documents of the case: drafts of the next filing, queued, attested and proven ones."""
    case, tenant = await owned_case(desk, claim_id)
    ways = {(row["case_id"], row["number"]): row for row in await desk.reader.filings_of(claim_id)}
    rules, today = await desk.rules_and_today(claim_id)
    shown: list[Letter] = []
    for one in (case,) if desk.case_id else case.disputes:
        shown += await _letters(library, tenant, one, ways, rules, today)
    return answer({"letters": shown})


async def _letters(
    library: Library,
    tenant: str,
    case: AppealCase,
    ways: Mapping[tuple[str, int], Mapping[str, Any]],
    rules: RuleSet,
    today: date,
) -> list[Letter]:
    """Of one dispute."""
    draft = pending(case, rules, today)
    shown: list[Letter] = []
    for filing in (*case.filings, *((draft,) if draft else ())):
        way = None if filing is draft else ways.get((case.case_id, filing.number), {})
        state = state_of(way)
        prepared: Sequence[Prepared] = ()
        problem = str(way["problem"]) if way and not str(way["problem"]).startswith("missing: ") else ""
        if state in ("draft", "queued"):
            try:
                prepared = await _prepared(library, tenant, case, filing)
            except Problem as error:
                problem = error.detail
        rows = rows_for(rules.rules, filing.forum, filing.level, filing.filed_on)
        apart = frozenset(row.kind for row in rows if row.to == "entity")
        proof = str(way["proof"]) if way else ""
        found = letters_of(filing, state, prepared, proof, problem, apart, case.offer_on)
        shown += [msgspec.structs.replace(letter, case_id=case.case_id) if case.lines else letter for letter in found]
    return shown


@router.get("/v1/cases/{claim_id}/documents/{number}/{kind}", summary="A document of a filing, or a draft of the next")
async def document(
    desk: TheDesk,
    library: Papers,
    _who: Person,
    claim_id: UUID,
    number: int,
    kind: str,
    form: Annotated[Literal["pdf", "text", "json"], Query(alias="format")] = "pdf",
) -> Response:
    """Return one document; the same filing gives the same bytes.

    `X-Content-SHA256` is the hash of the data, `X-Core-SHA256` the one in the event.
    """
    _, _, papers = await _papers(desk, library, claim_id, number, kind=kind)
    if not papers:
        raise Problem(404, "unknown-document", "This filing has no document of this kind.")
    prepared, paper = papers[0]
    headers = {"X-Core-SHA256": prepared.core_sha256, "X-Content-SHA256": prepared.content.sha256}
    if form == "json":
        return Response(paper.data, media_type="application/json", headers=headers)
    if form == "text":
        return Response(paper.text, media_type="text/plain; charset=utf-8", headers=headers)
    return Response(paper.pdf, media_type="application/pdf", headers=headers)


@router.get("/v1/cases/{claim_id}/documents/{number}", summary="All documents of a filing, to file at a portal")
async def archive(
    desk: TheDesk,
    library: Papers,
    _who: Person,
    claim_id: UUID,
    number: int,
    to: Annotated[
        Literal["addressee", "entity"], Query(description="entity: our offer, for the IDR entity")
    ] = "addressee",
) -> Response:
    """Return a ZIP with each document as PDF, text and data, and a manifest with the SHA-256 of every file.

    Of a federal filing it has the form's fields and lines as tables, and what the portal wants uploaded. Our offer is
    in the archive for the `entity` alone.
    """
    case, filing, papers = await _papers(desk, library, claim_id, number)
    if not any(prepared.row.to == to for prepared, _ in papers):
        raise Problem(404, "unknown-document", "This filing has no documents for them.")
    tenant = (await owned_case(desk, claim_id))[1]
    proofs = await library.proofs(tenant, case, filing, desk.now()) if to == "addressee" else ()
    found = package_of(case, filing, papers, proofs, to=to)
    headers = {"Content-Disposition": f'attachment; filename="{found.key}.zip"', "Cache-Control": "no-store"}
    return Response(await asyncio.to_thread(bundle, found), media_type="application/zip", headers=headers)


@router.post("/v1/cases/{claim_id}/filings/{number}/confirmation", summary="Confirm a filing that was exported")
async def confirm(desk: TheDesk, who: Person, claim_id: UUID, number: int, body: bodies.Confirmation) -> Response:
    """Confirm that a person filed it at the portal; its number is the proof. 409 if nothing like it was exported."""
    with refusals():
        await desk.casework.confirm_filing(str(claim_id), number, body.reference, who=who)
    return answer({"number": number, "status": "sent", "proof": body.reference})


@router.post("/v1/cases/{claim_id}/filing", summary="Attest that the filing was sent")
async def attest(
    desk: TheDesk,
    who: Person,
    claim_id: UUID,
    body: bodies.FilingAttested,
) -> Response:
    """Attest a filing; refused if the step is illegal, blocked, early or late.

    Also refused, unless `unready_reason` is given, while the package lacks something or its evidence is weak.
    """
    attested = Attestation(
        sent_on=body.sent_on,
        reference=body.reference,
        no_conflict=body.no_conflict,
        unready_reason=body.unready_reason,
        cooling_off_reason=body.cooling_off_reason,
        given_up=body.given_up,
    )
    try:
        with refusals():
            after = await desk.casework.attest_filing(str(claim_id), attested, who=who)
    except (EvidenceMissing, BarredFigure, TemplateError) as error:
        raise refused(error) from None
    return answer(case_view(after, *await desk.rules_and_today(claim_id)))


@router.put("/v1/profiles/{kind}/{key}", summary="What documents need to know of a provider, payer or entity")
async def put_profile(
    desk: TheDesk,
    who: Person,
    kind: bodies.ProfileKind,
    key: str,
    body: bodies.Profile,
    tenant: Tenant,
) -> Response:
    """Set a profile: providers by NPI, payers by id, authorities by state, the IDR entity under `preferred`."""
    await desk.casework.keep_profile(tenant, kind, key, body.facts, who=who)
    return answer({"kind": kind, "key": key, "facts": body.facts})


@router.get("/v1/profiles/{kind}/{key}", summary="A profile")
async def get_profile(
    desk: TheDesk,
    _who: Person,
    kind: bodies.ProfileKind,
    key: str,
    tenant: Tenant,
) -> Response:
    """Return a profile; 404 if staff have not entered one."""
    facts = await desk.reader.profile(tenant, kind, key)
    if facts is None:
        raise Problem(404, "unknown-profile", "There is no such profile.", how_to_fix="PUT it.")
    return answer({"kind": kind, "key": key, "facts": facts})
