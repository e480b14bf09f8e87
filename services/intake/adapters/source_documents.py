"""A claim's kept original text, X12, JSON or FHIR, read into the claim again."""

from __future__ import annotations

import re

from recoup_x12 import ClaimRead, read
from recoup_x12.model import Claim, Form
from services.intake.adapters.fhir import read_claims
from services.intake.adapters.json_api import read_claim
from services.intake.adapters.json_api.reading import decode
from services.intake.application.outgoing_ports import Illegible

_IMPLEMENTATIONS: dict[Form, str] = {
    "professional": "005010X222A1",
    "institutional": "005010X223A3",
    "dental": "005010X224A2",
}


def claim_of(text: str, form: Form) -> Claim:
    """The claim of `text` as `Original` keeps it; raises `Illegible`."""
    if text.lstrip()[:1] == "{":
        if "resourceType" in decode(text):
            found = next((one.claim for one in read_claims(text.encode()) if one.claim is not None), None)
        else:
            found = read_claim(text.encode()).claim
    else:
        items = read([_enveloped(text, _IMPLEMENTATIONS[form]).encode()])
        found = next((i.claim for i in items if isinstance(i, ClaimRead) and i.claim is not None), None)
    if found is None:
        raise Illegible("the claim's original cannot be read any more")
    return found


def _enveloped(text: str, implementation: str) -> str:
    """The segments from BHT to the claim's last in an envelope of their own, with the delimiters they came with."""
    element = text[3:4]
    name = re.search(re.escape(f"NM1{element}41{element}"), text)
    claim = re.search(rf"CLM{re.escape(element)}(?:[^{re.escape(element)}]*{re.escape(element)}){{4}}(\w*)(\W)", text)
    if not element or name is None or not name.start() or claim is None:
        raise Illegible("the claim's original has lost its frame")
    terminator, component = text[name.start() - 1], claim.group(2)
    repetition = next(mark for mark in "^!|\x1f" if mark not in (element, terminator, component))
    e = element
    head = (
        e.join(("ISA", "00", " " * 10, "00", " " * 10, "ZZ", " " * 15, "ZZ", " " * 15, "250101", "0000", repetition,
                "00501", "000000001", "0", "P", component)),
        e.join(("GS", "HC", "A", "B", "20250101", "0000", "1", "X", implementation)),
        e.join(("ST", "837", "0001", implementation)),
    )  # fmt: skip
    count = text.count(terminator) + 2
    tail = (e.join(("SE", str(count), "0001")), e.join(("GE", "1", "1")), e.join(("IEA", "1", "000000001")))
    return terminator.join(head) + terminator + text + terminator.join(tail) + terminator
