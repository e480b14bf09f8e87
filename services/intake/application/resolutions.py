"""What people decide about the worklists: each decision under its claim's lock, in one transaction with its events.

The same decision again changes nothing and is not kept twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

import msgspec

from recoup_x12 import Problem
from recoup_x12.model import Remittance
from services.intake.application.manual_placement import PlaceChoice
from services.intake.application.ports import (
    HeldPayment,
    KeptRecoupment,
    KeptRemittance,
    KeptRequest,
    KeptStatus,
    Store,
)
from services.intake.application.recoupments import RecoupmentChoice, place
from services.intake.application.refused import Refused
from services.intake.application.requests import place_request
from services.intake.application.resolution_ports import Item, Resolution, WorklistTransaction, WorklistTransactions
from services.intake.application.statuses import place_status
from services.intake.application.worklist import Choice, HeldChoice, Resolved, resolve, settle
from services.intake.domain.identity import lookup_keys, number_key
from services.intake.domain.matching import Candidate, Scored, score
from services.intake.domain.review import tables_in_force
from services.intake.domain.submission import ClaimRecord

K = TypeVar("K", bound=Item)
Correct = Callable[[str, str], Sequence[Remittance]]
"""Reads the X12 a person sent for a held payment, given the X12 that is held; raises `Doubtful`."""
_MOST_CANDIDATES = 20


class Doubtful(Exception):
    """What a person sent for a held payment cannot be posted either; `problems` say where and why."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("the claim payment is in doubt")
        self.problems = problems


class WrongNumber(Exception):
    """A correction is one claim payment, a split is several, and what was sent is not that."""


class CandidateClaim(msgspec.Struct, frozen=True):
    """A claim that an item may be for; `scored` is None where nothing of the item can be compared."""

    claim_id: str
    record: ClaimRecord
    scored: Scored | None


class RemittancePage(msgspec.Struct, frozen=True):
    """A claim payment without a claim, its candidates, the likeliest first, and earlier decisions."""

    kept: KeptRemittance
    candidates: tuple[CandidateClaim, ...]
    decisions: Sequence[Mapping[str, object]]


class HeldPage(msgspec.Struct, frozen=True):
    """A held payment, the claims that it may be for, the likeliest first, and earlier decisions."""

    kept: HeldPayment
    candidates: tuple[CandidateClaim, ...]
    decisions: Sequence[Mapping[str, object]]


class Resolutions:
    """The decisions; each raises `Refused` where it cannot be taken, and nothing is changed then."""

    def __init__(self, transactions: WorklistTransactions, correct: Correct) -> None:
        self._transactions = transactions
        self._correct = correct

    async def remittance(self, decision: Resolution[Choice]) -> Resolved:
        """Match a payment to a claim, let it wait again, or set it aside."""
        async with self._transactions.begin(decision.tenant) as transaction:
            resolved = await resolve(
                transaction.store, decision.item_id, decision.choice, decision.claim_id, decision.tenant,
                note=decision.note, force=decision.force,
            )  # fmt: skip
            if resolved.after != resolved.before:
                await transaction.journal(decision, resolved.before, resolved.after)
        return resolved

    async def held(self, decision: Resolution[HeldChoice], x12: str = "") -> tuple[HeldPayment, HeldPayment]:
        """Post a held payment as it is, as `x12` corrects it or splits it, or set it aside; before and after.

        Raises `Doubtful` or `WrongNumber` where `x12` cannot be what it should read. It is kept beside the note.
        """
        parts: Sequence[Remittance] = ()
        if decision.choice in ("correct", "split"):
            parts = await self._parts(decision, x12)
        async with self._transactions.begin(decision.tenant) as transaction:
            before, after = await settle(
                transaction.store, decision.item_id, decision.choice, decision.claim_id, decision.tenant,
                parts=parts, note=decision.note, force=decision.force,
            )  # fmt: skip
            if after != before:
                noted = msgspec.structs.replace(decision, note=f"{decision.note}\n{x12}".strip())
                await transaction.journal(noted, before, after)
        return before, after

    async def recoupment(self, decision: Resolution[RecoupmentChoice]) -> tuple[KeptRecoupment, KeptRecoupment]:
        """Match a recoupment to a claim, whose books then lose the money; undo that; or set it aside."""
        return await self._decided(
            decision,
            lambda transaction: place(
                transaction.store, decision.item_id, decision.choice, decision.claim_id, decision.tenant,
                note=decision.note, force=decision.force,
            ),
        )  # fmt: skip

    async def request(self, decision: Resolution[PlaceChoice]) -> tuple[KeptRequest, KeptRequest]:
        """Match a payer's request for records to a claim, or set it aside."""
        return await self._decided(
            decision,
            lambda transaction: place_request(
                transaction.store, transaction.requests, decision.item_id, decision.choice, decision.claim_id,
                decision.tenant,
            ),
        )  # fmt: skip

    async def status(self, decision: Resolution[PlaceChoice]) -> tuple[KeptStatus, KeptStatus]:
        """Give a payer's report to a claim, which then has the status, or set it aside."""
        return await self._decided(
            decision,
            lambda transaction: place_status(
                transaction.store, transaction.statuses, decision.item_id, decision.choice, decision.claim_id,
                decision.tenant, tables_in_force().filing,
            ),
        )  # fmt: skip

    async def remittance_page(self, tenant: str, remittance_id: str) -> RemittancePage:
        """A claim payment without a claim beside its candidates; `Refused` where there is none of this id."""
        async with self._transactions.begin(tenant) as transaction:
            kept = await transaction.store.remittance(remittance_id)
            if kept is None:
                raise Refused("unknown_remittance")
            records = await transaction.store.load(sorted(kept.candidates))
            claims_of = await transaction.store.resolve_keys(kept.keys)
            decided = await transaction.resolutions_of(remittance_id)
        known = {claim: records[claim] for claim in kept.candidates if claim in records}
        return RemittancePage(kept, _scored(kept.remittance, known, claims_of), decided)

    async def held_page(self, tenant: str, held_id: str) -> HeldPage:
        """A held payment beside the claims that it may be for; `Refused` where there is none of this id."""
        async with self._transactions.begin(tenant) as transaction:
            kept = await transaction.store.held(held_id)
            if kept is None:
                raise Refused("unknown_held")
            decided = await transaction.resolutions_of(held_id)
            claims_of = await transaction.store.resolve_keys(_keys_of(kept))
            candidates = _scored(kept.remittance, await _alike(transaction.store, kept, claims_of), claims_of)
        return HeldPage(kept, candidates, decided)

    async def _decided(
        self, decision: Resolution[str], decide: Callable[[WorklistTransaction], Awaitable[tuple[K, K]]]
    ) -> tuple[K, K]:
        """Decide in a transaction, and keep the decision where it changes anything; what it is about, before and after.

        The same again changes nothing.
        """
        async with self._transactions.begin(decision.tenant) as transaction:
            before, after = await decide(transaction)
            if after != before:
                await transaction.journal(decision, before, after)
        return before, after

    async def _parts(self, decision: Resolution[HeldChoice], x12: str) -> Sequence[Remittance]:
        """The claim payments sent instead of the one held.

        In a transaction of its own: the decision locks claims before payments.
        """
        async with self._transactions.begin(decision.tenant) as transaction:
            kept = await transaction.store.held(decision.item_id)
        parts = self._correct(x12, kept.text if kept is not None else "")
        if (len(parts) == 1) != (decision.choice == "correct"):
            raise WrongNumber
        return parts


def _scored(
    remittance: Remittance | None, records: Mapping[str, ClaimRecord], claims_of: Mapping[str, Sequence[str]]
) -> tuple[CandidateClaim, ...]:
    """The claims with how well they fit by the keys under which they are known, the likeliest first."""

    def scored_as(claim: str, record: ClaimRecord) -> Scored | None:
        by = tuple(key for key, claims in claims_of.items() if claim in claims)
        return score(remittance, Candidate(claim, record.facts, by)) if remittance else None

    scored = [CandidateClaim(claim, record, scored_as(claim, record)) for claim, record in records.items()]
    return tuple(sorted(scored, key=lambda one: (-(one.scored.score if one.scored else 0), one.claim_id)))


def _keys_of(kept: HeldPayment) -> list[str]:
    """The keys under which the claim of a held item may be known; none of what is no claim payment."""
    if kept.kind != "payment":
        return []
    return lookup_keys(kept.remittance) if kept.remittance else [f"n:{number_key(kept.control_number)}"]


async def _alike(store: Store, kept: HeldPayment, claims_of: Mapping[str, Sequence[str]]) -> Mapping[str, ClaimRecord]:
    """The claims that a held payment may be for."""
    found = [kept.claim_id] if kept.claim_id else sorted({claim for claims in claims_of.values() for claim in claims})
    return await store.load(found[:_MOST_CANDIDATES])
