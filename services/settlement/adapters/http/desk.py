"""What the routes of this process work with, and how they say that a use case was refused."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, datetime

import msgspec

from services.settlement.adapters.http.staff import Staff
from services.settlement.adapters.http.views import which_dispute
from services.settlement.application.decider import SettlementDecider
from services.settlement.application.learning import Learning
from services.settlement.application.negotiation import Negotiation
from services.settlement.application.read_ports import Reads
from services.settlement.application.refusals import (
    NoAgreement,
    NotAcrossTenants,
    NotShared,
    UnknownVersion,
    VersionExists,
)
from services.settlement.domain.commands import DisputeNotNamed, NotAllowed
from services.settlement.domain.offers import OfferRefused
from shared.calendar import legal_day
from shared.clock import Clock
from shared.decider import IllegalTransition
from shared.problem import Problem
from shared.transactions import UnknownClaim


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """The use cases, what is read beside them, and who may ask."""

    staff: Staff
    negotiation: Negotiation
    learning: Learning
    reader: Reads
    decider: SettlementDecider
    clock: Clock

    def now(self) -> datetime:
        """This instant, by which windows are told."""
        return self.clock.now()

    def today_in(self, tenant: str) -> date:
        """The day that it is where a tenant is."""
        return legal_day(self.now(), self.decider.zones.of(tenant))


@contextmanager
def refusals() -> Generator[None]:
    """Turn what a use case or a read refuses into a problem."""
    try:
        yield
    except UnknownClaim:
        raise Problem(404, "unknown-claim", "Settlement knows no claim with this id.") from None
    except NotAllowed as error:
        raise Problem(
            403, "authority", str(error), how_to_fix=f"Ask a {error.needed} to decide.", needed=error.needed
        ) from None
    except DisputeNotNamed as error:
        raise Problem(
            409,
            "which-dispute",
            "The claim has several disputes, or not the one that was named.",
            how_to_fix="Send the `case_id` of one of `disputes`.",
            disputes=[which_dispute(one) for one in error.disputes],
        ) from None
    except (OfferRefused, IllegalTransition) as error:
        raise Problem(
            409, "refused", str(error), how_to_fix="Read the claim's account again and act on its present state."
        ) from None
    except NotShared as error:
        raise Problem(422, "not-shared", str(error), how_to_fix=error.how_to_fix) from None
    except (NoAgreement, NotAcrossTenants, UnknownVersion, VersionExists) as error:
        raise _problem(error) from None


def _problem(error: NoAgreement | NotAcrossTenants | UnknownVersion | VersionExists) -> Problem:
    if isinstance(error, NoAgreement):
        return Problem(
            409, "no-agreement", "This claim has no agreement or award.", how_to_fix="Settle the claim first."
        )
    if isinstance(error, NotAcrossTenants):
        detail = "Whose claims the payers' record is learnt from is for no one tenant to say."
        return Problem(403, "tenant", detail, how_to_fix="Ask a manager of the operator.")
    if isinstance(error, UnknownVersion):
        return Problem(404, "unknown-version", "No snapshot has this version.")
    return Problem(409, "version-exists", "A snapshot has this version already.", how_to_fix="Choose another.")
