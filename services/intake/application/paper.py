"""A remittance on paper from its entry to its commit: applied like an 835, and kept as it was entered."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date

import msgspec

from services.intake.application.idempotent_inputs import IdempotentInputs
from services.intake.application.input_ports import InputTransaction, InputTransactions
from services.intake.application.inputs import InputReceiver
from services.intake.application.pending_input import PendingInput, Summary
from services.intake.application.turns import Turn
from services.intake.domain.receipt import Stated


class PaperEntry(msgspec.Struct, frozen=True):
    """A remittance on paper as a person entered it: its `text`, and what is to be applied as a given input."""

    text: str
    pending: Callable[[str], PendingInput]


class PaperTaken(msgspec.Struct, frozen=True):
    """The entry's id, and what became of its payments."""

    paper_id: str
    summary: Summary


class PaperRemittances:
    """Takes remittances on paper and their scans."""

    def __init__(self, transactions: InputTransactions, receiver: InputReceiver, inputs: IdempotentInputs) -> None:
        self._transactions = transactions
        self._receiver = receiver
        self._inputs = inputs

    def today(self, tenant: str) -> date:
        """The day that it is where the tenant is."""
        return self._receiver.today(tenant)

    async def take(self, tenant: str, by: str, entry: PaperEntry, stated: Stated) -> PaperTaken:
        """Apply an entry as an input of its own, and keep it with what became of it, in one transaction.

        Args:
            tenant: The organization whose claims these are.
            by: The person.
            entry: The remittance that was entered.
            stated: When it was received, where that is not today.

        Returns:
            The entry's id, and what became of it.
        """
        digest = hashlib.sha256(entry.text.encode()).hexdigest()
        with self._receiver.turn(tenant, history=stated.history) as turn:
            paper_id, summary = await self._taken(turn, digest, by, entry, stated)
        return PaperTaken(paper_id, summary)

    async def _taken(self, turn: Turn, digest: str, by: str, entry: PaperEntry, stated: Stated) -> tuple[str, Summary]:
        paper_id = ""
        async with self._inputs.open(tenant=turn.tenant, sha256=digest, source="paper") as delivery:

            async def finish(transaction: InputTransaction, summary: Summary) -> None:
                nonlocal paper_id
                paper_id = await transaction.keep_paper(entry.text, delivery.interchange_id, by)
                await delivery.end(transaction, summary)

            summary = await self._receiver.receive_documents(
                lambda counts: [entry.pending(counts.summary.interchange_id)], turn,
                interchange_id=delivery.interchange_id, finish=finish, stated=stated,
            )  # fmt: skip
        return paper_id, summary

    async def keep_scan(
        self, tenant: str, paper_id: str, body: bytes, media_type: str, by: str
    ) -> tuple[str, bool] | None:
        """Keep the scan of a remittance that was entered by hand, sealed, once.

        Args:
            tenant: The organization whose claims these are.
            paper_id: The entry.
            body: The scan.
            media_type: Its type.
            by: The person.

        Returns:
            Its id and whether it is new; None where there is no such entry.
        """
        async with self._transactions.begin(tenant) as transaction:
            return await transaction.keep_scan(paper_id, body, media_type, by)
