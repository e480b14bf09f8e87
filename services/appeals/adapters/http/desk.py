"""What the routes of this process work with, and how they say that a use case was refused."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, datetime
from uuid import UUID

import msgspec

from services.appeals.adapters.http.views import which_dispute
from services.appeals.application.batch_filing import BatchFiling
from services.appeals.application.casework import Casework
from services.appeals.application.decider import AppealsDecider
from services.appeals.application.idr_acts import IdrActs
from services.appeals.application.open_items import OpenItems
from services.appeals.application.read_ports import Reads
from services.appeals.application.receipt_days import ReceiptDays
from services.appeals.application.refusals import (
    CannotSend,
    InTheFuture,
    NotAttached,
    NothingToConfirm,
    PackageNotReady,
    WeakEvidence,
)
from services.appeals.domain.decision import RuleSet
from services.appeals.domain.dispute_selection import DisputeNotNamed
from shared.clock import Clock
from shared.decider import IllegalTransition
from shared.problem import Problem
from shared.staff import Staff
from shared.transactions import UnknownClaim


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """The use cases, what is read beside them, and who may ask."""

    staff: Staff
    casework: Casework
    batches: BatchFiling
    receipt_days: ReceiptDays
    idr_acts: IdrActs
    open_items: OpenItems
    reader: Reads
    decider: AppealsDecider
    clock: Clock
    case_id: str = ""

    def for_dispute(self, case_id: str) -> Desk:
        """The same, for one of a claim's disputes."""
        return msgspec.structs.replace(self, casework=self.casework.for_dispute(case_id), case_id=case_id)

    @property
    def rule_set(self) -> RuleSet:
        """The rules of every tenant, but for where its days are counted."""
        return self.decider.rule_set

    def now(self) -> datetime:
        """This instant."""
        return self.clock.now()

    def today_in(self, tenant: str) -> date:
        """The day that it is where a tenant is."""
        return self.decider.for_tenant(tenant).rule_set.today(self.now())

    async def rules_and_today(self, claim_id: UUID) -> tuple[RuleSet, date]:
        """The rules as they hold for a claim's tenant, and the day that it is there."""
        rule_set = self.decider.for_tenant(await self.reader.tenant_of(claim_id)).rule_set
        return rule_set, rule_set.today(self.now())


def unknown() -> Problem:
    """404: no such claim here."""
    return Problem(404, "unknown-claim", "The appeals service knows no claim with this id.")


def several_open(error: DisputeNotNamed) -> Problem:
    """409: it is not said which of several disputes is meant."""
    return Problem(
        409,
        "which-dispute",
        "The claim has several disputes, or not the one that was named.",
        how_to_fix="Send the `case_id` of one of `disputes` in the query.",
        disputes=[which_dispute(one) for one in error.disputes],
    )


@contextmanager
def refusals(then: str = "Read the case again and act on the step it stands at.") -> Generator[None]:
    """Turn what a use case refuses into a problem; `then` says what to do where a rule of the domain refused."""
    try:
        yield
    except UnknownClaim:
        raise unknown() from None
    except DisputeNotNamed as error:
        raise several_open(error) from None
    except IllegalTransition as error:
        raise Problem(409, "refused", str(error), how_to_fix=then) from None
    except (CannotSend, InTheFuture, NotAttached, NothingToConfirm, WeakEvidence, PackageNotReady) as error:
        raise _problem(error) from None


def _problem(
    error: CannotSend | InTheFuture | NotAttached | NothingToConfirm | WeakEvidence | PackageNotReady,
) -> Problem:
    if isinstance(error, CannotSend):
        how_to_fix = "Send the records by hand and give `reference`, or set RECOUP_APPEALS_INTAKE_URL."
        return Problem(409, "no-x12", "This service has no channel x12.", how_to_fix=how_to_fix)
    if isinstance(error, InTheFuture):
        how_to_fix = "Give the day on which it really happened."
        return Problem(422, "in-the-future", f"{error.field} lies in the future.", how_to_fix=how_to_fix)
    if isinstance(error, NotAttached):
        return Problem(
            409, "not-attached", "A document is not attached, or its content is not kept here.",
            how_to_fix="POST it to /attachments with `content`.", missing=error.references,
        )  # fmt: skip
    if isinstance(error, NothingToConfirm):
        detail = "No filing with this number waits for a confirmation."
        return Problem(409, "nothing-to-confirm", detail, how_to_fix="Read `outbox` of the case.")
    if isinstance(error, WeakEvidence):
        how_to_fix = "Get a rate that bears the amount out, or file all the same: give `unready_reason`."
        return Problem(409, "weak-evidence", f"Weak evidence: {error}.", how_to_fix=how_to_fix, missing=error.missing)
    how_to_fix = "Supply what `missing` lists, or give `unready_reason`."
    return Problem(409, "package-not-ready", "The package misses facts.", how_to_fix=how_to_fix, missing=error.missing)
