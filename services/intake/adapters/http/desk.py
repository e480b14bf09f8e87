"""What the routes of this process work with, and how they say that a use case was refused."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated, Any

import msgspec
from fastapi import Path

from recoup_x12 import Problem as X12Problem
from services.intake.application.attachments import AttachmentSender
from services.intake.application.corrections import Corrector
from services.intake.application.deposit_decisions import DepositDecisions
from services.intake.application.inquiries import InquirySender
from services.intake.application.paper import PaperRemittances
from services.intake.application.read_ports import Reads
from services.intake.application.reassociation import Reassociation
from services.intake.application.refused import RefusalCode, Refused, Unsendable, UnsendableCode
from services.intake.application.resolutions import Resolutions
from shared.api.refusals import OTHER_TENANT, TENANT_REQUIRED, Refusal
from shared.problem import Problem

_REFUSALS: dict[RefusalCode, tuple[int, str, str]] = {
    "unknown_remittance": (
        404, "No remittance of this tenant has this id.", "Take ids from GET /v1/worklist/remittances."
    ),
    "unknown_recoupment": (
        404, "No recoupment of this tenant has this id.", "Take ids from GET /v1/worklist/recoupments."
    ),
    "unknown_status": (404, "No report of this tenant has this id.", "Take ids from GET /v1/worklist/statuses."),
    "unknown_request": (404, "No request of this tenant has this id.", "Take ids from GET /v1/worklist/requests."),
    "unknown_claim": (404, "No accepted claim of this tenant has this id.", "Send the id of an accepted claim."),
    "decided": (409, "It is matched already, not to this claim.", "First unmatch it, with a note."),
    "unknown_held": (404, "No held payment of this tenant has this id.", "Take ids from GET /v1/worklist/held."),
    "unreadable": (
        409, "Nothing of it can be posted: its amounts cannot be read.",
        "Correct it with a note, ask the payer for it again, or dismiss it."
    ),
    "reason_wanted": (422, "This needs a reason.", "Say in `note` why."),
    "misfit": (
        409, "It does not fit this claim, or would count again there.",
        "See `misfits`; send `force` and a `note` if you know better.",
    ),
    "taken_back": (
        409, "The payer took this payment back itself: nothing of it is left on the claim.",
        "Take its reversal off the claim first, if that was never the claim's.",
    ),
    "not_postable": (
        409, "A reversal (CLP02 22) with positive amounts cannot be posted: what it takes back is not known.",
        "Ask the payer for it again with the amounts it takes back, or dismiss it with a note.",
    ),
    "other_part": (
        409, "It is a part of a line whose other part stands there: posted beside that, it would take its place.",
        "Take the other part off its claim, then post both as one: correct this, with `force`.",
    ),
    "not_matched": (409, "It is matched to no claim.", "Only what is matched can be taken off its claim."),
    "unknown_deposit": (404, "No deposit of this tenant has this id.", "Take ids from GET /v1/worklist/deposits."),
    "unknown_advice": (
        404, "No payment of an 835 of this tenant has this id.", "Take ids from GET /v1/worklist/undeposited."
    ),
    "day_to_come": (422, "`posted_on` lies in the future.", "Give the day of the deposit."),
    "deposit_matched": (409, "An 835 explains this deposit already.", "First unmatch it, with a note."),
    "deposit_not_matched": (409, "No 835 explains this deposit.", "Only what is matched can be unmatched."),
    "advice_deposited": (409, "The money of this 835 has come already.", "First unmatch its deposit."),
    "sums_differ": (
        409, "The deposit is not what is left of these 835s.",
        "See `misfits`; name all 835s that it pays, or send `force` and a `note` if you know better.",
    ),
    "sum_changed": (
        409, "What was paid would change.", "See `misfits`; send `force` and a `note` if you know better.",
    ),
    "no_candidates": (409, "The remittance has no candidates to turn down.", "Choose a claim, or dismiss it."),
}  # fmt: skip
_UNSENDABLE: dict[UnsendableCode, int] = {
    "unknown-request": 404, "key-reused": 409, "not-taken": 409, "too-large": 413,
}  # fmt: skip
"""Statuses of what cannot leave; 422 where none is named."""
_SLUGS: dict[RefusalCode, str] = {"day_to_come": "invalid-request"}
"""Problems that are known under another name than their refusal's."""


UNKNOWN_ID = Refusal(404, "unknown-id", "The id in the path is not a UUID.")
OF_TENANT = (OTHER_TENANT, TENANT_REQUIRED)
"""What a route of staff refuses that must know for whom it is asked."""
Id = Annotated[str, Path(max_length=100, description="an id, as the list has it")]
SendingKey = Annotated[str, Path(max_length=100, description="the key that it was sent under")]


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """The use cases, and what is read beside them."""

    reader: Reads
    resolutions: Resolutions
    deposits: DepositDecisions
    reassociation: Reassociation
    papers: PaperRemittances
    attachments: AttachmentSender
    corrector: Corrector
    inquiries: InquirySender


@contextmanager
def refusals() -> Generator[None]:
    """Turn what a use case refuses into a problem."""
    try:
        yield
    except Refused as refused:
        raise problem_of(refused) from None
    except Unsendable as error:
        status = _UNSENDABLE.get(error.code, 422)
        if not error.problems:
            raise Problem(status, error.code, error.reason, how_to_fix=error.how_to_fix) from None
        shown = [_shown(one) for one in error.problems]
        raise Problem(status, error.code, error.reason, how_to_fix=error.how_to_fix, problems=shown) from None


def _shown(problem: X12Problem) -> dict[str, Any]:
    """A problem of a claim that would leave, as it is answered."""
    return {
        "segment": problem.segment, "element": problem.element, "line": problem.line, "message": problem.message,
        "how_to_fix": problem.how_to_fix,
    }  # fmt: skip


def problem_of(refused: Refused) -> Problem:
    """The refusal as it is answered."""
    status, detail, how_to_fix = _REFUSALS[refused.code]
    slug = _SLUGS.get(refused.code) or refused.code.replace("_", "-")
    if refused.reasons:
        return Problem(status, slug, detail, how_to_fix=how_to_fix, misfits=list(refused.reasons))
    return Problem(status, slug, detail, how_to_fix=how_to_fix)
