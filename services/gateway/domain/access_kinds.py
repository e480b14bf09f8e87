"""What an access was, in one word: to open a claim and to have it on a list are two different things."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["opened", "listed", "exported", "changed", "refused"]

_LISTS = re.compile(r"^(search|find|cases|worklist|tasks|history$|idr/plan|results|books|stream|list |GET /v1/claims$)")
_CHANGES = re.compile(
    r"^(create |revoke |make |set |replay |discard |submit|good-faith|case/|idr/(told|filings)|history/|idr-offer$|"
    r"worklist/.*/resolution|POST |PUT |DELETE |PATCH )"
)
_EXPORTS = re.compile(r"^(export |access log export)")
_READS_OF_A_CASE = frozenset({"case/misdirected"})


def kind_of(action: str, outcome: str, claims: int) -> Kind:
    """The kind of an entry of the access log.

    Args:
        action: What was asked, as the log has it.
        outcome: `allowed`, or why it was not.
        claims: How many claims it names.

    Returns:
        `refused` where it was not allowed; else what was done. A read that names several claims showed a list.
    """
    if outcome != "allowed":
        return "refused"
    if _EXPORTS.match(action):
        return "exported"
    if action in _READS_OF_A_CASE:
        return "opened"
    if action.endswith("/look"):
        return "opened"
    if _CHANGES.match(action):
        return "changed"
    return "listed" if claims > 1 or _LISTS.match(action) else "opened"
