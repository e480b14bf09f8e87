"""Why a payment is hardly for the claim that a person chose, and what it takes to post it there all the same."""

from __future__ import annotations

import msgspec

from services.intake.application.refused import Refused
from services.intake.domain.matching import Scored
from services.intake.domain.reasons import OTHER_PART


class Doubts(msgspec.Struct, frozen=True):
    """Why a payment is hardly for a claim, for a person to read; whether it is another payer's there.

    `beside`: why it would not count beside what stands there, "" where it would. `again`: a payment that stands there
    says the same of the same lines, so that its money counts by a person's word.
    """

    reasons: tuple[str, ...]
    others: bool
    again: bool
    beside: str

    def need(self, note: str, *, force: bool) -> None:
        """Raise `Refused` where there are reasons, and not both `force` and a `note` that say otherwise.

        Of two parts of a line one would take the other's place, whatever a person says.
        """
        if self.beside == OTHER_PART.message:
            raise Refused("other_part")
        if self.reasons and not (force and note.strip()):
            raise Refused("reason_wanted" if force else "misfit", self.reasons)

    def reason(self, scored: Scored) -> str:
        """Why the payment is at the claim that a person chose, in spite of which doubts.

        The words of a person's note are sealed with the decision, since they may tell of a patient.
        """
        if not self.reasons:
            return f"chosen by a person: {scored.reason}"
        forced = f"forced by a person, whose reason is kept with the decision: {scored.reason}"
        return f"{forced}; {self.beside}" if self.beside else forced
