"""What reassociating payments with a bank's deposits needs of the world; `adapters/sql` provides it on Postgres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date
from decimal import Decimal
from typing import Literal, Protocol

import msgspec

from services.intake.application.ports import Store
from services.intake.domain.bank.advice import Advice
from services.intake.domain.bank.deposit import BankFile, Deposit

DepositStatus = Literal["open", "matched", "dismissed", "duplicate"]
"""No 835 explains it yet; one does; a person laid it aside; the bank told of it in another file, too."""


AdviceStatus = Literal["open", "deposited", "dismissed"]
"""Its money has not come, not all of it; it has; a person says that none will come."""


class KeptDeposit(msgspec.Struct, frozen=True):
    """A deposit with where it stands. `held`: a person decided about it, so that no rule does.

    `source` is the format of its file, or `hand`; `reason` and `candidates` say why it was left, and what it may be.
    """

    deposit_id: str
    deposit: Deposit
    source: str
    status: DepositStatus = "open"
    held: bool = False
    file_id: str | None = None
    reason: str = ""
    candidates: tuple[str, ...] = ()
    received_by: str = ""


class KeptAdvice(msgspec.Struct, frozen=True):
    """An 835's payment with what of it has come, in dollars, and on which day the last of it did."""

    advice: Advice
    status: AdviceStatus = "open"
    deposited: Decimal = Decimal(0)
    deposited_on: date | None = None

    @property
    def left(self) -> Advice:
        """The payment as far as its money has not come."""
        return msgspec.structs.replace(self.advice, amount=self.advice.amount - self.deposited)


class Paired(msgspec.Struct, frozen=True):
    """Dollars of a deposit that an advice explains; `whole` where nothing of the advice is left to come."""

    deposit_id: str
    advice_id: str
    amount: Decimal
    rule: str
    posted_on: date
    whole: bool = True


class DepositNotice(msgspec.Struct, frozen=True):
    """A claim payment whose claims are to be told: of which it was told, and which it should be, if any."""

    remittance_id: str
    paid: Decimal
    notified: str | None
    wanted: str | None


class OpenPage(msgspec.Struct, frozen=True):
    """Open deposits of a stretch of days, and the advices that may be theirs.

    `explained` are those with their money that have an amount of these deposits. `since` is the first day of the next
    page, None where this is the last. The last days before it are in both pages: here only to be seen (`held`).
    """

    deposits: list[KeptDeposit]
    advices: list[KeptAdvice]
    explained: list[Advice]
    since: date | None = None


class Deposits(Protocol):
    """Deposits and advices of one tenant, in one transaction."""

    async def alone(self) -> None:
        """Wait until nobody else reassociates for this tenant, until the transaction ends."""
        ...

    async def enter(self, kept: Sequence[KeptDeposit]) -> dict[str, DepositStatus]:
        """Keep deposits where they are new; returns those that are, with their status."""
        ...

    async def alike(self, amounts: Sequence[Decimal]) -> list[KeptDeposit]:
        """Deposits of these amounts that are kept already."""
        ...

    async def open(self, since: date | None = None) -> OpenPage:
        """The open deposits from a day on, the oldest first, as many as one run looks at, and what may explain them."""
        ...

    async def deposit(self, deposit_id: str) -> KeptDeposit | None:
        """One deposit, locked."""
        ...

    async def advices(self, advice_ids: Sequence[str]) -> dict[str, KeptAdvice]:
        """Advices, locked."""
        ...

    async def pair(self, pairs: Sequence[Paired], by: str) -> None:
        """Enter what explains what: the deposits are matched, the advices deposited as far as it goes."""
        ...

    async def unpair(self, deposit_id: str, by: str) -> None:
        """Take back all that explains a deposit: its advices wait for their money again."""
        ...

    async def leave(self, doubts: Sequence[KeptDeposit]) -> None:
        """Say why deposits are left."""
        ...

    async def place_deposit(self, kept: KeptDeposit) -> None:
        """Store where a deposit stands now."""
        ...

    async def place_advice(self, advice_id: str, status: AdviceStatus) -> None:
        """Store where an advice stands now."""
        ...

    async def notices_of(self, advice_id: str, limit: int) -> tuple[KeptAdvice, list[DepositNotice]] | None:
        """The claim payments of an advice whose claims do not know yet how it stands, the advice locked.

        None where somebody else has it now.
        """
        ...

    async def wanted_claims(self, advice_id: str, limit: int) -> list[str]:
        """The claims that `notices_of` may be about, without locks."""
        ...

    async def notify(self, advice_id: str, notified: Sequence[DepositNotice], *, done: bool) -> None:
        """Note what was told; `done` where nothing is left to tell.

        Args:
            advice_id: The 835's payment.
            notified: What was announced, by remittance.
            done: Nothing is left to announce.
        """
        ...

    async def keep_file(self, body: bytes, file: BankFile, by: str) -> str:
        """Keep a bank's file sealed, once; its id. `by` delivered it.

        Args:
            body: The file as it came.
            file: What was read of it.
            by: Who delivered it.

        Returns:
            The file's id.
        """
        ...

    async def write_down(self, about: str, choice: str, advices: Sequence[str], by: str, note: str) -> None:
        """Keep who decided what about a deposit or advice, when and why.

        Args:
            about: The deposit's or advice's id.
            choice: What was decided.
            advices: The payments of 835s concerned.
            by: Who decided.
            note: Why; kept sealed.
        """
        ...


class DepositTransaction(Protocol):
    """One transaction on one tenant's deposits and claims."""

    @property
    def store(self) -> Store:
        """Claims and payments."""
        ...

    @property
    def deposits(self) -> Deposits:
        """Deposits, and the payments of 835s that they are matched with."""
        ...


class DepositTransactions(Protocol):
    """Opens transactions, and says in which something is to do."""

    def begin(self, tenant: str) -> AbstractAsyncContextManager[DepositTransaction]:
        """Open a transaction on a tenant's rows; it commits when its block ends without an exception."""
        ...

    async def to_explain(self) -> Mapping[str, tuple[int, int, int]]:
        """The tenants with open deposits, and what changes when there is something new to find."""
        ...

    async def due_notices(self, limit: int) -> Sequence[tuple[str, str]]:
        """Tenant and id of advices whose claims may not know yet that their money has come, or has not."""
        ...
