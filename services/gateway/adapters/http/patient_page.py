"""The patient's page: opened by a signed link, without a login, telling no more than the letter does."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.gateway.adapters.documents.page import Links, letter_page, notice_page
from services.gateway.adapters.documents.text import letter_text
from services.gateway.adapters.documents.typeset import letter_pdf
from services.gateway.adapters.http.access import client_of
from services.gateway.adapters.http.limits import RateLimit
from services.gateway.adapters.http.patients import SEALED, letter_of, links_of, page_address, page_url, pdf_response
from services.gateway.adapters.http.state import Gateway
from services.gateway.adapters.patient_links import PatientLink
from services.gateway.application.access import Principal
from services.gateway.domain.patient.letter import Language, Letter, page_ends
from shared.calendar import legal_day
from shared.problem import Problem

router = APIRouter(prefix="/p", include_in_schema=False)
PER_SECOND = 2
"""Requests a second on average, ten seconds' worth at once: for each link, and for each address without a good one."""
Lang = Annotated[Language | None, Query()]


@router.get("/{token}")
async def page(request: Request, token: str, lang: Lang = None) -> Response:
    """The page."""
    opened = await _open(request, token, lang, "patient page")
    if isinstance(opened, Response):
        return opened
    link, written, _ = opened
    language = written.language
    zone = Gateway.of(request).runtime.zones.of(link.tenant)
    ends = page_ends(language, legal_day(link.expires_at, zone))
    links = Links(
        other_language=f"?lang={'es' if language == 'en' else 'en'}",
        pdf=f"{token}/letter.pdf?lang={language}",
        text=f"{token}/letter.txt?lang={language}",
        ends=ends,
    )
    return Response(letter_page(written, links), media_type="text/html", headers=_headers(language))


@router.get("/{token}/letter.pdf")
async def page_pdf(request: Request, token: str, lang: Lang = None) -> Response:
    """The same as a PDF."""
    opened = await _open(request, token, lang, "patient page pdf", apart=True)
    if isinstance(opened, Response):
        return opened
    _, written, reference = opened
    return pdf_response(await letter_pdf(written, reference), f"letter-{reference}.pdf")


@router.get("/{token}/letter.txt")
async def page_text(request: Request, token: str, lang: Lang = None) -> Response:
    """The same as text."""
    opened = await _open(request, token, lang, "patient page text", apart=True)
    if isinstance(opened, Response):
        return opened
    written = opened[1]
    return Response(letter_text(written), media_type="text/plain", headers=_headers(written.language))


async def _open(
    request: Request, token: str, lang: Language | None, action: str, *, apart: bool = False
) -> tuple[PatientLink, Letter, str] | Response:
    """What the link opens, noted in the access log; else a page that says no more than that it does not work.

    A letter that is kept `apart` from the page says where the page is.
    """
    gateway = Gateway.of(request)
    limit: RateLimit = request.app.state.patient_limit
    now = gateway.runtime.clock.now()
    try:
        known = links_of(request).signer.read(token, now)
        limit.take(known or f"address {client_of(request)}")
        link = await links_of(request).open(token, now) if known else None
        if link is None:
            return _notice("gone", 404)
        who = Principal(f"patient-link:{link.link_id}", "patient", (link.tenant,), frozenset({"claims:read"}))
        found = await gateway.reader.claim(who, link.claim_id)
        if found is None:
            return _notice("gone", 404)
        await gateway.accessed(request, who, action, [found])
    except Problem as problem:
        kind = "busy" if problem.status == 429 else "fault"
        return _notice(kind, problem.status, problem.headers or {})
    address = page_address(request, link, page_url(request, token)) if apart else None
    return (link, *await letter_of(request, found, lang or link.language, address))


def _notice(kind: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(notice_page(kind), status, media_type="text/html", headers={**SEALED, **(headers or {})})


def _headers(language: Language) -> dict[str, str]:
    return {**SEALED, "Content-Language": language}
