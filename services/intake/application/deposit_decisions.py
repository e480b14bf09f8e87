"""Deposits as people enter and decide them: files, checks by hand, matches; the claims are told at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from services.intake.application.deposit_ports import DepositTransactions, KeptAdvice, KeptDeposit
from services.intake.application.deposits import (
    AdviceChoice,
    DepositChoice,
    decide_advice,
    decide_deposit,
    match_by_hand,
    receive_deposits,
    take_back,
)
from services.intake.application.reassociation import Reassociation
from services.intake.application.refused import Refused
from services.intake.application.resolution_ports import Resolution
from services.intake.domain.bank.deposit import BankFile, Deposit, deposit_ids
from services.intake.domain.bank.reassociation import Match

ReadFile = Callable[[bytes, date, Mapping[str, str]], BankFile]
"""Reads a bank's file; raises `BankFileError`."""


class FileTaken(msgspec.Struct, frozen=True):
    """What became of a bank's file; `amount` are the dollars of the deposits that are new, `matched` counts by rule.

    `taken_back` counts debits that take a deposit back, which are on the worklist.
    """

    file_id: str
    format: str
    deposits: int
    new: int
    duplicates: int
    passed_over: int
    amount: str
    matched: dict[str, int]
    left: int
    taken_back: int = 0


class DepositDecisions:
    """What people do about deposits; each raises `Refused` where it cannot be done, and nothing is changed then."""

    def __init__(self, transactions: DepositTransactions, reassociation: Reassociation, read: ReadFile) -> None:
        self._transactions = transactions
        self._reassociation = reassociation
        self._read = read

    async def take_file(self, body: bytes, tenant: str, by: str, columns: Mapping[str, str]) -> FileTaken:
        """Take a bank's file whole, and match what is new; the same file again has no second effect.

        Args:
            body: The file.
            tenant: The organization whose account it is of.
            by: Who delivered it.
            columns: The headings of a CSV by field; empty for the known ones.

        Returns:
            What became of its deposits, with the dollars of those that are new.

        Raises:
            BankFileError: The file cannot be read; nothing of it counts.
        """
        file = await asyncio.to_thread(self._read, body, self._reassociation.today(tenant), columns)
        async with self._transactions.begin(tenant) as transaction:
            file_id = await transaction.deposits.keep_file(body, file, by)
            kept = [
                KeptDeposit(name, one, file.format, file_id=file_id, received_by=by)
                for name, one in zip(deposit_ids(tenant, file.deposits), file.deposits, strict=True)
            ]
            new = await receive_deposits(transaction.deposits, kept)
            debits = [
                KeptDeposit(name, one, file.format, file_id=file_id, received_by=by)
                for name, one in zip(deposit_ids(tenant, file.debits), file.debits, strict=True)
            ]
            back = await take_back(transaction.deposits, debits, by)
        matches = await self._reassociation.look(tenant)
        await self._reassociation.notify()
        fresh = {name for name, status in new.items() if status == "open"}
        matched, left = _matched(matches, fresh)
        amount = sum((one.deposit.amount for one in kept if one.deposit_id in fresh), Decimal("0.00"))
        return FileTaken(
            file_id, file.format, len(kept), len(fresh), len(kept) - len(fresh), file.passed_over, f"{amount:f}",
            matched, left, back,
        )  # fmt: skip

    async def record(self, tenant: str, deposit: Deposit, by: str, note: str) -> tuple[str, bool]:
        """Enter a deposit that is in no file. It is matched at once where that is sure.

        Args:
            tenant: The organization whose account it is on.
            deposit: The deposit.
            by: The person.
            note: What the person wrote beside it.

        Returns:
            Its id, and whether it is new.

        Raises:
            Refused: Its day has not come (`day_to_come`).
        """
        if deposit.posted_on > self._reassociation.today(tenant):
            raise Refused("day_to_come")
        (deposit_id,) = deposit_ids(tenant, [deposit])
        async with self._transactions.begin(tenant) as transaction:
            kept = KeptDeposit(deposit_id, deposit, "hand", received_by=by)
            new = await receive_deposits(transaction.deposits, [kept])
            if new:
                await transaction.deposits.write_down(deposit_id, "record", (), by, note)
        await self._reassociation.look(tenant)
        await self._reassociation.notify()
        return deposit_id, bool(new)

    async def deposit(
        self, decision: Resolution[DepositChoice], advice_ids: Sequence[str]
    ) -> tuple[KeptDeposit, KeptDeposit]:
        """Match a deposit to 835s, undo a match, set it aside, or reopen it; as it stood and as it stands."""
        name, choice, by, note = decision.item_id, decision.choice, decision.by, decision.note
        if decision.force and not note.strip():
            raise Refused("reason_wanted")
        async with self._transactions.begin(decision.tenant) as transaction:
            deposits = transaction.deposits
            if choice == "match":
                before, after = await match_by_hand(deposits, name, advice_ids, by, force=decision.force)
            else:
                before, after = await decide_deposit(deposits, name, choice, by, note=note)
            if after != before:
                await deposits.write_down(name, choice, advice_ids, by, note)
        if choice != "match":  # what is free now may be another deposit's
            await self._reassociation.look(decision.tenant)
        await self._reassociation.notify()
        return before, after

    async def advice(self, decision: Resolution[AdviceChoice]) -> tuple[KeptAdvice, KeptAdvice]:
        """Record that no money will come for an 835, or wait for it again; as it stood and as it stands."""
        async with self._transactions.begin(decision.tenant) as transaction:
            deposits = transaction.deposits
            before, after = await decide_advice(deposits, decision.item_id, decision.choice, note=decision.note)
            if after != before:
                await deposits.write_down(decision.item_id, decision.choice, (), decision.by, decision.note)
        await self._reassociation.look(decision.tenant)
        await self._reassociation.notify()
        return before, after


def _matched(matches: Sequence[Match], fresh: set[str]) -> tuple[dict[str, int], int]:
    """What became of new deposits: by which rule, and how many are left."""
    rules: dict[str, int] = {}
    done: set[str] = set()
    for match in matches:
        mine = fresh & set(match.deposits)
        done |= mine
        if mine:
            rules[match.rule] = rules.get(match.rule, 0) + len(mine)
    return rules, len(fresh - done)
