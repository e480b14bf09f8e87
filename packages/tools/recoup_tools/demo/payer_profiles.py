"""How each simulated payer behaves: the parameters of the model that docs/payer-simulator.md describes.

Rates are per mille; ratios are shares of a gap or of a sum. Nothing here reads our targets, floors or policies.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from recoup_tools.demo.dice import Dice
from recoup_tools.demo.idr_model import FITTED, IdrModel

Range = tuple[Decimal, Decimal]


class AppealRates(msgspec.Struct, frozen=True):
    """Outcomes of one kind of appeal, per mille; what is left to 1,000 is upheld."""

    overturned: int
    partial: int
    dismissed: int = 0


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """One payer's habits.

    `answers_notice`: share of open-negotiation notices answered at all. `reservation`: the most it would pay, as a
    share of the gap between its allowed amount and the charge. `opening`: its first offer's share of that way.
    `rounds`: offers at most. `answer_days`, `decision_days`, `pay_days`: least and most calendar days. `idr` is how
    federal IDR goes. `silent_appeals`: appeals never decided. `short_pay`, `late_pay`: agreements first paid short, or
    too late; `award_short`, `award_late`, `award_withheld`: awards of IDR, the last paid only when demanded.
    `forums`: outcomes by forum, where they are not those of an appeal to the payer.
    `takes_back`: settlements paid of which part is recouped `recoup_days` after the claim was closed.
    """

    name: str
    answers_notice: int
    reservation: Range
    opening: Range
    rounds: tuple[int, int]
    denial_appeal: AppealRates
    payment_appeal: AppealRates
    forums: Mapping[str, AppealRates]
    partial_share: Range = (Decimal("0.30"), Decimal("0.70"))
    reprocessed_share: Range = (Decimal("0.60"), Decimal("1.00"))
    idr: IdrModel = FITTED
    silent_appeals: int = 30
    short_pay: int = 20
    late_pay: int = 30
    award_short: int = 80
    award_late: int = 400
    award_withheld: int = 100
    takes_back: int = 10
    recoup_share: Range = (Decimal("0.30"), Decimal("1.00"))
    recoup_days: tuple[int, int] = (5, 20)
    answer_days: tuple[int, int] = (5, 14)
    decision_days: tuple[int, int] = (20, 55)
    pay_days: tuple[int, int] = (7, 25)


def _d(low: str, high: str) -> Range:
    return Decimal(low), Decimal(high)


_FORUMS: Mapping[str, AppealRates] = {
    "external_review": AppealRates(overturned=350, partial=0),
    "state_process": AppealRates(overturned=590, partial=0),
    "corrected_claim": AppealRates(overturned=550, partial=100),
}
"""Each is decided by somebody else than the payer, or on other grounds than an appeal."""

PROFILES: tuple[tuple[Profile, int], ...] = (
    (
        Profile(
            name="ready to settle",
            answers_notice=850,
            reservation=_d("0.25", "0.60"),
            opening=_d("0.35", "0.65"),
            rounds=(2, 3),
            denial_appeal=AppealRates(overturned=400, partial=140, dismissed=10),
            payment_appeal=AppealRates(overturned=120, partial=340, dismissed=10),
            forums=_FORUMS,
        ),
        3,
    ),
    (
        Profile(
            name="ordinary",
            answers_notice=600,
            reservation=_d("0.12", "0.45"),
            opening=_d("0.20", "0.50"),
            rounds=(1, 3),
            denial_appeal=AppealRates(overturned=280, partial=120, dismissed=20),
            payment_appeal=AppealRates(overturned=80, partial=260, dismissed=20),
            forums=_FORUMS,
        ),
        5,
    ),
    (
        Profile(
            name="hard",
            answers_notice=300,
            reservation=_d("0.00", "0.25"),
            opening=_d("0.00", "0.40"),
            rounds=(1, 2),
            denial_appeal=AppealRates(overturned=200, partial=100, dismissed=40),
            payment_appeal=AppealRates(overturned=40, partial=160, dismissed=40),
            forums=_FORUMS,
            silent_appeals=60,
            short_pay=60,
            late_pay=80,
            takes_back=40,
            decision_days=(35, 60),
            pay_days=(15, 29),
        ),
        2,
    ),
)


def profile_of(seed: int, payer_id: str, idr: IdrModel = FITTED) -> Profile:
    """The payer's profile: drawn once for each seed and payer id, the same ever after."""
    return msgspec.structs.replace(Dice("profile", seed, payer_id).weighted(PROFILES), idr=idr)


def prompt(profile: Profile) -> Profile:
    """The same payer answering on the day it is asked and never paying late; its decisions and amounts are the same."""
    none = (0, 0)
    return msgspec.structs.replace(
        profile,
        answer_days=none,
        decision_days=none,
        idr=msgspec.structs.replace(profile.idr, median_days=0),
        pay_days=none,
        recoup_days=none,
        late_pay=0,
        award_late=0,
        award_withheld=0,
    )
