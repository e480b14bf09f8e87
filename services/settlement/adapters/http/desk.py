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
from shared.api.refusals import Refusal
from shared.calendar import legal_day
from shared.clock import Clock
from shared.decider import IllegalTransition
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


UNKNOWN_CLAIM = Refusal(404, "unknown-claim", "Settlement knows no claim with this id.")
AUTHORITY = Refusal(
    403, "authority", "This is above your authority.", "Ask a manager to decide.", {"needed": "manager"}
)
WHICH_DISPUTE = Refusal(
    409,
    "which-dispute",
    "The claim has several disputes, or not the one that was named.",
    "Send the `case_id` of one of `disputes`.",
    {
        "disputes": [
            {"case_id": "c1", "forum": "open_negotiation", "lines": [1], "allowed": "200.00", "target": "600.00"},
        ]
    },
)
REFUSED = Refusal(
    409,
    "refused",
    "The claim does not stand so that this can be done.",
    "Read the claim's account again and act on its present state.",
)
NO_AGREEMENT = Refusal(409, "no-agreement", "This claim has no agreement or award.", "Settle the claim first.")
NOT_SHARED = Refusal(
    422,
    "not-shared",
    "It is not said whose claims are learnt from.",
    "Name `tenants`, and where they agreed.",
)
NOT_ACROSS_TENANTS = Refusal(
    403,
    "tenant",
    "Whose claims the payers' record is learnt from is for no one tenant to say.",
    "Ask a manager of the operator.",
)
UNKNOWN_VERSION = Refusal(404, "unknown-version", "No snapshot has this version.")
VERSION_EXISTS = Refusal(409, "version-exists", "A snapshot has this version already.", "Choose another.")
BAD_CURSOR = Refusal(422, "bad-cursor", "The cursor is not the `next` of a page.", "Pass on `next` as it was given.")


@contextmanager
def refusals() -> Generator[None]:
    """Turn what a use case or a read refuses into a problem."""
    try:
        yield
    except UnknownClaim:
        raise UNKNOWN_CLAIM.problem() from None
    except NotAllowed as error:
        raise AUTHORITY.problem(
            str(error), how_to_fix=f"Ask a {error.needed} to decide.", needed=error.needed
        ) from None
    except DisputeNotNamed as error:
        raise WHICH_DISPUTE.problem(disputes=[which_dispute(one) for one in error.disputes]) from None
    except (OfferRefused, IllegalTransition) as error:
        raise REFUSED.problem(str(error)) from None
    except NotShared as error:
        raise NOT_SHARED.problem(str(error), how_to_fix=error.how_to_fix) from None
    except NoAgreement:
        raise NO_AGREEMENT.problem() from None
    except NotAcrossTenants:
        raise NOT_ACROSS_TENANTS.problem() from None
    except UnknownVersion:
        raise UNKNOWN_VERSION.problem() from None
    except VersionExists:
        raise VERSION_EXISTS.problem() from None
