"""277CA (005010X214): what became of each claim, with category, claim status and entity codes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

import msgspec

from recoup_x12.core.problem import Problem
from recoup_x12.core.writing import Writer
from recoup_x12.sets.claim837.items import ClaimRead

ACCEPTED = ("A2", "20", "")
"""Acknowledgement/acceptance into adjudication system: accepted for processing."""

_RULED: dict[str, tuple[tuple[str, str, str], ...]] = {
    "duplicate": (("A3", "54", ""),),
    "control_number_reused": (("A8", "478", ""), ("A8", "535", "")),
    "replaces_voided_claim": (("A8", "464", ""), ("A8", "535", "")),
    "voids_unknown_claim": (("A8", "464", ""), ("A8", "535", "")),
    "names_another_claim": (("A8", "464", ""), ("A8", "535", "")),
}
"""What a sound claim is answered that could not be taken in, by the code of the ruling on it. 54: duplicate of a claim
processed before; 478: submitter's identifier of the claim; 535: its frequency code; 464: the payer's number of it."""
_MISSING = frozenset({"1", "2", "3", "I6", "I9"})
_UNSPECIFIC = "21"
_MAX_STATUSES = 3


def statuses_of(problems: tuple[Problem, ...]) -> tuple[tuple[str, str, str], ...]:
    """Up to three (category, claim status, entity): A6 missing, A8 in conflict, A7 invalid information."""
    found: dict[tuple[str, str, str], None] = {}
    for problem in problems:
        if problem.severity != "error":
            continue
        category = "A6" if problem.code in _MISSING else "A8" if problem.snip in (3, 4) else "A7"
        status = problem.status[1] if len(problem.status) > 1 else _UNSPECIFIC
        entity = problem.status[2] if len(problem.status) > 2 else _ENTITY.get(problem.loop, "")
        found[category, status, entity] = None
    return tuple(found)[:_MAX_STATUSES]


_ENTITY = {
    "2010AA": "85", "2010AB": "87", "2010BA": "IL", "2010BB": "PR", "2010CA": "QC", "2310B": "82", "2310C": "77",
    "2420A": "82", "1000A": "41", "1000B": "40",
}  # fmt: skip


class ClaimStatus(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What the 277CA needs of one claim; `serial` counts the claims of the input from 1."""

    control_number: str
    charge: Decimal
    patient: tuple[str, str, str, str, str, str]  # kind, last, first, middle, id qualifier, id
    billing: tuple[str, str, str, str, str]  # kind, last, first, id qualifier, id
    service_from: date | None
    service_to: date | None
    statuses: tuple[tuple[str, str, str], ...]
    bill_type: str = ""
    serial: int = 0

    @property
    def accepted(self) -> bool:
        """True if the claim's only status is acceptance."""
        return self.statuses == (ACCEPTED,)

    def ruled(self, code: str) -> ClaimStatus:
        """The same claim with the answer to a ruling other than acceptance."""
        return msgspec.structs.replace(self, statuses=_RULED.get(code, (("A7", _UNSPECIFIC, ""),)))

    @classmethod
    def of(cls, item: ClaimRead, serial: int = 0) -> ClaimStatus:
        """Return the status of a claim as it was read; `serial` counts the claims of the input from 1."""
        statuses = (ACCEPTED,) if item.accepted else statuses_of(item.problems) or (("A7", _UNSPECIFIC, ""),)
        claim = item.claim
        if claim is None:
            return cls(item.control_number, Decimal(0), ("1", "", "", "", "", ""), ("2", "", "", "", ""), None, None,
                       statuses, "", serial)  # fmt: skip
        who, member, by = claim.who, claim.subscriber, claim.billing
        patient = (who.kind or "1", who.name, who.first_name, who.middle_name, member.id_qualifier, member.id)
        billing = (by.kind or "2", by.name, by.first_name, by.id_qualifier, by.id)
        return cls(
            claim.control_number, claim.charge, patient, billing, claim.service_from, claim.service_to, statuses,
            claim.bill_type, serial,
        )  # fmt: skip


class Ruling(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What became of the claim `serial` of an input: taken in, or not for the reason `code`."""

    serial: int
    code: str
    claim_id: str


class Judged(msgspec.Struct, frozen=True):
    """A claim with its last answer, and its id where it has one."""

    status: ClaimStatus
    claim_id: str = ""


class StatusSet(msgspec.Struct, array_like=True):
    """One 837 and where its claims are: `count` of them, `first` before it in the input."""

    transaction: str
    first: int
    count: int = 0
    reference: str = ""
    submitter: tuple[str, str, str] = ("2", "", "")  # kind, name, id

    def add(self, item: ClaimRead) -> None:
        """Count a claim; the first that was read gives the batch's reference and submitter."""
        self.count += 1
        claim = item.claim
        if claim is not None and not self.reference:
            self.reference = claim.batch_reference
            self.submitter = (claim.submitter.kind or "2", claim.submitter.name, claim.submitter.id)


class Totals(msgspec.Struct, array_like=True):
    """Claims that stand and that do not, and their charges in dollars."""

    good: int = 0
    bad: int = 0
    good_charge: Decimal = Decimal(0)
    bad_charge: Decimal = Decimal(0)

    def add(self, claim: ClaimStatus) -> None:
        """Add one claim."""
        if claim.accepted:
            self.good += 1
            self.good_charge += claim.charge
        else:
            self.bad += 1
            self.bad_charge += claim.charge

    def take(self, other: Totals) -> None:
        """Add the totals of another part."""
        self.good += other.good
        self.bad += other.bad
        self.good_charge += other.good_charge
        self.bad_charge += other.bad_charge

    @property
    def verdict(self) -> str:
        """A where all claims stand, R where none does, P for part of them."""
        return "A" if not self.bad else "P" if self.good else "R"


class StatusWriter:
    """Writes the segments between ST and SE of one 277CA; `name` is the organisation that answers.

    Claims come in the order of the 837, under a new provider level each time their billing provider changes.
    """

    def __init__(self, one: StatusSet, totals: Totals, name: str, now: datetime) -> None:
        self._one = one
        self._totals = totals
        self._name = name
        self._now = now
        self._day = now.strftime("%Y%m%d")
        self._level = 2
        self._above = 0
        self._billing: tuple[str, ...] = ()

    def head(self) -> list[str]:
        """What stands before the first provider."""
        w, one, totals, day = Writer(), self._one, self._totals, self._day
        reference = _fit(one.reference or one.transaction, 50)
        w.add("BHT", "0085", "08", reference, day, self._now.strftime("%H%M"), "TH")
        w.add("HL", 1, "", "20", "1")
        w.add("NM1", "AY", "2", _fit(self._name, 60), "", "", "", "", "46", _fit(self._name, 80))
        w.add("TRN", "1", _fit(one.transaction, 50))
        w.add("DTP", "050", "D8", day)
        w.add("DTP", "009", "D8", day)
        w.add("HL", 2, 1, "21", "1")
        kind, submitter, identifier = one.submitter
        w.add("NM1", "41", kind, _fit(submitter, 60), "", "", "", "", "46", _fit(identifier, 80))
        w.add("TRN", "2", reference)
        # 19: entity acknowledges receipt; the batch stands when any claim of it does.
        status = ("A1", "19", "41") if totals.good else ("A3", "21", "")
        w.add("STC", status, day, "WQ" if totals.good else "U", totals.good_charge + totals.bad_charge)
        if totals.good:
            w.add("QTY", "90", totals.good)
        if totals.bad:
            w.add("QTY", "AA", totals.bad)
        if totals.good:
            w.add("AMT", "YU", totals.good_charge)
        if totals.bad:
            w.add("AMT", "YY", totals.bad_charge)
        return w.lines

    def claims(self, several: Iterable[ClaimStatus]) -> list[str]:
        """The next claims."""
        w = Writer()
        for claim in several:
            if claim.billing != self._billing:
                self._billing = claim.billing
                self._level += 1
                self._above = self._level
                kind, last, first, qualifier, npi = (_fit(v, 60) for v in claim.billing)
                w.add("HL", self._above, 2, "19", "1")
                w.add("NM1", "85", kind, last, first, "", "", "", qualifier if npi else "", npi if qualifier else "")
            self._level += 1
            _claim(w, claim, self._level, self._above, self._day)
        return w.lines


def _claim(w: Writer, claim: ClaimStatus, level: int, above: int, day: str) -> None:
    w.add("HL", level, above, "PT")
    kind, last, first, middle, qualifier, identifier = (_fit(v, 60) for v in claim.patient)
    w.add("NM1", "QC", kind, last, first, middle, "", "", qualifier if identifier else "",
          identifier if qualifier else "")  # fmt: skip
    w.add("TRN", "2", _fit(claim.control_number, 38))
    action = "WQ" if claim.accepted else "U"
    head, *more = claim.statuses
    w.add("STC", head, day, action, claim.charge, "", "", "", "", "", *more)
    if claim.bill_type:
        w.add("REF", "BLT", _fit(claim.bill_type, 4))
    if claim.service_from is not None and claim.service_to is not None:
        start, end = claim.service_from.strftime("%Y%m%d"), claim.service_to.strftime("%Y%m%d")
        if start == end:
            w.add("DTP", "472", "D8", start)
        else:
            w.add("DTP", "472", "RD8", f"{start}-{end}")


def _fit(text: str, length: int) -> str:
    """Received text, safe to send back in an answer."""
    return "".join(ch for ch in text if ch.isprintable() and ch not in "*^:~")[:length]
