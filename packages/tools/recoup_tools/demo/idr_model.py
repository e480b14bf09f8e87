"""How federal IDR goes in the payer model, fitted to what CMS publishes (docs/payer-simulator.md: sources, grades).

Rates are per mille. Models that are wrong on purpose stand beside the fitted one: a policy has to stand under all of
them before it is used.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from statistics import NormalDist

import msgspec

from recoup_tools.demo.dice import Dice

_STANDARD = NormalDist()
_STEPS = 1_000_000
_FEWEST, _MOST = 5, 730
Odds = tuple[tuple[Decimal, int], ...]


def _odds(*steps: tuple[str, int]) -> Odds:
    return tuple((Decimal(up_to), share) for up_to, share in steps)


class IdrModel(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a dispute in federal IDR.

    `odds`: the provider's chance where both sides offered, by its offer up to a multiple of the QPA; `beyond` after the
    last. `fall`: by how many logits it falls as that multiple grows e-fold, from `fall_from` on. `one_party`: the payer
    makes no offer or pays no fee. `challenged`: the payer calls the dispute ineligible; `ineligible`: of those the
    entity agrees. `median_days`, `p90_days` until it is over: log-normal. `at_qpa`, `at_nothing`: the payer offers
    exactly its QPA, or nothing; else evenly from the QPA up to `most_offer` times of it. `presses`: the payer offers
    that share of our offer where that is more.
    """

    odds: Odds = _odds(
        ("1.00", 885), ("1.25", 820), ("1.50", 790), ("2.00", 800), ("2.60", 835), ("3.50", 850), ("4.60", 848),
        ("7.00", 868), ("10.00", 890),
    )  # fmt: skip
    beyond: int = 856
    fall: float = 0.0
    fall_from: float = 1.0
    one_party: int = 222
    challenged: int = 390
    ineligible: int = 426
    median_days: int = 45
    p90_days: int = 190
    at_qpa: int = 550
    at_nothing: int = 50
    most_offer: Decimal = Decimal(2)
    presses: Decimal = Decimal(0)

    def provider_wins(self, multiple: Decimal) -> int:
        """The provider's chance where both sides offered, per mille, at a multiple of the QPA."""
        base = next((share for up_to, share in self.odds if multiple <= up_to), self.beyond)
        above = math.log(max(float(multiple), 1e-6) / self.fall_from)
        if not self.fall or above <= 0:
            return base
        return round(1000 / (1 + math.exp(-(math.log(base / (1000 - base)) - self.fall * above))))

    def payer_offer(self, anchor: Decimal, ours: Decimal, dice: Dice) -> Decimal:
        """The payer's offer where it makes one, in dollars, not rounded; `anchor` is its QPA."""
        more = dice.ratio(Decimal(1), self.most_offer)
        rest = 1000 - self.at_qpa - self.at_nothing
        share = dice.weighted(((Decimal(1), self.at_qpa), (Decimal(0), self.at_nothing), (more, rest)))
        return max(anchor * share, ours * self.presses)

    def days(self, dice: Dice) -> int:
        """Calendar days from initiation to the end."""
        if not self.median_days:
            return 0
        spread = math.log(self.p90_days / self.median_days) / _STANDARD.inv_cdf(0.9)
        drawn = _STANDARD.inv_cdf((dice.below(_STEPS) + 0.5) / _STEPS)
        return min(max(round(self.median_days * math.exp(spread * drawn)), _FEWEST), _MOST)


FITTED = IdrModel()
MODELS: Mapping[str, IdrModel] = {
    "fitted": FITTED,
    "harder": IdrModel(odds=(), beyond=600, one_party=100, most_offer=Decimal("2.5"), at_qpa=250),
    "flat": IdrModel(odds=(), beyond=750),
    "adversarial": IdrModel(fall=1.0, fall_from=1.5, one_party=100, presses=Decimal("0.4")),
    "steep": IdrModel(
        odds=_odds(("2.6", 880), ("4.6", 820), ("7", 600), ("10", 350)), beyond=150, one_party=0, challenged=0
    ),
}
"""The fitted model and four that are wrong: payers harder than the record, chances flat at 75 %, payers and entities
that answer high offers, and the steep fall that this model had before, which CMS's medians refute."""
