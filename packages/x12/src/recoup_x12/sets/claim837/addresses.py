"""Rules about the addresses of a claim that payers' front ends refuse most often.

The guides (2010AA N3, N4; 2310C and 2420C of professional and dental claims, 2310E of institutional ones) ask for a
street address of the billing provider, its PO box going to loop 2010AB, and for all nine digits of the ZIP code of
billing provider and service facility. Clearinghouses refuse the PO box (Stedi's claim edit of 2025-12-04, the rejection
lists of Kareo and CureMD), hence an error here. A ZIP code of five digits they complete, or pad with zeros, before
they refuse anything (Stedi, claim repair "incomplete ZIP Code"), hence a warning.
"""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec.structs import replace

from recoup_x12.core.party import Party
from recoup_x12.core.problem import Problem, claim_problem
from recoup_x12.core.segments import Address
from recoup_x12.sets.claim837.model import Claim

_MAILBOX = re.compile(
    r"\b(?:P\.?\s*O\.?\s*(?:BO?X|B\.?\b|DRAWER)|POST\s+OFFICE\s+(?:BO?X|DRAWER)|POBO?X|LOCK\s?BOX|CALLER\s+(?:BOX|SERVICE)"
    r"|PMB\s*#?\s*\d|PRIVATE\s+MAIL\s?BOX)|^\s*BOX\s*#?\s*\d",
    re.IGNORECASE,
).search
"""Addresses at which nobody is treated: PO boxes, lock boxes and private mailboxes, as they are written."""

_PO_BOX = claim_problem(
    4, "N3", "the billing provider's address is a PO box or another mailbox",
    "send its street address in loop 2010AA, and the box in the pay-to address, loop 2010AB", loop="2010AA", element=1,
    code="I12", status=("A7", "503", "85"),
)  # fmt: skip
_SHORT_ZIP = claim_problem(
    2, "N4", "the ZIP code has five digits where the guide asks for all nine", "send ZIP+4, without a hyphen",
    element=3, code="I12", severity="warning",
)  # fmt: skip


_NO_STATE = claim_problem(
    2, "N4", "the billing provider's address names no state", "send the two letters of the state in N402",
    loop="2010AA", element=2, code="I12", severity="warning", status=("A7", "500", "85"),
)  # fmt: skip
_NO_ZIP = claim_problem(
    2, "N4", "the billing provider's address has no ZIP code", "send its nine digits in N403, without a hyphen",
    loop="2010AA", element=3, code="I12", severity="warning", status=("A7", "500", "85"),
)  # fmt: skip
"""The guide wants both of an address in the United States, which N404 does not name."""


@lru_cache(maxsize=1_000)
def _boxed(line: str) -> bool:
    return _MAILBOX(line) is not None


def check_addresses(claim: Claim, found: list[Problem]) -> None:
    """Add what is wrong with the addresses of the billing provider and of service facilities."""
    billing = claim.billing.address
    if billing is not None:
        if _boxed(billing.line1) or (billing.line2 and _boxed(billing.line2)):
            found.append(_PO_BOX)
        if billing.country in ("", "US"):
            if not billing.state:
                found.append(_NO_STATE)
            if not billing.postal_code:
                found.append(_NO_ZIP)
        if len(billing.postal_code) == 5 and _is_short(billing):
            found.append(replace(_SHORT_ZIP, loop="2010AA", status=("A7", "500", "85")))
    for party in claim.providers:
        if party.role == "77":
            _facility(party, "2310E" if claim.form == "institutional" else "2310C", 0, found)
    for index, line in enumerate(claim.lines, 1):
        for party in line.providers:
            if party.role == "77":
                _facility(party, "2420C" if claim.form == "professional" else "2420D", index, found)


def _facility(party: Party, loop: str, line: int, found: list[Problem]) -> None:
    if party.address is not None and _is_short(party.address):
        found.append(replace(_SHORT_ZIP, loop=loop, line=line, status=("A7", "500", "77")))


def _is_short(address: Address) -> bool:
    """Return True if a US address has the first five digits of its ZIP code only."""
    return len(address.postal_code) == 5 and address.country in ("", "US") and address.postal_code.isdigit()
