"""Calls about patients, for both clients: letters, and links to the patient's page. They need `patients:contact`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote
from uuid import uuid4

import httpx
import msgspec

from recoup_client.policy import claim_path

Language = Literal["en", "es"]
LetterFormat = Literal["pdf", "html", "text", "json"]


class PatientLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link to a patient's page. `url` only when it was just made; whoever has it sees the page."""

    link_id: str
    claim_id: str
    language: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    url: str = ""


class _Made(msgspec.Struct, frozen=True):
    link: PatientLink
    url: str


class _List(msgspec.Struct, frozen=True):
    items: list[PatientLink]


def _link_wanted(language: Language, days: int | None) -> dict[str, Any]:
    body = {"language": language} | ({} if days is None else {"days": days})
    return {"json": body, "headers": {"Idempotency-Key": str(uuid4())}}


def _letter_wanted(language: Language, form: LetterFormat, recipient: Sequence[str], *, link: bool) -> dict[str, Any]:
    return {"json": {"language": language, "format": form, "recipient": list(recipient), "link": link}}


def _links(claim_id: str, link_id: str = "") -> str:
    return claim_path(claim_id, "/patient/links") + (f"/{quote(link_id, safe='')}" if link_id else "")


def _made(response: httpx.Response) -> PatientLink:
    made = msgspec.json.decode(response.content, type=_Made)
    return msgspec.structs.replace(made.link, url=made.url)


class PatientCalls:
    """The calls of `Client`."""

    def _send(self, method: str, path: str, **what: Any) -> httpx.Response:
        raise NotImplementedError

    def patient_letter(
        self,
        claim_id: str,
        *,
        language: Language = "en",
        form: LetterFormat = "pdf",
        recipient: Sequence[str] = (),
        link: bool = True,
    ) -> bytes:
        """The patient's letter as the claim stands; `recipient` is set on it, a line each, and kept nowhere.

        With `link` it shows a new link to the patient's page, and its code (QR).
        """
        path = claim_path(claim_id, "/patient/letter")
        return self._send("POST", path, **_letter_wanted(language, form, recipient, link=link)).content

    def make_patient_link(self, claim_id: str, *, language: Language = "en", days: int | None = None) -> PatientLink:
        """A new link, with its `url`; give it to the patient only."""
        return _made(self._send("POST", _links(claim_id), **_link_wanted(language, days)))

    def patient_links(self, claim_id: str) -> list[PatientLink]:
        """The links made for a claim, the newest first."""
        return msgspec.json.decode(self._send("GET", _links(claim_id)).content, type=_List).items

    def revoke_patient_link(self, claim_id: str, link_id: str) -> None:
        """Turn a link off at once."""
        self._send("DELETE", _links(claim_id, link_id))


class AsyncPatientCalls:
    """The calls of `AsyncClient`."""

    async def _send(self, method: str, path: str, **what: Any) -> httpx.Response:
        raise NotImplementedError

    async def patient_letter(
        self,
        claim_id: str,
        *,
        language: Language = "en",
        form: LetterFormat = "pdf",
        recipient: Sequence[str] = (),
        link: bool = True,
    ) -> bytes:
        """The patient's letter as the claim stands; `recipient` is set on it, a line each, and kept nowhere.

        With `link` it shows a new link to the patient's page, and its code (QR).
        """
        path = claim_path(claim_id, "/patient/letter")
        return (await self._send("POST", path, **_letter_wanted(language, form, recipient, link=link))).content

    async def make_patient_link(
        self, claim_id: str, *, language: Language = "en", days: int | None = None
    ) -> PatientLink:
        """A new link, with its `url`; give it to the patient only."""
        return _made(await self._send("POST", _links(claim_id), **_link_wanted(language, days)))

    async def patient_links(self, claim_id: str) -> list[PatientLink]:
        """The links made for a claim, the newest first."""
        return msgspec.json.decode((await self._send("GET", _links(claim_id))).content, type=_List).items

    async def revoke_patient_link(self, claim_id: str, link_id: str) -> None:
        """Turn a link off at once."""
        await self._send("DELETE", _links(claim_id, link_id))
