"""Ways to send a filing: a directory to print and mail from, and a payer's HTTP endpoint."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import httpx
import msgspec

from services.appeals.application.ports import Package, SendFailed

_CONFLICT = 409


class PrintQueue:
    """Puts each package into a directory of its own, complete or not at all, for people or a mail house to take."""

    name = "print"

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def send(self, package: Package) -> str:
        """The proof is the package's directory; sending again writes the same files."""
        try:
            return await asyncio.to_thread(self._write, package)
        except OSError as error:
            raise SendFailed(f"print queue: {error.strerror or type(error).__name__}", passing=True) from None

    def _write(self, package: Package) -> str:
        final = self._directory / package.filed_on.isoformat() / package.key
        if final.exists():
            return str(final)
        scratch = final.with_name(f".{package.key}.{os.getpid()}")
        scratch.mkdir(parents=True, exist_ok=True)
        for paper in package.papers:
            (scratch / f"{paper.kind}.pdf").write_bytes(paper.pdf)
            (scratch / f"{paper.kind}.txt").write_text(paper.text, encoding="utf-8")
            (scratch / f"{paper.kind}.json").write_bytes(paper.data)
        (scratch / "manifest.json").write_bytes(msgspec.json.format(manifest_of(package), indent=2))
        scratch.rename(final)
        return str(final)


class HttpEndpoint:
    """Posts a package to the payer's endpoint; the key goes along, so that a repetition is known as one."""

    name = "http"

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def send(self, package: Package) -> str:
        """The proof is the endpoint's reference, else its status."""
        url = package.recipient.get("endpoint", "")
        if not url.startswith("https://"):
            raise SendFailed("the payer's profile has no https endpoint", passing=False)
        files = {paper.kind: (f"{paper.kind}.pdf", paper.pdf, "application/pdf") for paper in package.papers}
        try:
            answer = await self._client.post(
                url,
                data={"manifest": manifest_of(package).decode()},
                files=files,
                headers={"Idempotency-Key": package.key},
            )
        except httpx.HTTPError as error:
            raise SendFailed(f"endpoint: {type(error).__name__}", passing=True) from None
        if answer.is_success or answer.status_code == _CONFLICT:
            return answer.headers.get("Location") or f"HTTP {answer.status_code}"
        raise SendFailed(f"endpoint: HTTP {answer.status_code}", passing=answer.status_code >= 500)


def manifest_of(package: Package) -> bytes:
    """What the package is, for whom, with the hash that the claim's event names for each document."""
    return msgspec.json.encode(
        {
            "key": package.key,
            "forum": package.forum,
            "level": package.level,
            "filed_on": package.filed_on,
            "recipient": package.recipient,
            "documents": [{"kind": paper.kind, "sha256": paper.core_sha256} for paper in package.papers],
        }
    )
