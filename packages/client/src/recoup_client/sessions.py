"""The two clients; the same methods, one for threads and one for event loops."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Generator, Sequence
from datetime import date
from types import TracebackType
from typing import Any, TypeVar, Unpack

import httpx
import msgspec

from recoup_client.calls import AsyncOperationCalls, OperationCalls
from recoup_client.casework import AsyncCaseworkCalls, CaseworkCalls
from recoup_client.endpoints import AsyncEndpointCalls, EndpointCalls
from recoup_client.errors import ApiError, Unreachable
from recoup_client.figures import Group, Groups, Outcome, Outcomes, Portfolio
from recoup_client.filters import Filters
from recoup_client.models import (
    BooksLine,
    Claim,
    ClaimPage,
    Lag,
    LiveEvent,
    TimelineEntry,
    TimelinePage,
)
from recoup_client.onboarding import AsyncOnboardingCalls, OnboardingCalls
from recoup_client.patients import AsyncPatientCalls, PatientCalls
from recoup_client.policy import Retries, checked, claim_path, clean, should_retry
from recoup_client.sse import EventParser
from recoup_client.submissions import AsyncSubmissionCalls, SubmissionCalls

T = TypeVar("T")
_TIMEOUT = httpx.Timeout(10.0, read=30.0)
_STREAM_TIMEOUT = httpx.Timeout(10.0, read=60.0)


def _headers(credential: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {credential}"} if credential else {}


def _stream_path(claim_id: str | None) -> str:
    return claim_path(claim_id, "/events") if claim_id else "/v1/events"


class Client(
    CaseworkCalls,
    OnboardingCalls,
    EndpointCalls,
    PatientCalls,
    SubmissionCalls,
    OperationCalls,
):
    """The gateway, for code without an event loop. `credential` is an API key or a JWT; a context manager."""

    def __init__(
        self,
        base_url: str,
        credential: str = "",
        *,
        retries: Retries = Retries(),
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._retries = retries
        self._http = httpx.Client(
            base_url=base_url, headers=_headers(credential), timeout=_TIMEOUT, transport=transport
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def claim(self, claim_id: str) -> Claim:
        """One claim as it stands; `ApiError` 404 where it is not known or not yours."""
        return self._get(claim_path(claim_id), Claim)

    def find(self, patient_control_number: str) -> list[Claim]:
        """Claims with this patient control number."""
        return list(self.claims(patient_control_number=patient_control_number))

    def claims(self, *, page_size: int = 100, **filters: Unpack[Filters]) -> Generator[Claim]:
        """Every claim that fits, over all pages. The search goes by body, so that account numbers stay out of URLs."""
        body = {**clean(dict(filters)), "limit": page_size}
        while True:
            page = self._call("POST", "/v1/claims/search", ClaimPage, json=body)
            yield from page.items
            if page.next is None:
                return
            body["cursor"] = page.next

    def timeline(self, claim_id: str, *, after: int = 0) -> Generator[TimelineEntry]:
        """Every event of a claim in its order, from position `after` + 1."""
        place: int | None = after
        while place is not None:
            page = self._get(claim_path(claim_id, "/timeline"), TimelinePage, after=place, limit=500)
            yield from page.items
            place = page.next

    def portfolio(self) -> Portfolio:
        """The figures over all claims."""
        return self._get("/v1/portfolio", Portfolio)

    def groups(self, by: str = "payer_id") -> list[Group]:
        """The figures by payer_id, specialty, forum or close_reason."""
        return self._get("/v1/portfolio/groups", Groups, group_by=by).items

    def outcomes(self, by: str = "all", *, since: date | None = None, until: date | None = None) -> list[Outcome]:
        """Return what claims came to, by the day of their first payment.

        Args:
            by: What they are grouped by: all, payer, specialty, code, forum or policy.
            since: The first day; None for all before.
            until: The last day; None for all after.

        Returns:
            One outcome for each group.
        """
        asked = clean({"by": by, "since": since, "until": until})
        return self._get("/v1/portfolio/outcomes", Outcomes, **asked).items

    def management(
        self,
        *,
        since: date | None = None,
        until: date | None = None,
        payer_id: str = "",
        tenant: str = "",
        history: bool = False,
    ) -> dict[str, Any]:
        """Return what is collected, open, refused, won and written off, with `definitions`.

        Args:
            since: The first day; None for all before.
            until: The last day; None for all after.
            payer_id: Of one payer only.
            tenant: Of one organization only.
            history: Of the claims that were loaded as history, which are counted apart.

        Returns:
            The figures by name.
        """
        named = {"payer_id": payer_id or None, "tenant": tenant or None, "history": history or None}
        asked = clean({"since": since, "until": until, **named})
        return self._get("/v1/portfolio/management", dict[str, Any], **asked)

    def lag(self) -> Lag:
        """How far the answers are behind the log."""
        return self._get("/v1/lag", Lag)

    def books(self) -> Generator[BooksLine]:
        """What every claim came to, streamed. An interrupted stream raises; it is not resumed."""
        decoder = msgspec.json.Decoder(BooksLine)
        with self._http.stream("GET", "/v1/books") as response:
            if not response.is_success:
                response.read()
                raise ApiError.of(response)
            for line in response.iter_lines():
                if line:
                    yield decoder.decode(line)

    def events(self, claim_id: str | None = None, *, last_event_id: str = "") -> Generator[LiveEvent]:
        """Live events of one claim or of all yours, for ever; reconnects after the last one seen."""
        parser = EventParser()
        parser.last_id = last_event_id
        failures = 0
        while True:
            headers = {"Last-Event-ID": parser.last_id} if parser.last_id else {}
            try:
                with self._http.stream(
                    "GET", _stream_path(claim_id), headers=headers, timeout=_STREAM_TIMEOUT
                ) as response:
                    if not response.is_success and not should_retry(response):
                        response.read()
                        raise ApiError.of(response)
                    for line in response.iter_lines():
                        event = parser.feed(line)
                        if event is not None:
                            failures = 0
                            yield event
            except httpx.TransportError:
                pass
            failures += 1
            time.sleep(self._retries.pause(min(failures, 8), None))

    def _get(self, path: str, model: type[T], **params: Any) -> T:
        return self._call("GET", path, model, params=params)

    def _call(self, method: str, path: str, model: type[T], **what: Any) -> T:
        return msgspec.json.decode(self._send(method, path, **what).content, type=model)

    def _send(
        self, method: str, path: str, *, accept: Sequence[int] = (), repeat: bool = True, **what: Any
    ) -> httpx.Response:
        what["headers"] = httpx.Headers(what.get("headers"), encoding="utf-8")  # a tenant's name in any letters
        attempts = self._retries.attempts if repeat else 1
        for attempt in range(1, attempts + 1):
            response: httpx.Response | None = None
            try:
                response = self._http.request(method, path, **what)
                if not should_retry(response) or attempt == attempts:
                    return checked(response, accept)
            except httpx.TransportError as error:
                if attempt == attempts:
                    raise Unreachable(f"{self._http.base_url} does not answer ({type(error).__name__})") from error
            time.sleep(self._retries.pause(attempt, response))
        raise Unreachable(f"{self._http.base_url} was not asked")


class AsyncClient(
    AsyncCaseworkCalls,
    AsyncOnboardingCalls,
    AsyncEndpointCalls,
    AsyncPatientCalls,
    AsyncSubmissionCalls,
    AsyncOperationCalls,
):
    """The gateway, for code on an event loop. `credential` is an API key or a JWT; an async context manager."""

    def __init__(
        self,
        base_url: str,
        credential: str = "",
        *,
        retries: Retries = Retries(),
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._retries = retries
        self._http = httpx.AsyncClient(
            base_url=base_url, headers=_headers(credential), timeout=_TIMEOUT, transport=transport
        )

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def claim(self, claim_id: str) -> Claim:
        """One claim as it stands; `ApiError` 404 where it is not known or not yours."""
        return await self._get(claim_path(claim_id), Claim)

    async def find(self, patient_control_number: str) -> list[Claim]:
        """Claims with this patient control number."""
        return [claim async for claim in self.claims(patient_control_number=patient_control_number)]

    async def claims(self, *, page_size: int = 100, **filters: Unpack[Filters]) -> AsyncGenerator[Claim]:
        """Every claim that fits, over all pages. The search goes by body, so that account numbers stay out of URLs."""
        body = {**clean(dict(filters)), "limit": page_size}
        while True:
            page = await self._call("POST", "/v1/claims/search", ClaimPage, json=body)
            for claim in page.items:
                yield claim
            if page.next is None:
                return
            body["cursor"] = page.next

    async def timeline(self, claim_id: str, *, after: int = 0) -> AsyncGenerator[TimelineEntry]:
        """Every event of a claim in its order, from position `after` + 1."""
        place: int | None = after
        while place is not None:
            page = await self._get(claim_path(claim_id, "/timeline"), TimelinePage, after=place, limit=500)
            for entry in page.items:
                yield entry
            place = page.next

    async def portfolio(self) -> Portfolio:
        """The figures over all claims."""
        return await self._get("/v1/portfolio", Portfolio)

    async def groups(self, by: str = "payer_id") -> list[Group]:
        """The figures by payer_id, specialty, forum or close_reason."""
        return (await self._get("/v1/portfolio/groups", Groups, group_by=by)).items

    async def outcomes(self, by: str = "all", *, since: date | None = None, until: date | None = None) -> list[Outcome]:
        """Return what claims came to, by the day of their first payment.

        Args:
            by: What they are grouped by: all, payer, specialty, code, forum or policy.
            since: The first day; None for all before.
            until: The last day; None for all after.

        Returns:
            One outcome for each group.
        """
        asked = clean({"by": by, "since": since, "until": until})
        return (await self._get("/v1/portfolio/outcomes", Outcomes, **asked)).items

    async def management(
        self,
        *,
        since: date | None = None,
        until: date | None = None,
        payer_id: str = "",
        tenant: str = "",
        history: bool = False,
    ) -> dict[str, Any]:
        """Return what is collected, open, refused, won and written off, with `definitions`.

        Args:
            since: The first day; None for all before.
            until: The last day; None for all after.
            payer_id: Of one payer only.
            tenant: Of one organization only.
            history: Of the claims that were loaded as history, which are counted apart.

        Returns:
            The figures by name.
        """
        named = {"payer_id": payer_id or None, "tenant": tenant or None, "history": history or None}
        asked = clean({"since": since, "until": until, **named})
        return await self._get("/v1/portfolio/management", dict[str, Any], **asked)

    async def lag(self) -> Lag:
        """How far the answers are behind the log."""
        return await self._get("/v1/lag", Lag)

    async def books(self) -> AsyncGenerator[BooksLine]:
        """What every claim came to, streamed. An interrupted stream raises; it is not resumed."""
        decoder = msgspec.json.Decoder(BooksLine)
        async with self._http.stream("GET", "/v1/books") as response:
            if not response.is_success:
                await response.aread()
                raise ApiError.of(response)
            async for line in response.aiter_lines():
                if line:
                    yield decoder.decode(line)

    async def events(self, claim_id: str | None = None, *, last_event_id: str = "") -> AsyncGenerator[LiveEvent]:
        """Live events of one claim or of all yours, for ever; reconnects after the last one seen."""
        parser = EventParser()
        parser.last_id = last_event_id
        failures = 0
        while True:
            headers = {"Last-Event-ID": parser.last_id} if parser.last_id else {}
            try:
                async with self._http.stream(
                    "GET", _stream_path(claim_id), headers=headers, timeout=_STREAM_TIMEOUT
                ) as response:
                    if not response.is_success and not should_retry(response):
                        await response.aread()
                        raise ApiError.of(response)
                    async for line in response.aiter_lines():
                        event = parser.feed(line)
                        if event is not None:
                            failures = 0
                            yield event
            except httpx.TransportError:
                pass
            failures += 1
            await asyncio.sleep(self._retries.pause(min(failures, 8), None))

    async def _get(self, path: str, model: type[T], **params: Any) -> T:
        return await self._call("GET", path, model, params=params)

    async def _call(self, method: str, path: str, model: type[T], **what: Any) -> T:
        return msgspec.json.decode((await self._send(method, path, **what)).content, type=model)

    async def _send(
        self, method: str, path: str, *, accept: Sequence[int] = (), repeat: bool = True, **what: Any
    ) -> httpx.Response:
        what["headers"] = httpx.Headers(what.get("headers"), encoding="utf-8")  # a tenant's name in any letters
        attempts = self._retries.attempts if repeat else 1
        for attempt in range(1, attempts + 1):
            response: httpx.Response | None = None
            try:
                response = await self._http.request(method, path, **what)
                if not should_retry(response) or attempt == attempts:
                    return checked(response, accept)
            except httpx.TransportError as error:
                if attempt == attempts:
                    raise Unreachable(f"{self._http.base_url} does not answer ({type(error).__name__})") from error
            await asyncio.sleep(self._retries.pause(attempt, response))
        raise Unreachable(f"{self._http.base_url} was not asked")
