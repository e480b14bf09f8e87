"""What a payer owed by the Act beside the amount and did not do, kept until a person has dealt with it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

DutyKind = Literal["late_initial_payment", "qpa_not_disclosed", "qpa_information", "cost_share_raised"]
"""An initial payment or denial after its 30 days; a QPA that did not come with it; further information about the QPA
that we asked for; a patient's share raised after an award."""
DUTIES: dict[DutyKind, tuple[str, str]] = {
    "late_initial_payment": ("complain of the late initial payment", "42 USC 300gg-111(a)(1)(C)(iv)(I)"),
    "qpa_not_disclosed": ("complain of the QPA that was not disclosed", "45 CFR 149.140(d)(1)"),
    "qpa_information": ("ask again for the information about the QPA, or complain", "45 CFR 149.140(d)(2)"),
    "cost_share_raised": ("complain of the patient's share raised after the award", "45 CFR 149.510(c)(2)(i)"),
}
"""What there is to do about each, and the rule it breaks."""


class Duty(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One duty that was not kept: found on a day, to be acted on by a day of our own.

    `due_on` the payer had to act by, `done_on` it did. `amount` dollars came late, or were moved to the patient;
    `interest` dollars a state's law may add to it. `lines` are those without a QPA. `asked_on` is the day we asked for
    information; `complained_on` that of our complaint under `reference`; `closed` why nothing is left to do.
    """

    kind: DutyKind
    found_on: date
    act_by: date
    due_on: date | None = None
    done_on: date | None = None
    amount: Decimal | None = None
    interest: Decimal | None = None
    lines: tuple[int, ...] = ()
    asked_on: date | None = None
    complained_on: date | None = None
    reference: str = ""
    closed: str = ""

    @property
    def open(self) -> bool:
        """True while something is left to do about it."""
        return self.complained_on is None and not self.closed
