"""What the log says was paid and agreed in each dispute of a claim, to hold each `settlement.paid` against.

Money belongs to the dispute whose line it pays. What names no line belongs to the only dispute that lives; where
several do, a person says to which, and no event tells it: from then on only the sums of the claim's end can be held.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from shared.adjustments import cost_share, line_share
from shared.events.base import Event
from shared.events.claims import RemittanceFacts, RemittanceReceived, RemittanceRecouped, RemittanceReversed
from shared.events.pursuit import DisputeOpened
from shared.events.settlement import ClaimReopened, ClaimSettled, SettlementPaid
from shared.lifecycle import FINAL, Life, unanswered
from shared.money import ZERO, total

_FIRST = ""


class _Money:
    """Dollars paid in one dispute, paid and left to the patient, and what the latter comes to once it is settled."""

    def __init__(self) -> None:
        self.paid = ZERO
        self.covered = ZERO
        self.agreed: Decimal | None = None

    def add(self, paid: Decimal, share: Decimal) -> None:
        self.paid += paid
        self.covered += paid + share


class DisputeBooks:
    """The money of one claim's disputes as its events tell it; the first has the lines that no other holds."""

    def __init__(self) -> None:
        self._disputes: dict[str, _Money] = {_FIRST: _Money()}
        self._holder: dict[int, str] = {}
        self._by_line: dict[int, tuple[Decimal, Decimal]] = {}
        self._known = True

    def take(self, event: Event, life: Life) -> None:
        """Take in what an event moves; `life` is where the claim stood before it. Remittances come by `pay`."""
        if isinstance(event, DisputeOpened):
            self._open(event)
        elif isinstance(event, RemittanceRecouped):
            self._add_loose(-event.amount, ZERO, life)
        elif isinstance(event, ClaimSettled):
            money = self._disputes[life.dispute_of(event)]
            money.agreed = money.covered + event.additional_due
        elif isinstance(event, ClaimReopened) and len(self._disputes) > 1:
            self._known = False  # lines of disputes that ended are the first's again

    def pay(self, event: RemittanceReceived | RemittanceReversed, life: Life) -> None:
        """Take in a remittance that moves money of the claim's own payer."""
        remittance = event.remittance
        gives_back = isinstance(event, RemittanceReversed) and (event.unmatched or unanswered(event))
        if gives_back and len(self._disputes) > 1:
            self._known = False  # disputes without an agreement give their lines back
        named = [line for line in remittance.lines if line.line]
        for line in named:
            paid, share = line.paid, line_share(line)
            before = self._by_line.get(line.line, (ZERO, ZERO))
            self._by_line[line.line] = (before[0] + paid, before[1] + share)
            self._disputes[self._holder.get(line.line, _FIRST)].add(paid, share)
        self._add_loose(*_loose(remittance), life)

    def faults(self, event: Event, life: Life) -> Iterator[tuple[str, Decimal | None, Decimal]]:
        """(rule, expected, found) where a settlement that is told to be paid is not, by the log."""
        if not isinstance(event, SettlementPaid) or not self._known:
            return
        money = self._disputes[life.dispute_of(event)]
        if event.paid != money.paid:
            yield "settlement paid = Σ remittances", money.paid, event.paid
        if money.agreed is None or money.covered < money.agreed:
            yield "a settlement counts as paid only in full", money.agreed, money.covered

    def _open(self, event: DisputeOpened) -> None:
        if event.case_id in self._disputes:
            return
        own = self._disputes[event.case_id] = _Money()
        for line in event.lines:
            self._holder[line.line] = event.case_id
            paid, share = self._by_line.get(line.line, (ZERO, ZERO))
            own.add(paid, share)
            self._disputes[_FIRST].add(-paid, -share)

    def _add_loose(self, paid: Decimal, share: Decimal, life: Life) -> None:
        if not paid and not share:
            return
        living = [name for name, state in ((_FIRST, life.first), *life.beside) if state not in FINAL]
        if len(living) > 1:
            self._known = False
        self._disputes[living[0] if living else _FIRST].add(paid, share)


def _loose(remittance: RemittanceFacts) -> tuple[Decimal, Decimal]:
    """(paid, patient's share) in dollars that a remittance tells of no line."""
    named = [line for line in remittance.lines if line.line]
    paid = remittance.paid - total(line.paid for line in named)
    return paid, cost_share(remittance) - total(line_share(line) for line in named)
