"""Estimates from JSON to documents, for the API and the command alike."""

from __future__ import annotations

import asyncio
import re
from datetime import date
from typing import Literal, TypeVar

import msgspec

from services.gateway.adapters.documents.page import estimate_page
from services.gateway.adapters.documents.text import estimate_text
from services.gateway.adapters.documents.typeset import estimate_pdf
from services.gateway.domain.patient.estimate import EstimateRequest, compute_estimate
from services.gateway.domain.patient.estimate_letter import estimate_letter
from services.gateway.domain.patient.letter import Language

Form = Literal["pdf", "html", "text"]
MEDIA: dict[Form, str] = {"pdf": "application/pdf", "html": "text/html", "text": "text/plain"}
T = TypeVar("T")
_SAYS = {
    "missing required": "A field is missing.", "unknown": "A field is not known: its name may be another.",
    "": "A field is of the wrong kind, or beyond what it may be.",
}  # fmt: skip
"""What is wrong with a field, by the decoder's words; what stood there is never told."""


class Unfit(Exception):
    """What was sent is not an estimate. `places` are where, never what stood there."""

    def __init__(self, says: str, places: tuple[str, ...] = ()) -> None:
        super().__init__(says)
        self.places = places


def parse(body: bytes, struct: type[T]) -> T:
    """The request in `body`; raises `Unfit`."""
    try:
        request = msgspec.json.decode(body, type=struct)
    except msgspec.ValidationError as error:
        found = re.search(r"at `\$\.?(.*?)`$", str(error))
        named = re.search(r"(missing required|unknown) field `(\w+)`", str(error))
        place = ".".join(part for part in (found and found[1], named and named[2]) if part)
        raise Unfit(_SAYS[named[1] if named else ""], (place or "(the whole)",)) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Unfit("The request is not JSON.") from None
    dates = ("scheduled_on", "scheduled_for", "requested_on")
    far = tuple(name for name in dates if not _near(getattr(request, name, None)))
    if far:
        raise Unfit("Business days are not known so far ahead or back.", far)
    return request


def _near(day: date | None) -> bool:
    return day is None or 2000 <= day.year <= 2100


def whole(request: EstimateRequest) -> EstimateRequest:
    """The request, if it holds all that the rule asks of an estimate; else `Unfit`."""
    found = compute_estimate(request)
    if found.lacks:
        raise Unfit("A good-faith estimate needs more than this (45 CFR 149.610(c)(1)).", found.lacks)
    if found.wrong:
        raise Unfit("What the estimate is made from cannot be.", found.wrong)
    return request


async def render(request: EstimateRequest, form: Form, language: Language) -> bytes:
    """The document; raises `Unfit` where content that the rule asks for is missing."""
    letter = estimate_letter(whole(request), language)
    if form == "pdf":
        return await estimate_pdf(letter)
    return (estimate_page(letter) if form == "html" else estimate_text(letter)).encode()


def render_now(request: EstimateRequest, form: Form, language: Language) -> bytes:
    """The same without an event loop."""
    return asyncio.run(render(request, form, language))
