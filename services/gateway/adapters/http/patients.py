"""What staff do for patients: letters, links to the patient's page, and how their letters are signed."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Path, Request, Response
from msgspec import Meta

from services.gateway.adapters.documents.page import STYLE_HASH, letter_page
from services.gateway.adapters.documents.text import letter_text
from services.gateway.adapters.documents.typeset import letter_pdf
from services.gateway.adapters.http.access import client_of
from services.gateway.adapters.http.authenticate import may
from services.gateway.adapters.http.claims import CLAIM_NOT_FOUND, visible
from services.gateway.adapters.http.repeat import ONCE, IdempotencyKey, once
from services.gateway.adapters.http.responses import json_response
from services.gateway.adapters.http.state import Gateway
from services.gateway.adapters.patient_links import PatientLink, PatientLinks
from services.gateway.application.access import Principal
from services.gateway.application.claim_ports import FoundClaim
from services.gateway.domain.patient.letter import Language, Letter, PageAddress, Sender, letter
from services.gateway.domain.patient.patient_position import position_of
from services.gateway.settings import GatewaySettings
from shared.api.declared import answers, content_of, refusals
from shared.api.reading import read_body
from shared.api.refusals import Refusal
from shared.calendar import legal_day

router = APIRouter(prefix="/v1", tags=["patients"])
Contact = Annotated[Principal, Depends(may("patients:contact"))]
Line = Annotated[str, Meta(min_length=1, max_length=100)]
Tenant = Annotated[str, Path(max_length=100, description="the provider organisation")]
ClaimId = Annotated[UUID, Path(description="the claim's id")]
LINK_NOT_FOUND = Refusal(404, "link-not-found", "This claim has no link with this id.", "List the claim's links.")
TENANT_NOT_FOUND = Refusal(404, "tenant-not-found", "No tenant of yours has this name.", "Name one of yours.")

SEALED = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; style-src '{STYLE_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
"""Header fields of everything a patient is shown."""


class NewLink(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A link to make."""

    language: Annotated[Language, Meta(description="language of the page")] = "en"
    days: Annotated[
        Annotated[int, Meta(ge=1, le=180)] | None, Meta(description="how long it works; the setting where left out")
    ] = None


class CreatedLink(msgspec.Struct, frozen=True):
    """The link itself, shown this once: whoever has it sees the page."""

    link: PatientLink
    url: str


class LinkList(msgspec.Struct, frozen=True):
    """A claim's links, the newest first, without their addresses."""

    items: list[PatientLink]


class LetterWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A letter to make. `recipient` is set on it as it is, and kept nowhere."""

    language: Annotated[Language, Meta(description="language of the letter")] = "en"
    format: Annotated[
        Literal["pdf", "html", "text", "json"], Meta(description="as what it comes; json is for a layout of your own")
    ] = "pdf"
    recipient: Annotated[list[Line], Meta(max_length=6, description="name and address, a line each")] = []
    link: Annotated[
        bool, Meta(description="make a link to the patient's page and print it with a code (QR) to open it by phone")
    ] = True


class SenderWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a tenant's letters are signed."""

    name: Annotated[str, Meta(min_length=1, max_length=120, description="as patients know the practice")]
    phone: Annotated[str, Meta(max_length=40, pattern=r"^[0-9+() .\-extEXT]*$", description="where patients call")] = ""


class SenderList(msgspec.Struct, frozen=True):
    """Senders by tenant."""

    items: dict[str, Sender]


def links_of(request: Request) -> PatientLinks:
    """The store of links of this gateway."""
    links: PatientLinks = request.app.state.patient_links
    return links


async def letter_of(
    request: Request, found: FoundClaim, language: Language, page: PageAddress | None = None
) -> tuple[Letter, str]:
    """A claim's letter as of today, with the address of its page where there is one, and its reference."""
    reference = found.claim_id[:8].upper()
    sender = await links_of(request).sender(found.tenant)
    runtime = Gateway.of(request).runtime
    today = legal_day(runtime.clock.now(), runtime.zones.of(found.tenant))
    return letter(position_of(found.view), language, reference=reference, on=today, sender=sender, page=page), reference


@router.post(
    "/claims/{claim_id}/patient/links", status_code=201, summary="Make a link to the patient's page",
    responses=answers(CreatedLink, status=201, refused=[CLAIM_NOT_FOUND, *ONCE]),
)  # fmt: skip
async def create_link(
    request: Request,
    who: Contact,
    claim_id: ClaimId,
    new: Annotated[NewLink, read_body(NewLink, examples={"for a month": NewLink(days=30)})],
    idempotency_key: IdempotencyKey = "",
) -> Response:
    """Create a link to the patient's page of this claim. Give it to the patient only."""
    return await once(request, who, idempotency_key, lambda: _create_link(request, who, claim_id, new))


async def _create_link(request: Request, who: Principal, claim_id: UUID, new: NewLink) -> Response:
    found = await visible(request, who, claim_id)
    return json_response(request, await _linked(request, who, found, new.language, new.days), status=201)


async def _linked(
    request: Request, who: Principal, found: FoundClaim, language: Language, days: int | None = None
) -> CreatedLink:
    """A new link to the claim's page, noted in the access log first."""
    gateway = Gateway.of(request)
    now = gateway.runtime.clock.now()
    ends = now + timedelta(days=days or _settings(request).gateway_patient_link_days)
    await gateway.accessed(request, who, "make patient link", [found])
    link, token = await links_of(request).create(
        found.claim_id, found.tenant, language, by=who.id, now=now, expires_at=ends
    )
    return CreatedLink(link, page_url(request, token))


def page_url(request: Request, token: str) -> str:
    """The address of a patient's page: under the gateway's public one, else under the one that was asked."""
    return f"{public_address(request)}/p/{token}"


def public_address(request: Request) -> str:
    """The gateway's public address, without a slash at its end: as it is set, else as it was asked."""
    return _settings(request).gateway_public_url.rstrip("/") or str(request.base_url).rstrip("/")


def page_address(request: Request, link: PatientLink, url: str) -> PageAddress:
    """The address as a letter shows it, with the last day in the tenant's time zone."""
    return PageAddress(url, legal_day(link.expires_at, Gateway.of(request).runtime.zones.of(link.tenant)))


@router.get(
    "/claims/{claim_id}/patient/links", summary="Links to the patient's page",
    responses=answers(LinkList, refused=[CLAIM_NOT_FOUND]),
)  # fmt: skip
async def list_links(request: Request, who: Contact, claim_id: ClaimId) -> Response:
    """List the links of this claim, including expired and revoked ones."""
    gateway = Gateway.of(request)
    found = await visible(request, who, claim_id)
    await gateway.accessed(request, who, "list patient links", [found])
    return json_response(request, LinkList(await links_of(request).of_claim(found.claim_id)))


@router.delete(
    "/claims/{claim_id}/patient/links/{link_id}", status_code=204, summary="Revoke a link",
    responses=refusals([CLAIM_NOT_FOUND, LINK_NOT_FOUND]),
)  # fmt: skip
async def revoke_link(
    request: Request, who: Contact, claim_id: ClaimId, link_id: Annotated[UUID, Path(description="the link's id")]
) -> Response:
    """Revoke a link at once."""
    gateway = Gateway.of(request)
    found = await visible(request, who, claim_id)
    await gateway.accessed(request, who, f"revoke patient link {link_id}", [found])
    if not await links_of(request).revoke(found.claim_id, str(link_id), gateway.runtime.clock.now()):
        raise LINK_NOT_FOUND.problem()
    return Response(status_code=204)


@router.post(
    "/claims/{claim_id}/patient/letter", summary="The patient's letter",
    responses={
        200: {
            "description": "The letter as PDF, HTML, text, or JSON for your own layout.",
            "content": content_of(Letter) | {
                media: {"schema": {"type": "string"} | ({"format": "binary"} if media == "application/pdf" else {})}
                for media in ("application/pdf", "text/html", "text/plain")
            },
        },
        **refusals([CLAIM_NOT_FOUND]),
    },
)  # fmt: skip
async def make_letter(
    request: Request,
    who: Contact,
    claim_id: ClaimId,
    wanted: Annotated[
        LetterWanted,
        read_body(LetterWanted, examples={"by mail": LetterWanted(recipient=["Jane Sample", "2 Elm St", "NY 10002"])}),
    ],
) -> Response:
    """Create the patient's letter for the current state of the claim."""
    gateway = Gateway.of(request)
    found = await visible(request, who, claim_id)
    await gateway.accessed(request, who, f"patient letter {wanted.format}", [found])
    made = await _linked(request, who, found, wanted.language) if wanted.link else None
    page = page_address(request, made.link, made.url) if made else None
    written, reference = await letter_of(request, found, wanted.language, page)
    if wanted.format == "json":
        return json_response(request, written)
    if wanted.format == "text":
        return Response(letter_text(written, wanted.recipient), media_type="text/plain", headers=SEALED)
    if wanted.format == "html":
        return Response(letter_page(written, recipient=wanted.recipient), media_type="text/html", headers=SEALED)
    return pdf_response(await letter_pdf(written, reference, wanted.recipient), f"letter-{reference}.pdf")


def pdf_response(pdf: bytes, name: str) -> Response:
    """A PDF to open in the browser or keep."""
    headers = {**SEALED, "Content-Disposition": f'inline; filename="{name}"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


@router.get("/patients/senders", summary="How letters are signed", responses=answers(SenderList))
async def list_senders(request: Request, who: Contact) -> Response:
    """List how the caller's tenants sign their letters."""
    tenants = None if who.sees_every_tenant else who.tenants
    return json_response(request, SenderList(await links_of(request).senders(tenants)))


@router.put(
    "/patients/senders/{tenant}", status_code=204, summary="Set how letters are signed",
    responses=refusals([TENANT_NOT_FOUND]),
)  # fmt: skip
async def set_sender(
    request: Request,
    who: Contact,
    tenant: Tenant,
    wanted: Annotated[
        SenderWanted,
        read_body(SenderWanted, examples={"a practice": SenderWanted(name="Riverside EM", phone="212-555-0100")}),
    ],
) -> Response:
    """Set the name and telephone number under which a tenant writes to patients."""
    if not who.sees_every_tenant and tenant not in who.tenants:
        raise TENANT_NOT_FOUND.problem()
    gateway = Gateway.of(request)
    await gateway.log.record(who, "set patient sender", (tenant,), (), client_of(request))
    sender = Sender(wanted.name, wanted.phone)
    await links_of(request).set_sender(tenant, sender, by=who.id, now=gateway.runtime.clock.now())
    return Response(status_code=204)


def _settings(request: Request) -> GatewaySettings:
    settings = Gateway.of(request).runtime.settings
    assert isinstance(settings, GatewaySettings)
    return settings
