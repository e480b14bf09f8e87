"""Sending claims and remittances in, for both clients. They need `claims:submit`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal
from urllib.parse import quote
from uuid import uuid4

import httpx
import msgspec

from recoup_client.packed import first_bytes

Media = Literal["x12", "ndjson", "json", "fhir"]
Answers = Literal["", "TA1", "999", "277"]
_ROUTES: Mapping[Media, tuple[str, str]] = {
    "x12": ("/v1/edi", "application/edi-x12"),
    "ndjson": ("/v1/claims/bulk", "application/x-ndjson"),
    "json": ("/v1/claims", "application/json"),
    "fhir": ("/v1/claims", "application/fhir+json"),
}
_TIMEOUT = httpx.Timeout(10.0, read=3600.0, write=120.0)


class AcceptedClaim(msgspec.Struct, frozen=True):
    """A claim that was accepted: its place among the input's claims, from 1, and its id."""

    serial: int
    claim_id: str


class Submission(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of an input. `accepted` is false where nothing of it stands; `problems` say what to fix and where.

    `held` counts by kind what waits for a person and is not posted; `held_items` names each with its claim number,
    amount, trace number and reason.
    `accepted_claims` names the claims that were accepted by their place in the input, from 1, and their id.
    `claims` and `remittances` count by outcome; `receipts` and `placements` tell those that are no plain successes, the
    first 500 of each list; `unlisted` counts what there is beyond. `notices` say what a person should see to, such as a
    code list that has ended.
    For an input that could not be read at all `detail` says why.
    """

    accepted: bool = True
    interchange_id: str = ""
    claims: dict[str, int] = {}
    remittances: dict[str, int] = {}
    recoupments: dict[str, int] = {}
    requests: dict[str, int] = {}
    acknowledgments: dict[str, int] = {}
    statuses: dict[str, int] = {}
    coverage: dict[str, int] = {}
    sets_accepted: int = 0
    sets_held: int = 0
    sets_refused: int = 0
    same_as: str = ""
    answers: list[str] = []
    held: dict[str, int] = {}
    held_items: list[dict[str, Any]] = []
    accepted_claims: list[AcceptedClaim] = []
    receipts: list[dict[str, Any]] = []
    placements: list[dict[str, Any]] = []
    problems: list[dict[str, Any]] = []
    unlisted: dict[str, int] = {}
    notices: list[str] = []
    detail: str = ""
    how_to_fix: str = ""

    @property
    def whole(self) -> bool:
        """True if all of it stands: no set refused, no claim or payment refused, and nothing that a person must see to.

        A person sees to what is held, to money taken back that fits no claim or several, and to payments and requests
        that fit several. A payment whose claim has not come waits for that by itself.
        """
        refused = self.claims.get("rejected", 0) + self.remittances.get("refused", 0) + self.requests.get("refused", 0)
        waiting = self.recoupments.get("unmatched", 0) + self.recoupments.get("ambiguous", 0)
        waiting += self.remittances.get("ambiguous", 0) + self.requests.get("ambiguous", 0)
        return self.accepted and not (refused or waiting or self.held or self.sets_refused)


class History(msgspec.Struct, frozen=True):
    """Says that an input is from before the system was in use.

    Its payments were received on their own dates, and `mail_days` later, where no day is said for all of them.
    """

    mail_days: int = 0

    def stated(self, received_on: date | None) -> str:
        """What the header `X-Received-On` says."""
        if received_on is not None:
            return f"history:{received_on.isoformat()}"
        return f"history+{self.mail_days}" if self.mail_days else "history"


class _Resource(msgspec.Struct):
    """One JSON document; a FHIR resource names its type, a claim holds its information."""

    resource_type: str = msgspec.field(default="", name="resourceType")
    claim_information: msgspec.Raw | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="claimInformation")


def media_of(content: bytes) -> Media:
    """X12 or NDJSON, packed as gzip or zip or not, by its first character; or one FHIR resource or claim.

    One claim over several lines is a document; on one line it is NDJSON of that line.
    """
    if first_bytes(content).lstrip()[:1] != b"{":
        return "x12"
    try:
        one = msgspec.json.decode(content, type=_Resource)
        if one.resource_type:
            return "fhir"
        over_lines = one.claim_information is not msgspec.UNSET and b"\n" in content.strip()
        return "json" if over_lines else "ndjson"
    except (msgspec.DecodeError, UnicodeDecodeError):  # several documents, or packed
        return "ndjson"


def _wanted(
    content: bytes, media: Media | None, tenant: str, key: str, received_on: date | None, history: History | None
) -> tuple[str, dict[str, Any]]:
    route, kind = _ROUTES[media or media_of(content)]
    headers = {"Content-Type": kind, "Idempotency-Key": key or str(uuid4())}
    if history is not None:
        headers["X-Received-On"] = history.stated(received_on)
    elif received_on is not None:
        headers["X-Received-On"] = received_on.isoformat()
    return route, {"content": content, "headers": headers | _of(tenant), "timeout": _TIMEOUT, "accept": (422,)}


def _of(tenant: str) -> dict[str, str]:
    return {"X-Tenant": tenant} if tenant else {}


def _submission(response: httpx.Response) -> Submission:
    submission = msgspec.json.decode(response.content, type=Submission)
    return msgspec.structs.replace(submission, accepted=response.is_success)


def _place(interchange_id: str, rest: str = "") -> str:
    return f"/v1/interchanges/{quote(interchange_id, safe='')}{rest}"


class SubmissionCalls:
    """The calls of `Client`."""

    def _send(self, method: str, path: str, **what: Any) -> httpx.Response:
        raise NotImplementedError

    def submit(
        self,
        content: bytes,
        *,
        media: Media | None = None,
        tenant: str = "",
        idempotency_key: str = "",
        received_on: date | None = None,
        history: History | None = None,
    ) -> Submission:
        """Send one input; returns when everything accepted of it is committed.

        `media` is guessed where left out (X12, NDJSON, FHIR), `tenant` may be left out by a key for one tenant.
        `received_on` is the day on which its payments were received, where that is not today. With `history` it is
        judged and counted as history, and nothing of it is pursued until somebody takes it up. A lost answer is asked
        for again. The same content counts once, under whatever key.
        """
        path, what = _wanted(content, media, tenant, idempotency_key, received_on, history)
        return _submission(self._send("POST", path, **what))

    def submission(self, interchange_id: str, *, tenant: str = "") -> Submission:
        """What became of an earlier input."""
        return _submission(self._send("GET", _place(interchange_id), headers=_of(tenant)))

    def x12_answers(self, interchange_id: str, *, kind: Answers = "", tenant: str = "") -> str:
        """TA1, 999 and 277CA to an X12 input, or one kind of them, for the system that sent it. Patient data."""
        path = _place(interchange_id, "/answers")
        return self._send("GET", path, params={"kind": kind}, headers=_of(tenant)).text


class AsyncSubmissionCalls:
    """The calls of `AsyncClient`."""

    async def _send(self, method: str, path: str, **what: Any) -> httpx.Response:
        raise NotImplementedError

    async def submit(
        self,
        content: bytes,
        *,
        media: Media | None = None,
        tenant: str = "",
        idempotency_key: str = "",
        received_on: date | None = None,
        history: History | None = None,
    ) -> Submission:
        """Send one input; returns when everything accepted of it is committed.

        `media` is guessed where left out (X12, NDJSON, FHIR), `tenant` may be left out by a key for one tenant.
        `received_on` is the day on which its payments were received, where that is not today. With `history` it is
        judged and counted as history, and nothing of it is pursued until somebody takes it up. A lost answer is asked
        for again. The same content counts once, under whatever key.
        """
        path, what = _wanted(content, media, tenant, idempotency_key, received_on, history)
        return _submission(await self._send("POST", path, **what))

    async def submission(self, interchange_id: str, *, tenant: str = "") -> Submission:
        """What became of an earlier input."""
        return _submission(await self._send("GET", _place(interchange_id), headers=_of(tenant)))

    async def x12_answers(self, interchange_id: str, *, kind: Answers = "", tenant: str = "") -> str:
        """TA1, 999 and 277CA to an X12 input, or one kind of them, for the system that sent it. Patient data."""
        path = _place(interchange_id, "/answers")
        return (await self._send("GET", path, params={"kind": kind}, headers=_of(tenant))).text
