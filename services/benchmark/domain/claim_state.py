"""What benchmark keeps of a claim."""

from __future__ import annotations

import msgspec

from services.benchmark.domain.recouped import Recouped
from shared.events.assessment import ClaimBenchmarked, Verdict
from shared.events.claims import ClaimFacts, RemittanceFacts


class ClaimFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """The claim's facts, the verdict in force, the last assessed remittance and its assessment as it was emitted.

    `remittance` is the payer's answer over all claim payments that stand; `parts` are these, where there are several.
    It is None once the payer reversed it: it is not a payment to learn from; it is `gone` then, until another comes.
    `reversed` names those of several parts that were.
    `agreed`: the payer owes by an agreement or award, whatever is judged.
    `taken` is what was taken back since, and `replaced` says that the claim was changed since. `answered` are the lines
    that the payer ever answered: a correction after a reversal is not a further part. `again` are payments that
    say what one that stands says, and count beside it by a person's word: they price no line anew. `taken_up`: a
    person has a claim pursued whose answers are history.
    """

    claim: ClaimFacts
    verdict: Verdict | None = None
    remittance_id: str = ""
    voided: bool = False
    remittance: RemittanceFacts | None = None
    assessment: ClaimBenchmarked | None = None
    gone: RemittanceFacts | None = None
    taken: Recouped | None = None
    replaced: bool = False
    agreed: bool = False
    parts: tuple[RemittanceFacts, ...] = ()
    answered: tuple[int, ...] = ()
    reversed: tuple[str, ...] = ()
    again: tuple[RemittanceFacts, ...] = ()
    taken_up: bool = False


def standing_of(file: ClaimFile) -> tuple[RemittanceFacts, ...]:
    """The claim payments that nobody took back."""
    if not file.parts:
        return () if file.remittance is None else (file.remittance,)
    excluded = file.reversed or ((file.gone.remittance_id,) if file.gone is not None else ())
    return tuple(part for part in file.parts if part.remittance_id not in excluded)
