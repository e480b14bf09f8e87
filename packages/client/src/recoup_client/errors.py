"""What can go wrong when talking to the gateway."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec


class RecoupError(Exception):
    """Any fault of this client."""


class Unreachable(RecoupError):
    """No answer came, however often it was tried."""


class ApiError(RecoupError):
    """The gateway answered with a problem (RFC 9457).

    `kind` is the last part of the problem's type, `detail` says what is wrong, `how_to_fix` what to do about it.
    """

    def __init__(self, status: int, kind: str, detail: str, how_to_fix: str, document: dict[str, Any]) -> None:
        super().__init__(f"{status} {kind}: {detail}" + (f" {how_to_fix}" if how_to_fix else ""))
        self.status = status
        self.kind = kind
        self.detail = detail
        self.how_to_fix = how_to_fix
        self.document = document

    @classmethod
    def of(cls, response: httpx.Response) -> ApiError:
        """The error in a response that is not a success."""
        try:
            document = msgspec.json.decode(response.content, type=dict[str, Any])
        except msgspec.DecodeError:
            return cls(response.status_code, "http-error", response.reason_phrase, "", {})
        kind = str(document.get("type", "")).rpartition(":")[2] or "http-error"
        return cls(
            response.status_code, kind, str(document.get("detail", "")), str(document.get("how_to_fix", "")), document
        )
