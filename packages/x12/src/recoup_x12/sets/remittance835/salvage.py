"""Claim payments and provider adjustments in sets, or bytes, that cannot be read by the guide.

None can be posted, and none is dropped.

Where no envelope holds them, delimiters are guessed from the first CLP or PLB: what follows its name parts elements,
what stands before it ends segments. A segment has elements, so there are more of what parts these: a name that would
have it otherwise is an element. Where neither stands there, a name that is damaged is told by what follows it, as CLP
has it: a number, a status and two amounts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from recoup_x12.core.delimiters import Delimiters
from recoup_x12.core.envelope import in_capitals
from recoup_x12.core.items import Item
from recoup_x12.core.limits import Limits
from recoup_x12.core.problem import Problem
from recoup_x12.core.sets import Rescue
from recoup_x12.core.transaction import Place
from recoup_x12.sets.remittance835.damaged import repaired
from recoup_x12.sets.remittance835.read import REMITTANCE, RemittanceReader

_BEFORE = r"(?:\A|([^A-Za-z0-9\s])\s{0,4}|([\r\n])\s{0,4})"
_FIRST = re.compile(_BEFORE + r"(?:CLP|PLB)([^A-Za-z0-9\s.])", re.IGNORECASE)
_LIKE_CLP = re.compile(
    _BEFORE + r"[A-Za-z0-9 ._-]{0,8}([^A-Za-z0-9\s._-])"
    r"(?:(?!\3)[^\r\n]){1,50}\3 *(?:[1-4]|19|2[0-35]) *\3 *-?\d[\d.]* *\3 *-?\d[\d.]* *(?:\3|\Z)",
    re.ASCII,
)
_ASTRAY = Problem(
    "transaction", 1, "ISA", "it stands in no interchange that can be read",
    "send it between ISA and IEA", position=1, code="8",
)  # fmt: skip


def payments_in(content: bytes, limits: Limits) -> Iterator[Item]:
    """The claim payments of bytes outside any interchange, each in doubt, with the ends of the sets they make."""
    text = content.decode("utf-8", "replace").replace("\x00", "")
    found = (one for shape in (_FIRST, _LIKE_CLP) for one in shape.finditer(text))
    parting = ((one[3], one[1] or one[2] or "~") for one in found)
    element, terminator = next((pair for pair in parting if _parts(text, *pair)), ("", ""))
    if not element:
        return
    component = next(mark for mark in ":><^" if mark not in (element, terminator))
    delimiters = Delimiters(element, "", component, terminator)
    segments = [in_capitals(segment.strip(), element) for segment in text.split(terminator) if segment.strip()]
    at = 0
    while at < len(segments):
        name, _, rest = (repaired(segments[at], element) or segments[at]).partition(element)
        if name not in ("BPR", "CLP", "PLB") and not (name == "ST" and rest.startswith("835")):
            at += 1
            continue
        if name != "ST":
            segments.insert(at, f"ST{element}835{element}")
        control = [*segments[at].split(element), "", ""][2]
        reader = _in_doubt(delimiters, limits, Place("", "", control, "835", ""), _ASTRAY)
        yield from reader.read(segments, at)
        at = reader.stopped
        yield from reader.close([], reader.position)


def _parts(text: str, element: str, terminator: str) -> bool:
    """Return True if these may be what parts elements and ends segments."""
    return element != terminator and text.count(element) >= text.count(terminator)


def _in_doubt(delimiters: Delimiters, limits: Limits, place: Place, refusal: Problem) -> RemittanceReader:
    return RemittanceReader(REMITTANCE, delimiters, limits, place, refusal=refusal)


RESCUE = Rescue(
    openers=frozenset({"CLP", "PLB"}),
    group_openers=frozenset({"BPR"}),
    read=_in_doubt,
    salvage=payments_in,
    repaired=repaired,
    message="it stands in no 835 that can be read here",
    how_to_fix="send 835 (005010X221A1) between ST and SE",
)
