"""Claim payments in bytes that no X12 envelope holds: none of them can be posted, and none of them is dropped.

Delimiters are guessed from the first CLP: what follows its name parts elements, what stands before it ends segments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.intake.adapters.x12.delimiters import Delimiters
from services.intake.adapters.x12.guide import REMITTANCE
from services.intake.adapters.x12.items import Item
from services.intake.adapters.x12.limits import Limits
from services.intake.adapters.x12.read_remittance import RemittanceReader
from services.intake.adapters.x12.transaction import Place
from services.intake.domain.snip.problem import Problem

_FIRST = re.compile(r"(?:\A|([^A-Za-z0-9\s])\s*|([\r\n])\s*)CLP([^A-Za-z0-9\s.])")
_ASTRAY = Problem(
    "transaction", 1, "ISA", "the claim payment stands in no interchange that can be read",
    "send it between ISA and IEA", position=1, code="8",
)  # fmt: skip


def payments_in(content: bytes, limits: Limits) -> Iterator[Item]:
    """The claim payments of bytes outside any interchange, each in doubt, with the ends of the sets they make."""
    text = content.decode("utf-8", "replace").replace("\x00", "")
    found = _FIRST.search(text)
    if found is None:
        return
    element = found[3]
    terminator = found[1] or found[2] or "~"
    if terminator == element:
        return
    component = next(mark for mark in ":><^" if mark not in (element, terminator))
    delimiters = Delimiters(element, "", component, terminator)
    segments = [segment.strip() for segment in text.split(terminator) if segment.strip()]
    at = 0
    while at < len(segments):
        name, _, rest = segments[at].partition(element)
        if name not in ("BPR", "CLP") and not (name == "ST" and rest.startswith("835")):
            at += 1
            continue
        if name != "ST":
            segments.insert(at, f"ST{element}835{element}")
        control = [*segments[at].split(element), "", ""][2]
        reader = RemittanceReader(REMITTANCE, delimiters, limits, Place("", "", control, "835", ""), refusal=_ASTRAY)
        yield from reader.read(segments, at)
        at = reader.stopped
        yield from reader.close([], reader.position)
