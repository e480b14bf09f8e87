"""Which papers a case has, and how far each has come: a draft is not sent, and what is queued has not left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal

import msgspec

from services.appeals.adapters.documents.library import Prepared
from services.appeals.adapters.documents.missing import missing_words
from services.appeals.domain.case import Filing

State = Literal["draft", "queued", "sent", "proven"]
"""`draft`: nothing is filed; `queued`: the service is to send it; `sent`: a person says that it was; `proven`: a
channel has proof that it was."""


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One paper. `day` is the day of its filing, none for a draft; `missing` and `weak_evidence` are in words.

    `case_id` names the dispute, where it is not the claim's only or first.
    """

    filing: int
    forum: str
    level: int
    kind: str
    state: State
    day: date | None = None
    proof: str = ""
    problem: str = ""
    missing: tuple[str, ...] = ()
    weak_evidence: str = ""
    case_id: str = ""


def state_of(way: Mapping[str, Any] | None) -> State:
    """How far a filing has come by its row of the table `filings`; None: it is the draft of the next."""
    if way is None:
        return "draft"
    status = way.get("status", "queued")
    if status == "attested":
        return "sent"
    return "proven" if status == "sent" else "queued"


def letters_of(
    filing: Filing, state: State, prepared: Sequence[Prepared], proof: str, problem: str,
    apart: frozenset[str] = frozenset(), offered_on: date | None = None,
) -> Iterator[Letter]:  # fmt: skip
    """The papers of one filing; those that have left are named by it, the others as they would be made now.

    Those `apart` are an offer, for the IDR entity alone: sent on the day that somebody told, and a draft until then.
    """
    found = {item.row.kind: item.content for item in prepared}
    for kind in found if state == "draft" else [d.kind for d in filing.documents]:
        content, status, day = found.get(kind), state, filing.filed_on
        if kind in apart:
            status, day = ("sent", offered_on) if offered_on is not None else ("draft", filing.filed_on)
        yield Letter(
            filing=filing.number,
            forum=filing.forum,
            level=filing.level,
            kind=kind,
            state=status,
            day=None if status == "draft" else day,
            proof="" if kind in apart else proof,
            problem=problem,
            missing=tuple(missing_words(key) for key in content.missing) if content else (),
            weak_evidence=content.weak if content else "",
        )
