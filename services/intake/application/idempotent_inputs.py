"""One input's way from its arrival to its answer: recognised where it came before, taken up again where it broke off.

Over HTTP an `Idempotency-Key` names a request (draft-ietf-httpapi-idempotency-key-header): the same key with the same
content gets the same answer, with other content it is refused, and while the first is under way the second is told to
wait. The key's answer is written in the transaction that ends the input.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import BinaryIO, Literal

import msgspec

from recoup_x12 import Problem
from services.intake.application.input_ports import InputTransaction, InputTransactions, NameLocks
from services.intake.application.inputs import Finish
from services.intake.application.pending_input import Summary
from shared.events.codec import new_event_id

LONGEST_KEY = 255
"""Most characters of a key."""
NotTakenCode = Literal["key_invalid", "key_reused", "in_flight", "interrupted"]
Take = Callable[[str, Finish], Awaitable[Summary]]
"""Reads and applies an input under an interchange id, and ends it by `Finish`."""


class NotTaken(Exception):
    """The input is not taken now.

    Its key cannot be one, or named other content; or the first request under it is under way; or the database does
    not answer.
    """

    def __init__(self, code: NotTakenCode) -> None:
        super().__init__(code)
        self.code: NotTakenCode = code


class Answered(msgspec.Struct, frozen=True):
    """What the sender of an input is told."""

    status: int
    media_type: str
    body: bytes


class Delivery(msgspec.Struct):
    """An input that has arrived. `replay` is the answer that it got before under its key, if it did."""

    tenant: str
    interchange_id: str
    same_as: str = ""
    key: str = ""
    replay: Answered | None = None

    async def end(
        self, transaction: InputTransaction, summary: Summary, answer: Callable[[Summary], Answered] | None = None
    ) -> Answered | None:
        """Write what became of the input, in the transaction of its last claim.

        Args:
            transaction: That transaction.
            summary: What became of it.
            answer: Makes the answer, which is kept under the input's key; None where none is wanted.

        Returns:
            The answer, if one is wanted.
        """
        summary.same_as = self.same_as
        answered = answer(summary) if answer is not None else None
        await transaction.inputs.finish(self.interchange_id, summary)
        if self.key and answered is not None:
            await transaction.inputs.answer_key(self.key, answered.status, answered.media_type, answered.body.decode())
        return answered


class IdempotentInputs:
    """Opens deliveries; one at a time for the same key."""

    def __init__(self, transactions: InputTransactions, locks: NameLocks, keep_keys: timedelta) -> None:
        self._transactions = transactions
        self.locks = locks
        self._keep_keys = keep_keys

    @asynccontextmanager
    async def open(
        self,
        *,
        tenant: str,
        sha256: str,
        source: str,
        key: str = "",
        request_sha256: str = "",
        interchange_id: str = "",
        content: BinaryIO | None = None,
    ) -> AsyncGenerator[Delivery]:
        """Enter an input under its key; what was answered before under the key is in the delivery.

        Args:
            tenant: The organization whose claims these are.
            sha256: Digest of the content.
            source: Where it came from.
            key: The sender's idempotency key; empty for none.
            request_sha256: Digest of the request, which a key is bound to.
            interchange_id: The id to enter it under; empty makes one.
            content: What is kept sealed as it came, before anything of it is read; None keeps nothing.

        Raises:
            NotTaken: The key is not valid, is in flight, or was used for other content.
        """
        async with AsyncExitStack() as stack:
            if key:
                if len(key) > LONGEST_KEY or not key.isprintable():
                    raise NotTaken("key_invalid")
                if not await stack.enter_async_context(self.locks.holding(f"key\x1f{tenant}\x1f{key}")):
                    raise NotTaken("in_flight")
            # Whoever holds the bytes may take up what a dead process left; anyone else starts afresh.
            mine = await stack.enter_async_context(self.locks.holding(f"bytes\x1f{tenant}\x1f{sha256}"))
            delivery = await self._enter(tenant, sha256, source, key, request_sha256, interchange_id, mine)
            if content is not None and delivery.replay is None:
                async with self._transactions.begin(tenant) as transaction:
                    await transaction.inputs.keep(sha256, content)
            yield delivery

    async def answer_once(
        self,
        take: Take,
        answer: Callable[[Summary], Answered],
        *,
        tenant: str,
        sha256: str,
        source: str,
        key: str = "",
        request_sha256: str = "",
        content: BinaryIO | None = None,
    ) -> tuple[Answered, bool]:
        """Take an input once under its key, and answer in the transaction that ends it.

        Args:
            take: Reads and applies the input.
            answer: Makes the answer of the input's summary.
            tenant: The organization whose claims these are.
            sha256: Digest of the content.
            source: Where it came from.
            key: The sender's idempotency key; empty for none.
            request_sha256: Digest of the request, which a key is bound to.
            content: What is kept sealed as it came; None keeps nothing.

        Returns:
            The answer, and whether it was given before.

        Raises:
            NotTaken: As `open` does, or the database does not answer.
        """
        try:
            async with self.open(
                tenant=tenant, sha256=sha256, source=source, key=key, request_sha256=request_sha256, content=content
            ) as delivery:
                if delivery.replay is not None:
                    return delivery.replay, True
                given: list[Answered] = []

                async def finish(transaction: InputTransaction, summary: Summary) -> None:
                    answered = await delivery.end(transaction, summary, answer)
                    if answered is not None:
                        given.append(answered)

                await take(delivery.interchange_id, finish)
                return given[-1], False
        except Exception as error:
            if not self._transactions.is_transient(error):
                raise
            raise NotTaken("interrupted") from None

    async def keep_refused(
        self, tenant: str, sha256: str, source: str, content: BinaryIO, problem: Problem, interchange_id: str = ""
    ) -> str:
        """Enter and keep an input that is not read at all, with the reason.

        Args:
            tenant: The organization whose claims these are.
            sha256: Digest of the content.
            source: Where it came from.
            content: The input, which is kept sealed.
            problem: Why it is not read.
            interchange_id: The id to enter it under; empty makes one.

        Returns:
            The id it is kept under.
        """
        known = interchange_id or new_event_id()
        async with self._transactions.begin(tenant) as transaction:
            await transaction.inputs.begin(known, sha256, source)
            await transaction.inputs.keep(sha256, content)
            await transaction.inputs.finish(known, Summary(known, {}, {}, problems=[problem]))
        return known

    async def _enter(
        self, tenant: str, sha256: str, source: str, key: str, request: str, interchange_id: str, mine: bool
    ) -> Delivery:
        async with self._transactions.begin(tenant) as transaction:
            inputs = transaction.inputs
            known = await inputs.known_key(key) if key else None
            if known is not None:
                if known.sha256 != request:
                    raise NotTaken("key_reused")
                if known.status is not None:
                    answered = Answered(known.status, known.media_type, known.answer.encode())
                    return Delivery(tenant, known.interchange_id, "", key, answered)
                interchange_id = known.interchange_id
            elif not interchange_id:
                interchange_id = (await inputs.unfinished(sha256, source) if mine else None) or new_event_id()
            same_as = await inputs.finished(sha256) or ""
            await inputs.begin(interchange_id, sha256, source)
            if key and known is None:
                await inputs.forget_keys(transaction.now - self._keep_keys)
                await inputs.enter_key(key, request, interchange_id)
        return Delivery(tenant, interchange_id, same_as if same_as != interchange_id else "", key)
