"""What a Form 5500 says of a health plan: sponsor, name, that it is under ERISA, and how it is funded.

Lines of the form (2023 and later): 1a name, 1b plan number, 2b the sponsor's EIN, 8b welfare benefits (4A is health),
9a funding and 9b benefit arrangement; Schedule A, line 8, says what a contract of insurance provides.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Literal

import msgspec

HEALTH = "4A"
"""Health (other than dental or vision), in the list of plan characteristics codes of the form's instructions."""
_EMPLOYERS_PLANS = frozenset(("1", "2", "3"))
"""Line A: multiemployer, single-employer, multiple-employer; 4 is a direct filing entity, which is no plan."""


class Contracts(msgspec.Struct, frozen=True):
    """What the Schedules A of one filing are about: contracts of health insurance, and contracts of anything else."""

    health: bool = False
    other: bool = False


class Filing(msgspec.Struct, frozen=True):
    """One Form 5500 as filed; `insurance` and `own_means` (trust or general assets) are pairs of lines 9a and 9b."""

    ack_id: str
    ein: str
    plan_number: str
    name: str
    sponsor: str
    entity: str
    benefits: str
    insurance: tuple[bool, bool]
    own_means: tuple[bool, bool]
    begins: date
    ends: date
    received: date

    @property
    def health(self) -> bool:
        """True where it is a health plan of employers; the codes of line 8b stand together, two characters each."""
        codes = self.benefits.replace(" ", "")
        return self.entity in _EMPLOYERS_PLANS and HEALTH in (codes[at : at + 2] for at in range(0, len(codes), 2))

    @property
    def source(self) -> str:
        """What a fact from it cites."""
        year = f"Form 5500 of the plan year from {self.begins.isoformat()}, plan {self.plan_number}"
        return f"{year}, received {self.received.isoformat()} (EFAST2 {self.ack_id})"


def funding_of(filing: Filing, contracts: Contracts | None) -> Literal["insured", "self_funded", ""]:
    """How the health benefit is funded; empty where the form leaves it open.

    The form speaks of the plan, which may have an insured dental and a self-funded health benefit. So where both
    insurance and the sponsor's own means are marked, the Schedules A decide: contracts, and none of them of health,
    leave health to the own means; a contract of health beside own means leaves it open. Stop-loss cover insures the
    sponsor, not the plan's members, and is no health insurance.

    Args:
        filing: the form.
        contracts: what its Schedules A are about; None where that data set was not loaded.
    """
    insurance, own_means = any(filing.insurance), any(filing.own_means)
    if insurance and not own_means:
        return "" if contracts is not None and not contracts.health else "insured"
    if own_means and not insurance:
        return "" if contracts is not None and contracts.health else "self_funded"
    if own_means and contracts is not None and contracts.other and not contracts.health:
        return "self_funded"
    return ""


def in_force(filings: Iterable[Filing]) -> tuple[tuple[Filing, date | None], ...]:
    """The filings that count, each with the last day it speaks for; None where no later one is known.

    Of several for one plan year (an amendment) the one received last counts. The last of a plan speaks on, until the
    next comes: a form is filed seven months and more after its year.
    """
    by_plan: dict[tuple[str, str], dict[date, Filing]] = {}
    for filing in sorted(filings, key=lambda one: one.received):
        by_plan.setdefault((filing.ein, filing.plan_number), {})[filing.begins] = filing
    found: list[tuple[Filing, date | None]] = []
    for years in by_plan.values():
        *earlier, last = (years[begins] for begins in sorted(years))
        found += [*((one, one.ends) for one in earlier), (last, None)]
    return tuple(found)
