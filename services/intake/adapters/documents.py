"""Claims and payments that come as documents, JSON or FHIR, into the input that reception applies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO

import msgspec

from recoup_x12 import Problem
from services.intake.adapters.fhir import kinds_of, read_claims, read_remittances, strangers_of, texts_of
from services.intake.adapters.json_api import JsonClaim, read_claim, read_ndjson
from services.intake.adapters.json_api.reading import NotJson, decode
from services.intake.application.claims import Read
from services.intake.application.held import HeldRead
from services.intake.application.inputs import BATCH
from services.intake.application.pending_input import InputCounts, PendingInput
from services.intake.application.remittances import PaymentRead

WHOLE = 32 * 1024 * 1024
"""Most bytes of one JSON document; a longer file is read as NDJSON, line by line."""


def document_batches(rows: Iterable[tuple[int, JsonClaim, str]], counts: InputCounts) -> Iterator[PendingInput]:
    """JSON claims with their line numbers and texts, a batch at a time; what could not be read goes to the counts."""
    interchange_id = counts.summary.interchange_id
    pending = PendingInput(interchange_id)
    for number, read, text in rows:
        if read.claim is None:
            _unread(counts, number, read.problems)
        else:
            pending.claims.append(Read(read.claim, read.problems, text, interchange_id, number, read.test))
            if len(pending) >= BATCH:
                yield pending
                pending = PendingInput(interchange_id)
    yield pending


def fhir_batches(body: bytes, counts: InputCounts) -> Iterator[PendingInput]:
    """The Claim and ExplanationOfBenefit resources of a document, in one batch.

    A payment whose money is in doubt is held, as that of an 835 is. Resources that belong to neither are told.
    """
    interchange_id = counts.summary.interchange_id
    pending = PendingInput(interchange_id)
    kinds = kinds_of(body)
    if "Claim" in kinds or not kinds:
        read = read_claims(body)
        texts = texts_of(body, "Claim") if kinds else []
        texts += [""] * (len(read) - len(texts))  # entries that ask for a deletion have none
        for place, (claim, text) in enumerate(zip(read, texts, strict=True), 1):
            if claim.claim is None:
                _unread(counts, place, claim.problems)
            else:
                pending.claims.append(Read(claim.claim, claim.problems, text, interchange_id, place, claim.test))
    if "ExplanationOfBenefit" in kinds:
        _payments(body, counts, pending)
    if kinds:
        for problem in strangers_of(body):
            counts.problem(problem)
    yield pending


def _payments(body: bytes, counts: InputCounts, pending: PendingInput) -> None:
    source = pending.interchange_id
    texts = texts_of(body, "ExplanationOfBenefit")
    for place, payment in enumerate(read_remittances(body), 1):
        remittance = payment.remittance
        if remittance is None or not payment.readable:
            _unread(counts, place, payment.problems)
        elif payment.doubts and not payment.test:
            pending.held.append(
                HeldRead("payment", remittance.payment, payment.doubts, texts[place - 1], source, place,
                         remittance.control_number, remittance.charge, remittance.paid, remittance, place)
            )  # fmt: skip
        else:
            pending.payments.append(
                PaymentRead(remittance, source, place, test=payment.test, problems=payment.problems)
            )


def ndjson_batches(file: IO[bytes], counts: InputCounts) -> Iterator[PendingInput]:
    """The claims of an NDJSON file, a batch at a time."""
    rows = read_ndjson(iter(lambda: file.read(1 << 18), b""))
    return document_batches(((row.number, row.read, row.text) for row in rows), counts)


def any_json_batches(file: IO[bytes], counts: InputCounts) -> Iterator[PendingInput]:
    """A file of JSON whose kind nobody told: FHIR where it says so, one claim, or NDJSON."""
    body = file.read(WHOLE + 1)
    if len(body) <= WHOLE:
        try:
            found = decode(body)
        except NotJson:
            found = None  # several objects: NDJSON
        if found is not None:
            if "resourceType" in found:
                return fhir_batches(body, counts)
            return document_batches([(1, read_claim(body), body.decode(errors="replace"))], counts)
    file.seek(0)
    return ndjson_batches(file, counts)


def _unread(counts: InputCounts, place: int, problems: Iterable[Problem]) -> None:
    for problem in problems:
        counts.problem(msgspec.structs.replace(problem, position=place))
