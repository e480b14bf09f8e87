"""What the use cases need of the world; adapters provide it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime, timedelta
from typing import Any, Literal, Protocol

import msgspec

from services.appeals.domain.batching import Disputed
from services.appeals.domain.case import AppealCase, Filing
from services.appeals.domain.cooling_off import Cooling
from services.appeals.domain.steps import ForumName
from shared.decider import Decision
from shared.transactions import StateTransaction, Transactions

# --- cases


class OwnedCase(msgspec.Struct, frozen=True):
    """A claim's case, and the tenant whose claim it is."""

    tenant: str
    case: AppealCase


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what to a claim's case, and why."""

    claim_id: str
    who: str
    action: str
    reason: str
    details: Mapping[str, Any] = {}


class KeptAttachment(msgspec.Struct, frozen=True):
    """A document attached to a claim; `here`: its content is kept, and can be sent."""

    kind: str
    sha256: str
    here: bool


class NewAttachment(msgspec.Struct, frozen=True, kw_only=True):
    """A document to attach, by reference; `pdf` is its content, b"" where it is kept elsewhere."""

    reference: str
    kind: str
    title: str
    sha256: str
    pdf: bytes = b""


class Transaction(StateTransaction[AppealCase], Protocol):
    """One transaction on the service's cases: all of it becomes visible together, or nothing."""

    async def read(self, claim_id: str) -> AppealCase | None:
        """A claim's case without a lock."""
        ...

    async def lock(self, claim_ids: Sequence[str]) -> Mapping[str, OwnedCase]:
        """The cases of these claims, locked in their order; claims that are not there are left out."""
        ...

    async def command_all(
        self,
        claim_ids: Sequence[str],
        rule: Callable[[str, AppealCase], Decision[AppealCase]],
        *,
        even_parked: bool = False,
    ) -> int:
        """Apply a rule to many claims in as many statements as to one; returns how many took it.

        Claims that wait for a parked event are left out unless `even_parked`.

        Args:
            claim_ids: The claims' ids.
            rule: What is decided of each claim, by its id and case.
            even_parked: Also decide for claims that wait for a parked event.

        Returns:
            How many claims took it.
        """
        ...

    async def cooling_of_claims(self, claim_ids: Sequence[str], on: date) -> Cooling:
        """The cooling-off periods that may bind the parties of these claims on a day."""
        ...

    async def cooling_of_disputes(self, disputes: Sequence[Disputed], on: date) -> Cooling:
        """The cooling-off periods that may bind the parties of these disputes on a day."""
        ...

    async def may_share_filing(self, claim_ids: Sequence[str]) -> Sequence[str]:
        """All claims that may be filed with those of these claims that are due to be initiated."""
        ...

    async def filed_under(self, tenant: str, numbers: Sequence[str]) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """The disputes that were filed in federal IDR under these numbers: by number the case ids of each claim."""
        ...

    async def attachments(self, claim_id: str) -> Mapping[str, KeptAttachment]:
        """What is attached to a claim, by reference."""
        ...

    async def attach(self, claim_id: str, attachment: NewAttachment, who: str) -> None:
        """Keep an attachment; its content may also be added to one that has none yet.

        Args:
            claim_id: The claim's id.
            attachment: The attachment, with its content if it is at hand.
            who: Who adds it.
        """
        ...

    async def confirm_filing(self, case_id: str, number: int, proof: str) -> bool:
        """Keep the proof of a filing that was exported; False where none of this number was.

        Args:
            case_id: The case's id.
            number: The filing's number within the case.
            proof: What the channel gave as proof of delivery.

        Returns:
            False if nothing of this number was exported.
        """
        ...

    async def keep_profile(self, tenant: str, kind: str, key: str, facts: Mapping[str, str], who: str) -> None:
        """Keep what documents need to know of a provider, payer, IDR entity or authority.

        Args:
            tenant: The provider organisation.
            kind: provider, payer, entity or authority.
            key: What it goes by, such as an NPI or a payer id.
            facts: Names and values that documents print.
            who: Who states them.
        """
        ...

    async def journal(self, entry: JournalEntry) -> None:
        """Write down what a person did."""
        ...


CaseTransactions = Transactions[Transaction]


# --- papers


class Readiness(msgspec.Struct, frozen=True):
    """What the papers of a filing lack, and why their evidence is weak (empty where it is not)."""

    missing: tuple[str, ...] = ()
    weak: str = ""


class Paper(msgspec.Struct, frozen=True):
    """One document, ready: as PDF, as plain text and as its data."""

    kind: str
    core_sha256: str
    pdf: bytes
    text: str
    data: bytes


class Enclosure(msgspec.Struct, frozen=True):
    """A clinical or other document that people attached, as a PDF; `asked` is the payer's question it answers."""

    reference: str
    title: str
    kind: str
    pdf: bytes
    asked: str = ""


class Package(msgspec.Struct, frozen=True):
    """A filing to be sent. `key` is the same on every attempt, so that a recipient can tell a repetition.

    `request_id` is the payer's request that it answers, if it answers one. `uploads` are for a portal alone.
    """

    key: str
    claim_id: str
    forum: ForumName
    level: int
    filed_on: date
    recipient: dict[str, str]
    papers: tuple[Paper, ...]
    enclosures: tuple[Enclosure, ...] = ()
    request_id: str = ""
    tenant: str = ""
    uploads: tuple[Paper, ...] = ()


class PapersIncomplete(Exception):
    """The papers cannot be made yet: facts are missing, or a template is broken. The message says what."""


class PapersImpossible(Exception):
    """The papers cannot be made at all, and a person has to look. The message says why."""


class FilingPapers(Protocol):
    """Makes the papers of filings."""

    async def readiness(self, tenant: str, case: AppealCase, filing: Filing, *, no_conflict: bool) -> Readiness:
        """What the papers lack; `no_conflict`: a person attests that the proposed IDR entity has no conflict.

        Args:
            tenant: The provider organisation.
            case: The case.
            filing: The filing, sent or not.
            no_conflict: A person attests that the proposed IDR entity has no conflict.

        Returns:
            What the papers lack.
        """
        ...

    async def package(self, tenant: str, case: AppealCase, filing: Filing, now: datetime) -> Package:
        """Make the papers of a filing.

        Args:
            tenant: The provider organisation.
            case: The case.
            filing: The filing.
            now: The moment of the transaction.

        Returns:
            The filing with its papers.

        Raises:
            PapersIncomplete: Facts are missing.
            PapersImpossible: The papers cannot be written.
        """
        ...


# --- sending


class SendFailed(Exception):
    """The filing did not go out; `passing` where another attempt may succeed. The message holds no patient data."""

    def __init__(self, message: str, *, passing: bool) -> None:
        super().__init__(message)
        self.passing = passing


class AwaitsPerson(Exception):
    """The filing is made ready at `place`, and counts as filed once a person confirms it."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place


class Channel(Protocol):
    """A way to send filings; sending the same filing again is harmless."""

    name: str

    async def send(self, package: Package) -> str:
        """Send the filing and return the proof of it.

        Raises:
            SendFailed: It was not sent; it may be tried again.
            AwaitsPerson: A person has to send it.
        """
        ...


class QueuedFiling(msgspec.Struct, frozen=True):
    """A filing on its way out. `case` is its claim's case as it stands now; `attempts` were made before."""

    case_id: str
    number: int
    claim_id: str
    tenant: str
    attempts: int
    case: AppealCase | None


class SendOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a filing.

    `sent` has a `proof`; the others have a `problem`, and `queued` and `waiting` a next attempt after a pause.
    """

    status: Literal["queued", "waiting", "exported", "sent", "failed"]
    channel: str = ""
    proof: str = ""
    problem: str = ""
    pause: timedelta = timedelta()


class FilingBatch(Protocol):
    """Filings taken from the queue, which nobody else takes while the batch is open."""

    filings: Sequence[QueuedFiling]

    async def enclosed(self, claim_id: str, filing: Filing) -> tuple[Enclosure, ...]:
        """The documents that a filing names; fewer where one is not kept any more."""
        ...

    async def enclosures(self, claim_id: str, filing: Filing) -> tuple[Enclosure, ...]:
        """The documents of the claim that go with a filing."""
        ...

    async def settle(self, filing: QueuedFiling, outcome: SendOutcome) -> None:
        """Keep what became of a filing."""
        ...


class FilingQueue(Protocol):
    """The filings that are due to be sent."""

    def take(self, limit: int) -> AbstractAsyncContextManager[FilingBatch]:
        """Take up to `limit` filings that nobody else has taken; they are released when the block ends."""
        ...
