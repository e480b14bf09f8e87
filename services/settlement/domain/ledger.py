"""The books of one claim: for every cent of its charge, where it is. Double-entry, exact, append-only.

Every entry moves a positive amount from one account to another, so the books balance by construction; `check` proves
it again, at run time, after every decision. The accounts of `PLACES` together always hold exactly what is billed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from shared.money import ZERO, total

Place = Literal[
    "billed",
    "awaiting",
    "payer_paid",
    "patient_share",
    "disallowed",
    "in_dispute",
    "agreed",
    "written_off",
    "overpaid",
    "fees",
    "fees_paid",
    "fees_receivable",
    "deposited",
    "deposit_proof",
]
"""Where an amount can be.

`billed` is the counter-account of the charge (its balance is minus the charge); `awaiting` not adjudicated (or taken
back); `payer_paid` received from the payer; `patient_share` cost share the patient lawfully owes; `disallowed` the
payer's reduction that nobody disputes (negative where more than the charge is allowed); `in_dispute` what we hold the
payer owes; `agreed` owed under an agreement or award; `written_off` given up; `overpaid` received beyond what is
explained (negative: owed back to the payer); `fees` borne for forums, `fees_receivable` what comes back
of those paid and has not come, `fees_paid` the counter-account of both; `deposited`
what of the payer's payments a bank's deposit proves, `deposit_proof` its counter-account: the rest is in transit.
"""

PLACES: tuple[Place, ...] = (
    "awaiting",
    "payer_paid",
    "patient_share",
    "disallowed",
    "in_dispute",
    "agreed",
    "written_off",
    "overpaid",
)
OPEN: tuple[Place, ...] = ("awaiting", "in_dispute", "agreed")
"""Places that must be empty when a claim closes."""
_NEVER_NEGATIVE: tuple[Place, ...] = (
    "awaiting",
    "patient_share",
    "in_dispute",
    "agreed",
    "fees",
    "fees_receivable",
)


class LedgerError(Exception):
    """The books do not hold an invariant. The message names accounts and the rule, no amounts."""


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One movement: `amount` dollars (positive) from `source` to `target`, number `seq` of its claim, and why.

    `case_id` names the dispute whose books it is in; it is empty in those of the claim's only or first dispute.
    """

    seq: int
    on: date
    why: str
    source: Place
    target: Place
    amount: Decimal
    case_id: str = ""


class Proof(msgspec.Struct, frozen=True, array_like=True):
    """A payment, or reversal (negative), that a deposit proves: dollars, and the day on which the last of it came."""

    remittance_id: str
    amount: Decimal
    on: date


class Books(msgspec.Struct, frozen=True, omit_defaults=True):
    """Balances of one dispute, how many entries the claim has, and the entries of the last transaction.

    The books of a claim of several disputes are those of its disputes together; its entries are numbered through, and
    counted in the books of the first. `fresh` is what the ledger table does not hold yet: entries made at instant
    `fresh_at` (one transaction has one instant). Older entries are in the table only, so the state stays small.
    """

    balances: dict[Place, Decimal] = {}
    entries: int = 0
    fresh: tuple[Entry, ...] = ()
    fresh_at: datetime | None = None

    def balance(self, place: Place) -> Decimal:
        """Dollars at `place`."""
        return self.balances.get(place, ZERO)


class _Written:
    """The entries of one claim: how many there are, and those of this instant."""

    def __init__(self, entries: int, fresh: list[Entry]) -> None:
        self.entries = entries
        self.fresh = fresh


class Journal:
    """A working copy of one dispute's books within one decision at the instant `now`, which belongs to the day `on`."""

    def __init__(self, books: Books, now: datetime, on: date, case_id: str = "") -> None:
        self._balances = dict(books.balances)
        self._written = _Written(books.entries, list(books.fresh) if books.fresh_at == now else [])
        self._before = books
        self._now = now
        self._on = on
        self._case_id = case_id

    def beside(self, case_id: str, balances: Mapping[Place, Decimal] | None = None) -> Journal:
        """The books of another dispute of the claim, whose entries are numbered on with these."""
        other = Journal(Books(dict(balances or {})), self._now, self._on, case_id)
        other._written = self._written
        return other

    def balance(self, place: Place) -> Decimal:
        """Dollars at `place` now."""
        return self._balances.get(place, ZERO)

    def move(self, amount: Decimal, source: Place, target: Place, why: str) -> None:
        """Move dollars; a negative amount moves the other way, zero leaves no entry."""
        if amount == 0:
            return
        if amount < 0:
            amount, source, target = -amount, target, source
        self._written.entries += 1
        self._balances[source] = self._balances.get(source, ZERO) - amount
        self._balances[target] = self._balances.get(target, ZERO) + amount
        self._written.fresh.append(Entry(self._written.entries, self._on, why, source, target, amount, self._case_id))

    def draw(self, amount: Decimal, sources: tuple[Place, ...], target: Place, why: str) -> Decimal:
        """Move up to `amount` (positive) to `target`, emptying `sources` in order; returns what they lacked."""
        for source in sources:
            if amount <= 0:
                break
            part = min(amount, self.balance(source))
            if part > 0:
                self.move(part, source, target, why)
                amount -= part
        return amount

    def books(self) -> Books:
        """The books after this decision; unchanged books come back as they were."""
        if self._written.entries == self._before.entries:
            return self._before
        return Books(self._balances, self._written.entries, tuple(self._written.fresh), self._now)

    @property
    def balances(self) -> dict[Place, Decimal]:
        """Every balance now."""
        return dict(self._balances)


def check(books: Books, *, closed: bool = False) -> None:
    """Raise `LedgerError` unless the books hold.

    Everything balances; the places hold exactly the charge; no place that cannot be negative is; a closed claim has
    nothing open.
    """
    balances = books.balances
    if sum(balances.values(), ZERO) != 0:
        raise LedgerError("the books do not balance")
    if total(balances.get(place, ZERO) for place in ("fees", "fees_receivable", "fees_paid")) != 0:
        raise LedgerError("fees and their payment differ")
    if balances.get("deposited", ZERO) + balances.get("deposit_proof", ZERO) != 0:
        raise LedgerError("deposits and their proof differ")
    for place in _NEVER_NEGATIVE:
        if balances.get(place, ZERO) < 0:
            raise LedgerError(f"{place} is negative")
    if closed:
        for place in OPEN:
            if balances.get(place, ZERO) != 0:
                raise LedgerError(f"the claim is closed with an amount in {place}")


def replay(entries: tuple[Entry, ...] | list[Entry]) -> Books:
    """The balances that entries make, for proving a state's books against the ledger table.

    Raises `LedgerError` for a gap, a repetition or an entry that moves nothing.
    """
    balances: dict[Place, Decimal] = {}
    for number, entry in enumerate(entries, 1):
        if entry.seq != number:
            raise LedgerError("entries are not numbered without gaps")
        if entry.amount <= 0 or entry.source == entry.target:
            raise LedgerError("an entry moves nothing")
        balances[entry.source] = balances.get(entry.source, ZERO) - entry.amount
        balances[entry.target] = balances.get(entry.target, ZERO) + entry.amount
    return Books(balances, len(entries))
