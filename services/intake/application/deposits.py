"""Deposits: entered once, explained by 835s where that is sure, decided by a person elsewhere, told to their claims."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from services.intake.application.deposit_ports import (
    DepositNotice,
    Deposits,
    DepositStatus,
    KeptAdvice,
    KeptDeposit,
    OpenPage,
    Paired,
)
from services.intake.application.ports import Store
from services.intake.application.refused import Refused
from services.intake.domain.bank.advice import Advice
from services.intake.domain.bank.deposit import Deposit
from services.intake.domain.bank.reassociation import Arrived, Match, reassociate, same_money
from services.intake.domain.bank.returned import taken_back
from shared.events.claims import RemittanceDeposited

DepositChoice = Literal["match", "unmatch", "dismiss", "reopen"]
AdviceChoice = Literal["dismiss", "reopen"]
BY_RULE = "rule"
NOTIFIED_AT_ONCE = 500
"""Claims told of a deposit in one transaction."""


async def receive_deposits(store: Deposits, kept: Sequence[KeptDeposit]) -> dict[str, DepositStatus]:
    """Enter deposits; one that another file (or a person) told of, by number, amount and day, counts no second time."""
    await store.alone()
    known = await store.alike(sorted({one.deposit.amount for one in kept}))
    entered: list[KeptDeposit] = []
    for one in kept:
        twin = next((k for k in known if k.source != one.source and k.status != "duplicate"
                     and same_money(one.deposit, k.deposit)), None)  # fmt: skip
        if twin is not None:
            reason = "another file, or a person, told of it"
            one = msgspec.structs.replace(one, status="duplicate", reason=reason, candidates=())
            known.remove(twin)
        entered.append(one)
    return await store.enter(entered)


async def take_back(store: Deposits, debits: Sequence[KeptDeposit], by: str) -> int:
    """Undo the deposits that the bank took back, once for each debit.

    Their 835s wait for their money again, and each debit is on the worklist as an open deposit of a negative amount.
    A debit that names no deposit known here is no payer's: it is passed over. One that may be of several undoes none.

    Args:
        store: The deposits and the 835s of one tenant.
        debits: The debits, with negative amounts.
        by: Who delivered them.

    Returns:
        How many debits took a deposit back and are new.
    """
    if not debits:
        return 0
    await store.alone()
    known = {one.deposit_id: one for one in await store.alike(sorted({-one.deposit.amount for one in debits}))}
    undone = 0
    for debit in debits:
        day = debit.deposit.posted_on
        there = {name: one for name, one in known.items() if one.status in ("open", "matched")}
        found = taken_back(debit.deposit, (one.deposit for one in there.values()))
        names = [name for name, one in there.items() if one.deposit in found]
        if not names:
            continue
        reason = "the bank took a deposit back" if len(names) == 1 else "the bank took one of several deposits back"
        if not await store.enter([msgspec.structs.replace(debit, held=True, reason=reason)]):
            continue
        undone += 1
        if len(names) > 1:
            continue
        one = known.pop(names[0])
        if one.status == "matched":
            await store.unpair(one.deposit_id, by)
        reason = f"the bank took it back on {day}"
        await store.place_deposit(msgspec.structs.replace(one, status="dismissed", held=True, reason=reason))
    return undone


async def explain(store: Deposits, today: date) -> list[Match]:
    """Find the 835s of what is open, as far as it is sure: also where file and 835s lie years back, or apart."""
    await store.alone()
    found: list[Match] = []
    page = await store.open()
    while True:
        found += await _explain(store, page, today)
        if page.since is None:
            return found
        page = await store.open(page.since)


async def _explain(store: Deposits, page: OpenPage, today: date) -> list[Match]:
    deposits, advices, explained = page.deposits, page.advices, page.explained
    by_id = {one.deposit_id: one for one in deposits}
    wanted = {one.advice.advice_id: one.left for one in advices}
    arrived = [Arrived(one.deposit_id, one.deposit, one.held) for one in deposits]
    # seconds of work for a year's deposits: beside the loop that answers requests
    found = await asyncio.to_thread(reassociate, arrived, list(wanted.values()), explained, today)
    await store.pair(
        [
            pair
            for match in found.matches
            for pair in _pairs(match, {n: by_id[n].deposit for n in match.deposits}, wanted)
        ],
        BY_RULE,
    )
    changed: list[KeptDeposit] = []
    matched = {name for match in found.matches for name in match.deposits}
    for name, one in by_id.items():
        doubt = found.doubts.get(name)
        reason, candidates = (doubt.reason, doubt.candidates) if doubt else ("no 835 with its money has come", ())
        if name not in matched and not one.held and (one.reason, one.candidates) != (reason, candidates):
            changed.append(msgspec.structs.replace(one, reason=reason, candidates=candidates))
    await store.leave(changed)
    return found.matches


def _pairs(match: Match, deposits: dict[str, Deposit], advices: dict[str, Advice]) -> list[Paired]:
    """What of each deposit each advice explains: one of the two is one."""
    last = max(deposit.posted_on for deposit in deposits.values())
    return [
        Paired(name, advice, min(deposits[name].amount, advices[advice].amount), match.rule, last)
        for name in match.deposits
        for advice in match.advices
    ]


async def match_by_hand(
    store: Deposits, deposit_id: str, advice_ids: Sequence[str], by: str, *, force: bool
) -> tuple[KeptDeposit, KeptDeposit]:
    """Match a deposit to the 835s that a person says it pays.

    What is left of them must be the deposit's amount, or, of one 835, more (a part of it has come).

    Args:
        store: The open transaction.
        deposit_id: The deposit.
        advice_ids: The 835s it pays.
        by: The person.
        force: The amounts may differ: the 835s count as paid, whatever came.

    Returns:
        The deposit as it stood, and as it stands.

    Raises:
        Refused: An 835 is not known or paid already, the deposit is matched, or the sums differ.
    """
    before, advices = await _locked(store, deposit_id, advice_ids)
    if len(advices) != len(set(advice_ids)) or not advice_ids:
        raise Refused("unknown_advice")
    if before.status == "matched":
        raise Refused("deposit_matched")
    if any(one.status == "deposited" for one in advices.values()):
        raise Refused("advice_deposited")
    wanted = [advices[name].left for name in advice_ids]
    amount = before.deposit.amount
    total = sum((one.amount for one in wanted), Decimal(0))
    part = len(wanted) == 1 and 0 < amount < total
    if total != amount and not part and not force:
        raise Refused("sums_differ", (f"the deposit is {amount:f}, what is left of the 835s {total:f}",))
    on = max([before.deposit.posted_on, *(a.deposited_on for a in advices.values() if a.deposited_on)])
    whole = force or not part
    pairs = [
        Paired(deposit_id, one.advice_id, amount if len(wanted) == 1 else one.amount, "by hand", on, whole)
        for one in wanted
    ]
    await store.pair(pairs, by)
    after = msgspec.structs.replace(before, status="matched", held=True, reason="", candidates=())
    await store.place_deposit(after)
    return before, after


async def decide_deposit(
    store: Deposits, deposit_id: str, choice: DepositChoice, by: str, *, note: str
) -> tuple[KeptDeposit, KeptDeposit]:
    """Take a match back, set a deposit aside, or take it up again, as a person decided.

    Args:
        store: The open transaction.
        deposit_id: The deposit.
        choice: Which of the three.
        by: The person.
        note: Why; it is required where a match is taken back or a deposit set aside.

    Returns:
        The deposit as it stood, and as it stands.

    Raises:
        Refused: The note is missing, or the deposit does not stand so that it can be done.
    """
    before, _ = await _locked(store, deposit_id, ())
    if choice in ("unmatch", "dismiss") and not note.strip():
        raise Refused("reason_wanted")
    if choice == "unmatch":
        if before.status != "matched":
            raise Refused("deposit_not_matched")
        await store.unpair(deposit_id, by)
        after = msgspec.structs.replace(before, status="open", held=True, reason="a person took its match back")
    elif before.status == "matched":
        raise Refused("deposit_matched")
    elif choice == "dismiss":
        after = msgspec.structs.replace(before, status="dismissed", held=True)
    else:
        after = msgspec.structs.replace(before, status="open", held=False, reason="", candidates=())
    if after != before:
        await store.place_deposit(after)
    return before, after


async def decide_advice(
    store: Deposits, advice_id: str, choice: AdviceChoice, *, note: str
) -> tuple[KeptAdvice, KeptAdvice]:
    """Record that a person expects no money for an 835, or waits for it after all.

    Args:
        store: The deposits and the 835s of one tenant.
        advice_id: The 835.
        choice: To dismiss it, or to wait for it again.
        note: Why; it must be said to dismiss.

    Returns:
        The 835 before and after.

    Raises:
        Refused: It is not known (`unknown_advice`), its money has come (`advice_deposited`), or no reason is given to
            dismiss it (`reason_wanted`).
    """
    await store.alone()
    before = (await store.advices([advice_id])).get(advice_id)
    if before is None:
        raise Refused("unknown_advice")
    if before.status == "deposited":
        raise Refused("advice_deposited")
    if choice == "dismiss" and not note.strip():
        raise Refused("reason_wanted")
    after = msgspec.structs.replace(before, status="dismissed" if choice == "dismiss" else "open")
    if after != before:
        await store.place_advice(advice_id, after.status)
    return before, after


async def _locked(
    store: Deposits, deposit_id: str, advice_ids: Sequence[str]
) -> tuple[KeptDeposit, dict[str, KeptAdvice]]:
    await store.alone()
    kept = await store.deposit(deposit_id)
    if kept is None:
        raise Refused("unknown_deposit")
    return kept, await store.advices(sorted(set(advice_ids))) if advice_ids else {}


async def notify_claims(store: Store, deposits: Deposits, advice_id: str) -> int:
    """Tell claims that the money of their payments has come, or after all has not.

    Claims are locked before the 835, as everywhere. A claim that was matched meanwhile is told in the next round.

    Args:
        store: The claims, and the events about them.
        deposits: The deposits and the 835s of their tenant.
        advice_id: The 835 whose payments these are.

    Returns:
        How many payments were told of.
    """
    claims = await deposits.wanted_claims(advice_id, NOTIFIED_AT_ONCE)
    known = await store.load(sorted(set(claims)))
    found = await deposits.notices_of(advice_id, NOTIFIED_AT_ONCE)
    if found is None:
        return 0
    kept, payments = found
    ready = [one for one in payments if all(c is None or c in known for c in (one.notified, one.wanted))]
    for one in ready:
        if one.notified is not None:
            store.emit(_event(one, one.notified, kept, undone=True))
        if one.wanted is not None:
            store.emit(_event(one, one.wanted, kept))
    await store.save()
    await deposits.notify(advice_id, ready, done=len(ready) == len(payments) < NOTIFIED_AT_ONCE)
    return len(ready)


def _event(one: DepositNotice, claim_id: str, kept: KeptAdvice, *, undone: bool = False) -> RemittanceDeposited:
    return RemittanceDeposited(
        claim_id=claim_id,
        remittance_id=one.remittance_id,
        amount=one.paid,
        deposited_on=kept.deposited_on or kept.advice.paid_on,
        trace_number=kept.advice.trace,
        undone=undone,
    )
