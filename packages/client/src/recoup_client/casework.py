"""Working on claims, for both clients: offers and decisions, cases, the worklist and IDR filings. `claims:act`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import quote
from uuid import uuid4

import httpx
import msgspec

from recoup_client.policy import claim_path, clean

CaseAct = Literal[
    "assignee", "notes", "attachments", "facts", "law", "notice", "filing", "entity", "offer", "decision",
    "determination", "answers", "further-lines", "withdrawal", "records", "extensions", "idr-closure", "idr-reopening",
    "settlement-notice", "state-step", "misdirected", "duties",
]  # fmt: skip
Queue = Literal["due", "overdue", "escalated", "blocked", "waiting", "live", "misdirected"]
Payments = Literal["held", "remittances", "recoupments", "deposits", "undeposited", "statuses"]


Rows = Sequence[Mapping[str, Any]]
"""Rows as `POST /v1/idr/reports` takes them."""


class IdrFiling(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One IDR filing of a plan: its claims, fees in dollars, the first and last day on which it may be initiated.

    `case_ids` has, in the order of `claim_ids`, the id of a dispute whose claim has several, "" for the others; it is
    empty where none has. `parts`: the lines of each filing where a claim takes several; empty where it is one.
    """

    kind: str
    claim_ids: list[str]
    lines: int
    basis: str
    administrative_fee: Decimal
    entity_fee: Decimal
    opens: date
    closes: date
    rule: str
    case_ids: list[str] = []
    parts: list[int] = []


class IdrPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The cheapest lawful filings, what single ones would cost, the saving, and what is left out and why."""

    filings: list[IdrFiling]
    fees: Decimal
    fees_single: Decimal
    saving: Decimal
    left_out: list[tuple[str, str]] = []


class ClaimTask(msgspec.Struct, frozen=True, kw_only=True):
    """What a claim waits for us to do, by `day` (None: as soon as it can be done), not before `opens`, and why.

    `days_left` is negative once the day has passed; `at_stake` is in dollars; `also` is what else it waits for.
    """

    claim_id: str
    source: str
    kind: str
    task: str
    why: str
    day: date | None = None
    opens: date | None = None
    last: date | None = None
    days_left: int | None = None
    also: list[dict[str, Any]] = []
    forum: str = ""
    level: int = 0
    assignee: str = ""
    payer_id: str = ""
    payer_name: str = ""
    at_stake: Decimal | None = None
    role: str = ""
    state: str = ""
    patient_control_number: str | None = None


class Tasks(msgspec.Struct, frozen=True, kw_only=True):
    """A page of tasks, how many wait in all, which services did not answer, and where the next page begins."""

    items: list[ClaimTask]
    total: int
    next: str | None = None
    unavailable: list[str] = []
    unmatched: dict[str, int] | None = None


class Worklist(msgspec.Struct, frozen=True, kw_only=True):
    """A page of cases, how many each queue has, and where the next page begins."""

    queues: dict[str, int]
    cases: list[dict[str, Any]]
    next: str | None = None


def of_tenant(tenant: str, *, once: bool = False) -> dict[str, str]:
    """Headers that name whose claims are meant, and, `once`, that a repetition has no second effect."""
    return ({"X-Tenant": tenant} if tenant else {}) | ({"Idempotency-Key": str(uuid4())} if once else {})


def _body(**fields: Any) -> dict[str, Any]:
    return {"json": fields, "headers": of_tenant("", once=True)}


def _dispute(case_id: str) -> dict[str, str]:
    return {"case_id": case_id} if case_id else {}


def _rows(rows: Rows, reason: str, preview: bool, tenant: str) -> dict[str, Any]:
    body = {"rows": list(rows), "reason": reason, "preview": preview}
    return {"json": body, "headers": of_tenant(tenant, once=not preview)}


def _complaints(form: str, payer_id: str, tenant: str) -> dict[str, Any]:
    return {"params": clean({"format": form, "payer_id": payer_id or None}), "headers": of_tenant(tenant)}


def _filed(
    claim_ids: Sequence[str], filed_on: date, reference: str, tenant: str, despite: str, case_ids: Sequence[str]
) -> dict[str, Any]:
    ids = list(dict.fromkeys(claim_ids))
    body: dict[str, Any] = {"claim_ids": ids, "filed_on": filed_on.isoformat(), "reference": reference}
    named = [case_id for case_id in case_ids if case_id]
    body |= {"case_ids": named} if named else {}
    body |= {"cooling_off_reason": despite} if despite else {}
    return {"json": body, "headers": of_tenant(tenant, once=True)}


def _queue(queue: Queue, forum: str, waiting_on: str, assignee: str | None, after: str, limit: int) -> dict[str, Any]:
    asked = {"queue": queue, "forum": forum or None, "waiting_on": waiting_on or None, "after": after or None}
    return clean({**asked, "limit": limit}) | ({} if assignee is None else {"assignee": assignee})


def _of_payments(payments: Payments, payment_id: str = "") -> str:
    return f"/v1/worklist/{payments}{'/' if payment_id else ''}{quote(payment_id, safe='')}"


def body_of(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer."""
    return msgspec.json.decode(response.content, type=dict[str, Any])


def _read(response: httpx.Response, model: Any) -> Any:
    return msgspec.json.decode(response.content, type=model, strict=False)


class CaseworkCalls:
    """The calls of `Client`."""

    def _send(self, method: str, path: str, **what: Any) -> httpx.Response:
        raise NotImplementedError

    def desk(self, claim_id: str) -> dict[str, Any]:
        """Open offers with their versions, the decision that waits for a person, the letters filed."""
        return body_of(self._send("GET", claim_path(claim_id, "/desk")))

    def accept(self, claim_id: str, offer_id: str, *, version: int, reason: str, case_id: str = "") -> dict[str, Any]:
        """Accept exactly this version of the payer's offer; `ApiError` 409 where it expired or was replaced first.

        The answer's `act` is carried out when its `seconds_left` are over; `undo` takes it back until then. `case_id`
        names the dispute where the claim has several.
        """
        body = _body(offer_id=offer_id, version=version, reason=reason, **_dispute(case_id))
        return body_of(self._send("POST", claim_path(claim_id, "/offers/accept"), **body))

    def counter(
        self, claim_id: str, offer_id: str, *, version: int, amount: Decimal, reason: str, case_id: str = ""
    ) -> dict[str, Any]:
        """Answer the payer's offer with `amount` dollars allowed; theirs ends with it."""
        body = _body(offer_id=offer_id, version=version, amount=str(amount), reason=reason, **_dispute(case_id))
        return body_of(self._send("POST", claim_path(claim_id, "/offers/counter"), **body))

    def decline(self, claim_id: str, offer_id: str, *, version: int, reason: str, case_id: str = "") -> dict[str, Any]:
        """Turn the payer's offer down; the talks go on."""
        body = _body(offer_id=offer_id, version=version, reason=reason, **_dispute(case_id))
        return body_of(self._send("POST", claim_path(claim_id, "/offers/decline"), **body))

    def decide(self, claim_id: str, decision: int, *, approve: bool, reason: str) -> dict[str, Any]:
        """Approve or refuse the engine's proposal that waits for a person."""
        path = claim_path(claim_id, f"/decisions/{decision}")
        return body_of(self._send("POST", path, **_body(approve=approve, reason=reason)))

    def undo(self, claim_id: str, act: int) -> dict[str, Any]:
        """Take an act on an offer back; `ApiError` 409 once it is carried out."""
        return body_of(self._send("POST", claim_path(claim_id, f"/acts/{act}/undo"), headers=of_tenant("", once=True)))

    def case(self, claim_id: str) -> dict[str, Any]:
        """The claim's appeals case: step, deadlines with their rules, governing law, filings, journal."""
        return body_of(self._send("GET", claim_path(claim_id, "/case")))

    def work(self, claim_id: str, act: CaseAct, **body: Any) -> dict[str, Any]:
        """Assign, note, attach, state facts, decide the law, attest a filing …; bodies are in the API document.

        `ApiError` 409 with the rule where the step is illegal, blocked, early or late.
        """
        return body_of(self._send("POST", claim_path(claim_id, f"/case/{act}"), **_body(**body)))

    def worklist(
        self, queue: Queue = "due", *, forum: str = "", waiting_on: str = "", assignee: str | None = None,
        after: str = "", limit: int = 50, tenant: str = "",
    ) -> Worklist:  # fmt: skip
        """What is due, overdue, waiting on whom, blocked; `after` is `next` of the page before."""
        params = _queue(queue, forum, waiting_on, assignee, after, limit)
        return _read(self._send("GET", "/v1/worklist", params=params, headers=of_tenant(tenant)), Worklist)

    def tasks(self, *, cursor: str = "", limit: int = 50, tenant: str = "") -> Tasks:
        """Everything that waits for us, the earliest day first; `cursor` is `next` of the page before."""
        params = clean({"cursor": cursor or None, "limit": limit})
        return _read(self._send("GET", "/v1/tasks", params=params, headers=of_tenant(tenant)), Tasks)

    def payments(self, payments: Payments, *, tenant: str = "") -> list[dict[str, Any]]:
        """One list of what waits at intake, the oldest first; statuses are what payers say of claims not found."""
        return _read(self._send("GET", _of_payments(payments), headers=of_tenant(tenant)), list[dict[str, Any]])

    def payment(self, payments: Literal["held", "remittances"], payment_id: str, *, tenant: str = "") -> dict[str, Any]:
        """One payment that waits: its content, its candidates, earlier decisions. Patient data."""
        return body_of(self._send("GET", _of_payments(payments, payment_id), headers=of_tenant(tenant)))

    def idr_plan(self, *, on: date | None = None, payer_id: str = "", tenant: str = "") -> IdrPlan:
        """The cheapest lawful IDR filings for a day, today if not given."""
        params = clean({"on": on.isoformat() if on else None, "payer_id": payer_id or None})
        return _read(self._send("GET", "/v1/idr/plan", params=params, headers=of_tenant(tenant)), IdrPlan)

    def file_idr(
        self,
        claim_ids: Sequence[str],
        *,
        filed_on: date,
        reference: str,
        tenant: str = "",
        cooling_off_reason: str = "",
        case_ids: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Confirm that these claims were initiated as one dispute under the portal's reference: all, or none.

        `case_ids` name the disputes of claims that have several, as the plan does. `cooling_off_reason`: why they could
        be, inside a cooling-off period.
        """
        what = _filed(claim_ids, filed_on, reference, tenant, cooling_off_reason, case_ids)
        return body_of(self._send("POST", "/v1/idr/filings", **what))

    def report_idr(self, rows: Rows, *, reason: str, preview: bool = False, tenant: str = "") -> list[dict[str, Any]]:
        """What was told of many IDR disputes, in its order; what each row came to, with `refused` where nothing did."""
        return body_of(self._send("POST", "/v1/idr/reports", **_rows(rows, reason, preview, tenant)))["rows"]

    def filing_archive(
        self, claim_id: str, filing: int, *, to: Literal["addressee", "entity"] = "addressee", case_id: str = ""
    ) -> bytes:
        """All papers of a filing as a ZIP, with the form's column files and uploads; the `entity`'s holds our offer."""
        path = claim_path(claim_id, f"/case/filings/{filing}/archive")
        answer = self._send("GET", path, params={"to": to} | _dispute(case_id))
        return answer.content

    def idr_complaints(self, *, payer_id: str = "", tenant: str = "") -> dict[str, Any]:
        """Complaints about payers' duties that are still to be made, with their forms; `left_out`: how many more."""
        return body_of(self._send("GET", "/v1/idr/complaints", **_complaints("json", payer_id, tenant)))

    def idr_complaints_file(self, form: Literal["csv", "xlsx"], *, payer_id: str = "", tenant: str = "") -> bytes:
        """The same as a file for a spreadsheet, a row each."""
        return self._send("GET", "/v1/idr/complaints", **_complaints(form, payer_id, tenant)).content


class AsyncCaseworkCalls:
    """The calls of `AsyncClient`."""

    async def _send(self, method: str, path: str, **what: Any) -> httpx.Response:
        raise NotImplementedError

    async def desk(self, claim_id: str) -> dict[str, Any]:
        """Open offers with their versions, the decision that waits for a person, the letters filed."""
        return body_of(await self._send("GET", claim_path(claim_id, "/desk")))

    async def accept(
        self, claim_id: str, offer_id: str, *, version: int, reason: str, case_id: str = ""
    ) -> dict[str, Any]:
        """Accept exactly this version of the payer's offer; `ApiError` 409 where it expired or was replaced first.

        The answer's `act` is carried out when its `seconds_left` are over; `undo` takes it back until then. `case_id`
        names the dispute where the claim has several.
        """
        body = _body(offer_id=offer_id, version=version, reason=reason, **_dispute(case_id))
        return body_of(await self._send("POST", claim_path(claim_id, "/offers/accept"), **body))

    async def counter(
        self, claim_id: str, offer_id: str, *, version: int, amount: Decimal, reason: str, case_id: str = ""
    ) -> dict[str, Any]:
        """Answer the payer's offer with `amount` dollars allowed; theirs ends with it."""
        body = _body(offer_id=offer_id, version=version, amount=str(amount), reason=reason, **_dispute(case_id))
        return body_of(await self._send("POST", claim_path(claim_id, "/offers/counter"), **body))

    async def decline(
        self, claim_id: str, offer_id: str, *, version: int, reason: str, case_id: str = ""
    ) -> dict[str, Any]:
        """Turn the payer's offer down; the talks go on."""
        body = _body(offer_id=offer_id, version=version, reason=reason, **_dispute(case_id))
        return body_of(await self._send("POST", claim_path(claim_id, "/offers/decline"), **body))

    async def decide(self, claim_id: str, decision: int, *, approve: bool, reason: str) -> dict[str, Any]:
        """Approve or refuse the engine's proposal that waits for a person."""
        path = claim_path(claim_id, f"/decisions/{decision}")
        return body_of(await self._send("POST", path, **_body(approve=approve, reason=reason)))

    async def undo(self, claim_id: str, act: int) -> dict[str, Any]:
        """Take an act on an offer back; `ApiError` 409 once it is carried out."""
        return body_of(
            await self._send("POST", claim_path(claim_id, f"/acts/{act}/undo"), headers=of_tenant("", once=True))
        )

    async def case(self, claim_id: str) -> dict[str, Any]:
        """The claim's appeals case: step, deadlines with their rules, governing law, filings, journal."""
        return body_of(await self._send("GET", claim_path(claim_id, "/case")))

    async def work(self, claim_id: str, act: CaseAct, **body: Any) -> dict[str, Any]:
        """Assign, note, attach, state facts, decide the law, attest a filing …; bodies are in the API document.

        `ApiError` 409 with the rule where the step is illegal, blocked, early or late.
        """
        return body_of(await self._send("POST", claim_path(claim_id, f"/case/{act}"), **_body(**body)))

    async def worklist(
        self, queue: Queue = "due", *, forum: str = "", waiting_on: str = "", assignee: str | None = None,
        after: str = "", limit: int = 50, tenant: str = "",
    ) -> Worklist:  # fmt: skip
        """What is due, overdue, waiting on whom, blocked; `after` is `next` of the page before."""
        params = _queue(queue, forum, waiting_on, assignee, after, limit)
        return _read(await self._send("GET", "/v1/worklist", params=params, headers=of_tenant(tenant)), Worklist)

    async def tasks(self, *, cursor: str = "", limit: int = 50, tenant: str = "") -> Tasks:
        """Everything that waits for us, the earliest day first; `cursor` is `next` of the page before."""
        params = clean({"cursor": cursor or None, "limit": limit})
        return _read(await self._send("GET", "/v1/tasks", params=params, headers=of_tenant(tenant)), Tasks)

    async def payments(self, payments: Payments, *, tenant: str = "") -> list[dict[str, Any]]:
        """One list of what waits at intake, the oldest first; statuses are what payers say of claims not found."""
        return _read(await self._send("GET", _of_payments(payments), headers=of_tenant(tenant)), list[dict[str, Any]])

    async def payment(
        self, payments: Literal["held", "remittances"], payment_id: str, *, tenant: str = ""
    ) -> dict[str, Any]:
        """One payment that waits: its content, its candidates, earlier decisions. Patient data."""
        return body_of(await self._send("GET", _of_payments(payments, payment_id), headers=of_tenant(tenant)))

    async def idr_plan(self, *, on: date | None = None, payer_id: str = "", tenant: str = "") -> IdrPlan:
        """The cheapest lawful IDR filings for a day, today if not given."""
        params = clean({"on": on.isoformat() if on else None, "payer_id": payer_id or None})
        return _read(await self._send("GET", "/v1/idr/plan", params=params, headers=of_tenant(tenant)), IdrPlan)

    async def file_idr(
        self,
        claim_ids: Sequence[str],
        *,
        filed_on: date,
        reference: str,
        tenant: str = "",
        cooling_off_reason: str = "",
        case_ids: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Confirm that these claims were initiated as one dispute under the portal's reference: all, or none.

        `case_ids` name the disputes of claims that have several, as the plan does. `cooling_off_reason`: why they could
        be, inside a cooling-off period.
        """
        what = _filed(claim_ids, filed_on, reference, tenant, cooling_off_reason, case_ids)
        return body_of(await self._send("POST", "/v1/idr/filings", **what))

    async def report_idr(
        self, rows: Rows, *, reason: str, preview: bool = False, tenant: str = ""
    ) -> list[dict[str, Any]]:
        """What was told of many IDR disputes, in its order; what each row came to, with `refused` where nothing did."""
        return body_of(await self._send("POST", "/v1/idr/reports", **_rows(rows, reason, preview, tenant)))["rows"]

    async def filing_archive(
        self, claim_id: str, filing: int, *, to: Literal["addressee", "entity"] = "addressee", case_id: str = ""
    ) -> bytes:
        """All papers of a filing as a ZIP, with the form's column files and uploads; the `entity`'s holds our offer."""
        path = claim_path(claim_id, f"/case/filings/{filing}/archive")
        answer = await self._send("GET", path, params={"to": to} | _dispute(case_id))
        return answer.content

    async def idr_complaints(self, *, payer_id: str = "", tenant: str = "") -> dict[str, Any]:
        """Complaints about payers' duties that are still to be made, with their forms; `left_out`: how many more."""
        return body_of(await self._send("GET", "/v1/idr/complaints", **_complaints("json", payer_id, tenant)))

    async def idr_complaints_file(self, form: Literal["csv", "xlsx"], *, payer_id: str = "", tenant: str = "") -> bytes:
        """The same as a file for a spreadsheet, a row each."""
        return (await self._send("GET", "/v1/idr/complaints", **_complaints(form, payer_id, tenant))).content
