"""National conversion factors of years that have two, and anesthesia factors by locality where none are at hand.

From 2026 on qualifying participants of advanced alternative payment models have a conversion factor of their own
(Social Security Act 1848(d)(1)(A)); who is one
stands on no claim, so that of the others counts unless one is asked for.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec
from msgspec.structs import replace

from services.benchmark.domain.fee_schedule import Gpci
from services.benchmark.domain.releases import Release
from shared.money import cents


class NationalFactors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A year's conversion factors in dollars, of others than participants and of participants, and their source.

    `shares` are those of work, practice expense and malpractice in anesthesia, of `shares_year`.
    """

    year: int
    physician: Decimal
    participants: Decimal
    anesthesia: Decimal
    anesthesia_participants: Decimal
    shares: tuple[Decimal, Decimal, Decimal]
    shares_year: int
    source: str

    @property
    def description(self) -> str:
        """What stood in for the factors by locality."""
        return (
            f"CMS's anesthesia factors of {self.year} by locality are not at hand: the national one ({self.source}) by "
            f"the year's indices, with the shares of {self.shares_year}"
        )


def local_anesthesia(national: Decimal, shares: tuple[Decimal, Decimal, Decimal], gpci: Gpci) -> Decimal:
    """A locality's anesthesia conversion factor in dollars, by CMS's formula."""
    work, expense, malpractice = shares
    share = work * gpci.work + expense * gpci.practice_expense + malpractice * gpci.malpractice
    return cents(national * share)


def with_anesthesia(release: Release, factors: NationalFactors, participant: bool = False) -> Release:
    """The release with anesthesia factors computed from the national one and its own indices."""
    national = factors.anesthesia_participants if participant else factors.anesthesia
    gpcis = {
        locality: replace(gpci, anesthesia=local_anesthesia(national, factors.shares, gpci))
        for locality, gpci in release.gpcis.items()
    }
    return replace(release, gpcis=gpcis)


def of_participants(release: Release, factors: NationalFactors) -> Release:
    """The release by the conversion factor of participants, where it is by that of the others."""
    if release.conversion_factor != factors.physician:
        return release
    return replace(release, conversion_factor=factors.participants)
