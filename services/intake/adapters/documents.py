"""Claims and payments that come as documents, JSON or FHIR, into the units that reception applies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO

import msgspec

from recoup_x12 import Problem
from services.intake.adapters.fhir import kinds_of, read_claims, read_remittances, texts_of
from services.intake.adapters.interchange import BATCH
from services.intake.adapters.json_api import JsonClaim, read_claim, read_ndjson
from services.intake.adapters.json_api.reading import NotJson, decode
from services.intake.adapters.units import Tally, Units
from services.intake.application.claims import Read
from services.intake.application.remittances import PaymentRead

WHOLE = 32 * 1024 * 1024
"""Most bytes of one JSON document; a longer file is read as NDJSON, line by line."""


def document_units(rows: Iterable[tuple[int, JsonClaim, str]], tally: Tally) -> Iterator[Units]:
    """JSON claims with their line numbers and texts, a batch at a time; what could not be read goes to the tally."""
    interchange_id = tally.summary.interchange_id
    units = Units(interchange_id)
    for number, read, text in rows:
        if read.claim is None:
            _unread(tally, number, read.problems)
        else:
            units.claims.append(Read(read.claim, read.problems, text, interchange_id, number, read.test))
            if len(units) >= BATCH:
                yield units
                units = Units(interchange_id)
    yield units


def fhir_units(body: bytes, tally: Tally) -> Iterator[Units]:
    """The Claim and ExplanationOfBenefit resources of a document, in one batch."""
    interchange_id = tally.summary.interchange_id
    units = Units(interchange_id)
    kinds = kinds_of(body)
    if "Claim" in kinds or not kinds:
        read = read_claims(body)
        texts = texts_of(body, "Claim") if kinds else [""] * len(read)
        for place, (claim, text) in enumerate(zip(read, texts, strict=True), 1):
            if claim.claim is None:
                _unread(tally, place, claim.problems)
            else:
                units.claims.append(Read(claim.claim, claim.problems, text, interchange_id, place, claim.test))
    if "ExplanationOfBenefit" in kinds:
        for place, payment in enumerate(read_remittances(body), 1):
            if payment.remittance is None or not payment.accepted:
                _unread(tally, place, payment.problems)
            else:
                units.payments.append(PaymentRead(payment.remittance, interchange_id, place, test=payment.test))
    yield units


def ndjson_units(file: IO[bytes], tally: Tally) -> Iterator[Units]:
    """The claims of an NDJSON file, a batch at a time."""
    rows = read_ndjson(iter(lambda: file.read(1 << 18), b""))
    return document_units(((row.number, row.read, row.text) for row in rows), tally)


def any_json_units(file: IO[bytes], tally: Tally) -> Iterator[Units]:
    """A file of JSON whose kind nobody told: FHIR where it says so, one claim, or NDJSON."""
    body = file.read(WHOLE + 1)
    if len(body) <= WHOLE:
        try:
            found = decode(body)
        except NotJson:
            found = None  # several objects: NDJSON
        if found is not None:
            if "resourceType" in found:
                return fhir_units(body, tally)
            return document_units([(1, read_claim(body), body.decode(errors="replace"))], tally)
    file.seek(0)
    return ndjson_units(file, tally)


def _unread(tally: Tally, place: int, problems: Iterable[Problem]) -> None:
    for problem in problems:
        tally.problem(msgspec.structs.replace(problem, position=place))
