"""Inputs over HTTP: X12, JSON, NDJSON and FHIR, each answered when everything accepted of it is committed."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Any, BinaryIO, cast

import msgspec
from fastapi import APIRouter, Header, Request, Response

from recoup_x12 import Problem as X12Problem
from recoup_x12 import Unpackable, is_packed, unpacked
from services.intake.adapters.documents import WHOLE, document_batches, fhir_batches, ndjson_batches
from services.intake.adapters.http.dependencies import deliveries_of, desk_of, receiver_of
from services.intake.adapters.http.senders import NOT_YOURS, SendingTenant
from services.intake.adapters.json_api import read_claim
from services.intake.application.idempotent_inputs import (
    LONGEST_KEY,
    Answered,
    NotTaken,
    NotTakenCode,
)
from services.intake.application.inputs import Finish, InputReceiver
from services.intake.application.pending_input import InputCounts, PendingInput, Summary, unreadable
from services.intake.application.turns import Turn
from services.intake.domain.receipt import Stated, stated_receipt, states_history
from shared.api.refusals import TENANT_REQUIRED, WRONG_MEDIA_TYPE, Refusal
from shared.api.submitting import CLAIM, NDJSON, NOT_X12, X12, ReceivedOn, WithAnswers, summary
from shared.former_names import with_both_names
from shared.problem import Problem

router = APIRouter(tags=["intake"])
_IN_MEMORY = 4 * 1024 * 1024
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=1000,
        description="names this request: sent again with the same content it gets the same answer, once",
    ),
]
_KEY_REUSED = Refusal(
    422, "idempotency-key-reused", "This Idempotency-Key was sent before with other content.",
    "Send the same content, or a key of its own for each request.",
)  # fmt: skip
_OWN = (NOT_YOURS, TENANT_REQUIRED, _KEY_REUSED)
_LONGEST_ANSWERS = 1_000_000
"""Characters of X12 answers that are told with a summary."""
_ELSEWHERE: dict[str, tuple[tuple[str, str], ...]] = {
    "/v1/edi": (
        ("application/json", "Send claims as JSON to /v1/claims, several as NDJSON to /v1/claims/bulk."),
        ("application/fhir+json", "Send FHIR to /v1/claims."),
        ("application/x-ndjson", "Send NDJSON to /v1/claims/bulk."),
    ),
    "/v1/claims": (
        ("application/edi-x12", "Send X12 to /v1/edi."),
        ("application/x-ndjson", "Send NDJSON to /v1/claims/bulk."),
    ),
    "/v1/claims/bulk": (
        ("application/edi-x12", "Send X12 to /v1/edi."),
        ("application/fhir+json", "Send FHIR to /v1/claims."),
    ),
}
"""Media types that a route does not take, and where they go."""
TakeInTurn = Callable[[Turn, str, Finish], Awaitable[Summary]]
_encode = msgspec.json.Encoder(decimal_format="string").encode
_NOT_TAKEN: dict[NotTakenCode, tuple[int, str, str, str, dict[str, str] | None]] = {
    "key_invalid": (
        400, "idempotency-key-invalid",
        f"The Idempotency-Key is longer than {LONGEST_KEY} characters or not printable.",
        "Send a UUID, or another short text of your own for each request.", None,
    ),
    "key_reused": (
        422, "idempotency-key-reused", "This Idempotency-Key was sent before with other content.",
        "Send the same content, or a key of its own for each request.", None,
    ),
    "in_flight": (
        409, "request-in-flight", "A request with this Idempotency-Key is being handled.",
        "Ask again after the seconds in Retry-After; the answer will be the first one's.", {"Retry-After": "1"},
    ),
    "interrupted": (
        503, "try-again", "The database does not answer.",
        "Send the same again: what was committed counts once.", {"Retry-After": "5"},
    ),
}  # fmt: skip
"""How it is answered that an input is not taken: status, name, detail, how to fix it, headers."""


@router.post("/v1/edi", responses=summary(*_OWN, NOT_X12), openapi_extra=X12, summary="Submit X12")
async def submit_x12(
    request: Request,
    tenant: SendingTenant,
    key: Key = "",
    received_on: ReceivedOn = "",
    with_answers: WithAnswers = False,
) -> Response:
    """Take one X12 input of any size: 837 claims, 835 remittances, any number of interchanges, plain, gzip or zip.

    The answer comes when everything accepted is committed. Claims and payments received before are answered as
    duplicates and have no second effect. A request that broke off is made good by sending it again: what it had done
    already is answered as if it had been done now. With an `Idempotency-Key` a lost answer is given again.
    """
    _check_media_type(request)
    receiver = receiver_of(request)
    stated = _stated(receiver, tenant, received_on)
    async with _received(request, tenant) as (file, sha256):

        async def take(turn: Turn, interchange_id: str, finish: Finish) -> Summary:
            return await receiver.receive_file(file, turn, interchange_id=interchange_id, finish=finish, stated=stated)

        told = await _submit(request, tenant, key, "http", sha256, file, take, answer_x12, received_on)
        return await _with_answers(request, tenant, told) if with_answers else told


@router.post(
    "/v1/claims", responses=summary(*_OWN), openapi_extra=CLAIM, summary="Submit a claim as JSON or FHIR"
)  # fmt: skip
async def submit_document(
    request: Request, tenant: SendingTenant, key: Key = "", received_on: ReceivedOn = ""
) -> Response:
    """Submit one claim as JSON or FHIR R4 (`application/fhir+json`): Claim, ExplanationOfBenefit or a Bundle of them.

    A claim that validation refuses is answered 422 with each problem at its path, and is recorded as rejected.
    """
    _check_media_type(request)
    body = await _document(request, tenant)
    fhir = "fhir" in request.headers.get("content-type", "")

    def batches(counts: InputCounts) -> Iterable[PendingInput]:
        if fhir:
            return fhir_batches(body, counts)
        return document_batches([(1, read_claim(body), body.decode(errors="replace"))], counts)

    take = _documents(request, tenant, batches, received_on)
    sha256 = hashlib.sha256(body).hexdigest()
    source, file = "fhir" if fhir else "json", io.BytesIO(body)
    return await _submit(request, tenant, key, source, sha256, file, take, answer_documents, received_on)


@router.post("/v1/claims/bulk", responses=summary(*_OWN), openapi_extra=NDJSON, summary="Submit claims as NDJSON")
async def submit_ndjson(
    request: Request, tenant: SendingTenant, key: Key = "", received_on: ReceivedOn = ""
) -> Response:
    """Submit claims as JSON, one per line. A line with errors does not affect others; each problem names its line."""
    _check_media_type(request)
    async with _received(request, tenant) as (file, sha256):

        def batches(counts: InputCounts) -> Iterable[PendingInput]:
            file.seek(0)
            return ndjson_batches(file, counts)

        take = _documents(request, tenant, batches, received_on)
        return await _submit(request, tenant, key, "ndjson", sha256, file, take, answer_documents, received_on)


def answer_x12(summary: Summary) -> Answered:
    """200 where a set, or a payment of one, stands or is held, else 422; a problem document where there was no set."""
    sets = summary.sets_accepted + summary.sets_held + summary.sets_refused
    if not (sets or summary.acknowledgments or summary.held):
        detail, how_to_fix = unreadable(summary.problems[0] if summary.problems else None)
        problem = Problem(422, "not-x12", detail, how_to_fix=how_to_fix, problems=json.loads(_encode(summary.problems)))
        return Answered(422, "application/problem+json", json.dumps(problem.document()).encode())
    stands = summary.sets_accepted or summary.acknowledgments or summary.remittances or summary.held
    return _answered(summary, stands=bool(stands))


def answer_documents(summary: Summary) -> Answered:
    """200 where a claim or payment stands, else 422."""
    return _answered(summary, stands=summary.anything_good)


def _answered(summary: Summary, *, stands: bool) -> Answered:
    """The summary; where nothing of the input stands as a problem document, whose further members it is."""
    body: dict[str, Any] = json.loads(_encode(summary))
    if stands:
        return Answered(200, "application/json", _encode(with_both_names(body)))
    if summary.claims or summary.remittances or summary.receipts or summary.problems:
        detail = "Nothing of this input stands; `receipts` and `problems` say why, each at its place."
        problem = Problem(422, "nothing-taken", detail, how_to_fix="Correct what they name and send it again.", **body)
    else:
        detail = "The input holds no claim and no payment."
        problem = Problem(422, "nothing-taken", detail, how_to_fix="Send at least one.", **body)
    return Answered(422, "application/problem+json", _encode(problem.document()))


async def _submit(
    request: Request,
    tenant: str,
    key: str,
    source: str,
    sha256: str,
    content: BinaryIO,
    take: TakeInTurn,
    answer: Callable[[Summary], Answered],
    received_on: str,
) -> Response:
    """Receive an input once: under its key, as a repetition, or again; under a key the stated day belongs to it."""
    receiver = receiver_of(request)
    deliveries = deliveries_of(request)
    whole = hashlib.sha256(
        "\n".join((request.url.path, source, sha256, *([received_on] if received_on else ()))).encode()
    ).hexdigest()
    try:
        with receiver.turn(tenant, history=states_history(received_on)) as turn:
            answered, replayed = await deliveries.answer_once(
                partial(take, turn), answer, tenant=tenant, sha256=sha256, source=source, key=key,
                request_sha256=whole, content=content,
            )  # fmt: skip
    except NotTaken as refused:
        status, slug, detail, how_to_fix, headers = _NOT_TAKEN[refused.code]
        raise Problem(status, slug, detail, how_to_fix=how_to_fix, headers=headers) from None
    return _response(answered, replayed=replayed)


def _check_media_type(request: Request) -> None:
    """Refuse a body that is wrapped in a form, or that another route takes."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    how_to_fix = dict(_ELSEWHERE[request.url.path]).get(media, "")
    if media.startswith("multipart/"):
        how_to_fix = "Send the file itself as the body (curl --data-binary @FILE), not as part of a form."
    if how_to_fix:
        raise WRONG_MEDIA_TYPE.problem(how_to_fix=how_to_fix)


async def _with_answers(request: Request, tenant: str, told: Response) -> Response:
    """The answer with the X12 answers to its input, where there are any and they are not too long to be told so."""
    known = msgspec.json.decode(told.body, type=_Named).interchange_id
    parts = await desk_of(request).reader.answers(known, tenant, "") if known else None
    text = ""
    async for part in parts or _nothing():
        text += part
        if len(text) > _LONGEST_ANSWERS:
            return told
    if not text:
        return told
    body = _encode({**json.loads(bytes(told.body)), "x12": text})
    kept = {name: value for name, value in told.headers.items() if name not in ("content-length", "content-type")}
    return Response(body, told.status_code, kept, told.media_type)


async def _nothing() -> AsyncGenerator[str]:
    for text in ():
        yield text


def _stated(receiver: InputReceiver, tenant: str, received_on: str) -> Stated:
    """What the sender states of its receipt; raises a problem where it cannot be."""
    try:
        return stated_receipt(received_on, receiver.today(tenant))
    except ValueError as error:
        how_to_fix = "Give the day of receipt in `X-Received-On`, or `history`, or leave it out where that is today."
        raise Problem(422, "received-on", f"X-Received-On: {error}.", how_to_fix=how_to_fix) from None


def _documents(
    request: Request, tenant: str, batches: Callable[[InputCounts], Iterable[PendingInput]], received_on: str
) -> TakeInTurn:
    receiver = receiver_of(request)
    stated = _stated(receiver, tenant, received_on)

    async def take(turn: Turn, interchange_id: str, finish: Finish) -> Summary:
        return await receiver.receive_documents(
            batches, turn, interchange_id=interchange_id, finish=finish, stated=stated
        )

    return take


async def _document(request: Request, tenant: str) -> bytes:
    """The body, which is read as one and so may not be of any size, packed or not."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > WHOLE:
            raise _too_large()
    if not is_packed(bytes(body[:8])):
        return bytes(body)
    packed = io.BytesIO(body)
    with await _unpacked(request, tenant, packed, hashlib.sha256(body).hexdigest()) as file:
        content = file.read(WHOLE + 1)
    if len(content) > WHOLE:
        raise _too_large()
    return content


def _too_large() -> Problem:
    return Problem(
        413,
        "too-large",
        f"One document is at most {WHOLE // 1024 // 1024} MiB.",
        how_to_fix="Send claims as NDJSON to /v1/claims/bulk, or a Bundle in several.",
    )


@asynccontextmanager
async def _received(request: Request, tenant: str) -> AsyncGenerator[tuple[BinaryIO, str]]:
    """The body in a file, unpacked where it came packed, and the SHA-256 of what is read of it."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as body:
        digest = hashlib.sha256()
        async for chunk in request.stream():
            digest.update(chunk)
            body.write(chunk)
        file = cast(BinaryIO, body)
        file.seek(0)
        if not is_packed(file.read(8)):
            yield file, digest.hexdigest()
            return
        with await _unpacked(request, tenant, file, digest.hexdigest()) as content:
            yield content, await asyncio.to_thread(_sha256, content)


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(1 << 18):
        digest.update(chunk)
    return digest.hexdigest()


async def _unpacked(request: Request, tenant: str, file: BinaryIO, sha256: str) -> BinaryIO:
    """What a packed body holds; one that cannot be unpacked is kept as it came, and refused."""
    try:
        return await asyncio.to_thread(unpacked, file)
    except Unpackable as error:
        deliveries = deliveries_of(request)
        problem = X12Problem("interchange", 1, "ISA", error.reason, error.how_to_fix)
        known = await deliveries.keep_refused(tenant, sha256, "http", file, problem)
        detail, how_to_fix = f"Nothing was taken in: {error.reason}.", f"{error.how_to_fix}."
        raise Problem(422, "packed-input", detail, how_to_fix=how_to_fix, interchange_id=known) from None


class _Named(msgspec.Struct):
    """What of an answer says which input it is to."""

    interchange_id: str = ""


def _response(answered: Answered, *, replayed: bool) -> Response:
    known = msgspec.json.decode(answered.body, type=_Named).interchange_id
    headers = {"Location": f"/v1/interchanges/{known}"} if known else {}
    if replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(answered.body, answered.status, headers, answered.media_type)
