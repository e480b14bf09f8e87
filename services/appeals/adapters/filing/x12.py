"""Filing by X12 275, through intake: it holds the patient's name, which no case does, and composes the interchange."""

from __future__ import annotations

import base64
from http import HTTPStatus

import httpx
import msgspec

from services.appeals.application.ports import Package, SendFailed


class X12:
    """Hands a package's papers and enclosures to intake. The key goes along: intake makes one interchange of it."""

    name = "x12"

    def __init__(self, client: httpx.AsyncClient, url: str, token: str) -> None:
        self._client = client
        self._url = url.rstrip("/")
        self._token = token

    async def send(self, package: Package) -> str:
        """The proof is the control number of the interchange and the SHA-256 of its X12."""
        documents = [{"content": _text(paper.pdf)} for paper in package.papers]
        documents += [{"content": _text(e.pdf), "asked": e.asked} for e in package.enclosures]
        body: dict[str, object] = {"key": package.key, "documents": documents}
        if package.request_id:
            body["request_id"] = package.request_id
        try:
            answer = await self._client.post(
                f"{self._url}/v1/claims/{package.claim_id}/attachments",
                content=msgspec.json.encode(body),
                headers=httpx.Headers(
                    {
                        "Authorization": f"Bearer {self._token}",
                        "X-Tenant": package.tenant,
                        "Content-Type": "application/json",
                    },
                    encoding="utf-8",
                ),
            )
        except httpx.HTTPError as error:
            raise SendFailed(f"intake: {type(error).__name__}", passing=True) from None
        if not answer.is_success:
            passing = answer.status_code >= 500 or answer.status_code in (
                HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS,
            )  # fmt: skip
            raise SendFailed(f"intake: HTTP {answer.status_code}{_reason(answer)}", passing=passing)
        receipt = answer.json()
        return f"X12 275, interchange {receipt['control_number']} to {receipt['receiver']}, SHA-256 {receipt['sha256']}"


def _text(pdf: bytes) -> str:
    return base64.b64encode(pdf).decode()


def _reason(answer: httpx.Response) -> str:
    """What intake says is wrong; it names no patient."""
    try:
        body = msgspec.json.decode(answer.content, type=dict[str, object])
    except msgspec.DecodeError:
        return ""
    return f": {body['detail']}" if isinstance(body.get("detail"), str) else ""
