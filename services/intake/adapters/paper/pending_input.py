"""An entry into the input that reception applies: on the way of every 835, posted where it is certain, else held."""

from __future__ import annotations

from functools import partial

from recoup_x12 import PaymentItemRead, Problem, ProviderAdjustmentsRead, doubts_of, validate_remittance
from services.intake.adapters.paper.entry import (
    PaperRemittance,
    payment_of,
    provider_adjustments_of,
    remittances_of,
)
from services.intake.application.held import HeldRead
from services.intake.application.paper import PaperEntry
from services.intake.application.pending_input import PendingInput
from services.intake.application.remittances import PaymentRead
from services.intake.domain.paper import Finding, findings
from shared.money import ZERO, total

_UNEVEN = Problem(
    "transaction", 3, "BPR", "the payment is not the sum of the claim payments less the provider adjustments",
    "look at the paper for what was left out, or ask the payer", "HEADER", code="I12",
)  # fmt: skip


def findings_of(entry: PaperRemittance) -> list[Finding]:
    """What is wrong with an entry, field by field."""
    return findings(payment_of(entry), remittances_of(entry), provider_adjustments_of(entry))


def entry_of(entry: PaperRemittance) -> PaperEntry:
    """An entry as the use case takes it."""
    return PaperEntry(entry.model_dump_json(exclude_defaults=True), partial(paper_input, entry))


def paper_input(entry: PaperRemittance, interchange_id: str) -> PendingInput:
    """The claim payments, what is held of them, and what belongs to no claim."""
    pending = PendingInput(interchange_id)
    adjustments = provider_adjustments_of(entry)
    payment = payment_of(entry)
    for serial, (claim, remittance) in enumerate(zip(entry.claims, remittances_of(entry), strict=True), 1):
        problems = tuple(validate_remittance(remittance))
        doubts = doubts_of(remittance, problems, ())
        if doubts:
            text = claim.model_dump_json(exclude_defaults=True)
            pending.held.append(
                HeldRead("payment", remittance.payment, doubts, text, interchange_id, serial, remittance.control_number,
                         remittance.charge, remittance.paid, remittance, serial)
            )  # fmt: skip
        else:
            errors = tuple(p for p in problems if p.severity == "error")
            pending.payments.append(PaymentRead(remittance, interchange_id, serial, problems=errors))
    withheld = total(one.amount for one in adjustments)
    if adjustments:
        pending.adjust(ProviderAdjustmentsRead(payment, adjustments, withheld))
    over = entry.amount - total(claim.paid for claim in entry.claims) + withheld
    if over != ZERO:
        pending.keep(PaymentItemRead("imbalance", (_UNEVEN,), payment, over, entry.number))
    return pending
