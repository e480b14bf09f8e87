"""PDFs for patients, typeset on demand. The same content gives the same bytes: embedded fonts, no clock."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import segno
import typst

from services.gateway.domain.patient.estimate_letter import EstimateLetter
from services.gateway.domain.patient.letter import Letter

_HERE = Path(__file__).parent


async def letter_pdf(letter: Letter, reference: str, recipient: Sequence[str] = ()) -> bytes:
    """The letter's PDF, made beside the event loop."""
    return await typeset("letter.typ", letter_content(letter, reference, recipient))


def letter_content(letter: Letter, reference: str, recipient: Sequence[str] = ()) -> dict[str, Any]:
    """What the letter's template shows; the code (QR) holds the address of the patient's page and nothing else."""
    code = segno.make(letter.online.url, error="m", micro=False).svg_inline(border=0) if letter.online else ""
    return {"letter": letter, "reference": reference, "recipient": list(recipient), "code": code}


async def estimate_pdf(letter: EstimateLetter) -> bytes:
    """The estimate's PDF."""
    return await typeset("estimate.typ", {"letter": letter})


async def typeset(template: str, content: Mapping[str, Any]) -> bytes:
    """A template's PDF with `content`."""
    return await asyncio.to_thread(compile_pdf, template, content)


def compile_pdf(template: str, content: Mapping[str, Any]) -> bytes:
    """The same on this thread."""
    data = msgspec.json.encode(content, order="sorted").decode()
    compiler = typst.Compiler(root=str(_HERE), ignore_system_fonts=True, sys_inputs={"data": data})
    pdf = compiler.compile(input=str(_HERE / template), format="pdf")
    assert isinstance(pdf, bytes)
    return pdf
