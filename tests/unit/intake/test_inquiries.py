"""A question to a payer leaves once under its key, and one that cannot leave is refused in the words of a use case."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from recoup_x12 import ClaimRead, read
from recoup_x12.model import Claim
from services.intake.application.inquiries import Inquiry, InquirySender
from services.intake.application.outgoing_ports import Illegible, Sent
from services.intake.application.refused import Refused, Unsendable
from shared.calendar import TimeZones
from shared.events.settlement import RemittanceOverdue
from tests.unit.x12.files import professional

TENANT, CLAIM, KEY = "acme", "7b1c7f6e-7a34-5b59-9f0b-0b1d4d9a2a10", "QUESTION1"
WHOLE = next(item.claim for item in read([professional()]) if isinstance(item, ClaimRead))


class Transaction:
    """An `OutgoingTransaction` in memory; it stands for its `store` as well."""

    now = datetime(2025, 3, 3, 12, tzinfo=UTC)

    def __init__(self, *, tenant: str = TENANT, voided: bool = False, original: Claim | None = WHOLE) -> None:
        facts = SimpleNamespace(tenant=tenant, form="837P")
        self.record: Any = SimpleNamespace(facts=facts, voided=voided, refused_on=None)
        self.kept: dict[str, Sent] = {}
        self.told: list[Any] = []
        self.paid: list[Any] = []
        self._original = original
        self.store = self

    @asynccontextmanager
    async def begin(self, tenant: str) -> AsyncGenerator[Any]:
        yield self

    async def load(self, claim_ids: list[str]) -> dict[str, Any]:
        return {CLAIM: self.record} if claim_ids == [CLAIM] else {}

    async def standing(self, claim_ids: list[str]) -> dict[str, Any]:
        return {CLAIM: self.paid}

    async def original(self, claim_id: str, form: str) -> Claim | None:
        if self._original is None:
            raise Illegible
        return self._original

    async def sent(self, key: str) -> Sent | None:
        return self.kept.get(key)

    async def next_control(self) -> int:
        return 7

    async def keep_sent(self, sent: Sent, text: str, by: str = "") -> None:
        assert text.startswith("ISA")
        self.kept[sent.key] = sent

    def emit(self, event: Any) -> None:
        self.told.append(event)

    async def save(self) -> None:
        pass


def sender(transaction: Transaction) -> InquirySender:
    transactions: Any = transaction
    return InquirySender(transactions, TimeZones())


async def test_a_question_leaves_once_under_its_key() -> None:
    transaction = Transaction()
    ask = sender(transaction).ask
    first, again = await ask(Inquiry(TENANT, CLAIM, KEY, "Ann")), await ask(Inquiry(TENANT, CLAIM, KEY, "Bob"))
    assert (first.control, first.kind, first.repeated, again.control, again.repeated) == (7, "276", False, 7, True)
    (told,) = transaction.told
    assert (told.claim_id, told.key, told.status, told.control_number) == (CLAIM, KEY, "sent", "000000007")


async def test_a_key_names_one_question() -> None:
    transaction = Transaction()
    await sender(transaction).ask(Inquiry(TENANT, CLAIM, KEY))
    with pytest.raises(Unsendable) as refused:
        await sender(transaction).ask(Inquiry(TENANT, CLAIM, KEY, kind="270"))
    assert refused.value.code == "key-reused"


async def test_a_question_about_coverage_tells_the_claim_nothing() -> None:
    transaction = Transaction()
    sent = await sender(transaction).ask(Inquiry(TENANT, CLAIM, KEY, kind="270"))
    assert (sent.kind, transaction.told) == ("270", [])


@pytest.mark.parametrize("tenant", ["another", ""])
async def test_another_tenants_claim_is_unknown(tenant: str) -> None:
    with pytest.raises(Refused) as refused:
        await sender(Transaction()).ask(Inquiry(tenant, CLAIM, KEY))
    assert refused.value.code == "unknown_claim"


@pytest.mark.parametrize(
    ("transaction", "asked", "told"),
    [
        (Transaction(), True, ["sent"]),
        (Transaction(voided=True), False, []),
        (Transaction(tenant="another"), False, []),
        (Transaction(original=None), False, ["impossible"]),
    ],
    ids=["open", "void", "another tenant's", "illegible"],
)
async def test_an_overdue_answer_is_asked_after_where_there_is_one_to_wait_for(
    transaction: Transaction, asked: bool, told: list[str]
) -> None:
    event = RemittanceOverdue(claim_id=CLAIM, received_on=date(2025, 1, 2), days=45, billed=Decimal(100), inquiry=1)
    port: Any = transaction
    assert await sender(transaction).ask_after(port, TENANT, event, KEY) is asked
    assert [one.status for one in transaction.told] == told
    if asked:
        assert await sender(transaction).ask_after(port, TENANT, event, KEY) is False
        assert len(transaction.told) == 1
