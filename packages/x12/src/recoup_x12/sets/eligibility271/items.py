"""What reading a 271 yields: what a payer says of one person's coverage."""

from __future__ import annotations

from datetime import date

from recoup_x12.core.items import Item
from recoup_x12.core.party import EMPTY_PARTY, Party


class EligibilityRead(Item, frozen=True):
    """One person of a received 271 (005010X279A1), or a level above that is refused whole.

    `level` is payer, receiver, subscriber or dependent. `traces` are the numbers of the question that it answers (TRN*2
    TRN02), `reference` BHT03. `active` says if the health benefit plan is in force (EB01 1 to 5, EB03 30), False where
    it is not (6 to 8), None where neither is said. `plan_names` are EB05, `groups` number and name (REF*6P, *1L),
    `plan_numbers` REF*18, `insurance_types` EB04. `begins` and `ends` bound the plan, or the eligibility, where told.
    `rejections` are AAA03 with the level's place, `messages` MSG01: free text that may name anybody.
    """

    level: str
    reference: str = ""
    traces: tuple[str, ...] = ()
    payer: Party = EMPTY_PARTY
    provider_id: str = ""
    subscriber: Party = EMPTY_PARTY
    patient: Party = EMPTY_PARTY
    active: bool | None = None
    plan_names: tuple[str, ...] = ()
    groups: tuple[tuple[str, str], ...] = ()
    plan_numbers: tuple[str, ...] = ()
    insurance_types: tuple[str, ...] = ()
    begins: date | None = None
    ends: date | None = None
    rejections: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
