"""True if an account's balances are what its ledger adds up to."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from services.settlement.domain.account import Account
from services.settlement.domain.ledger import Books, Entry, LedgerError, Place, replay


def prove(account: Account, entries: Sequence[Entry]) -> None:
    """The balances of each dispute are exactly what the ledger adds up to; `LedgerError` where they are not."""
    if replay(list(entries)).entries != account.books.entries:
        raise LedgerError("the ledger table and the account differ in their entries")
    for one in account.disputes:
        own = [entry for entry in entries if entry.case_id == one.own_name]
        numbered = [replace(entry, seq=n) for n, entry in enumerate(own, 1)]
        if _nonzero(replay(numbered)) != _nonzero(one.books):
            raise LedgerError("the ledger table and the account's balances differ")


def _nonzero(books: Books) -> dict[Place, Decimal]:
    return {place: amount for place, amount in books.balances.items() if amount != 0}
