"""How often the audit of QPAs alarms about sound ones, and how many wrong ones it finds, on 10,000 made ones each.

A sound QPA is the median of a payer's contracted rates of 2019, indexed (45 CFR 149.140(c)(1)), rounded to the cent or
the dollar on its way. Medicare's amount lies some way below it, and published rates of today have drifted from it by a
few percent a year: how far is an assumption. Each payer has one insurance market here, which no remittance would tell.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from random import Random

import pytest
from msgspec.structs import replace

from services.benchmark.adapters.shipped import qpa_increases
from services.benchmark.domain.qpa import Disclosed, audit, increase

SOUND = 10_000
_CENT, _DOLLAR = Decimal("0.01"), Decimal(1)


def _stands(dice: Random, drift: float) -> int:
    """The percentile of a QPA among 30 rates of today: their spread is 35 %, and their middle is not the QPA's."""
    rates = [dice.gauss(drift, 0.35) for _ in range(30)]
    return round(100 * sum(rate < 0 for rate in rates) / len(rates))


def made(dice: Random, least: int) -> list[Disclosed]:
    """Sound QPAs of services, each disclosed several times in some of the years 2022 to 2026."""
    found: list[Disclosed] = []
    service = 0
    while len(found) < least:
        service += 1
        base = math.exp(dice.gauss(5.3, 1.0))
        medicare = base / max(dice.gauss(1.5, 0.12), 1.02)
        drift, unit = dice.gauss(0, 0.06), dice.choice((_CENT, _DOLLAR))
        for year in range(2022, 2027):
            factor = increase(2019, year, qpa_increases())
            assert factor is not None
            amount = max((Decimal(base) * factor[0]).quantize(unit, ROUND_HALF_UP), _DOLLAR)
            for _ in range(dice.choice((0, 0, 1, 2, 4))):
                found.append(
                    Disclosed(
                        claim_id=f"c{len(found)}", line=1, payer=f"P{service % 40}", code=f"{service:05d}",
                        modifiers=(), region="state:TX", year=year, amount=amount,
                        allowed=amount * (1 if dice.random() < 0.7 else Decimal("1.3")),
                        medicare=Decimal(medicare * float(factor[0])).quantize(_CENT) if dice.random() < 0.8 else None,
                        stands=_stands(dice, drift) if dice.random() < 0.5 else None, rates="TiC",
                    )
                )  # fmt: skip
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_of_sound_qpas_at_most_one_in_a_hundred_is_asked_about(seed: int) -> None:
    sound = made(Random(seed), SOUND)
    asked = {claim for found in audit(sound, qpa_increases()) for claim in found.claims}
    assert len(asked) <= len(sound) / 100, f"{len(asked)} of {len(sound)}"


@pytest.mark.parametrize(("seed", "factor"), [(3, "0.80"), (4, "0.80"), (5, "1.20")])
def test_of_qpas_wrong_by_a_fifth_nineteen_in_twenty_are_found(seed: int, factor: str) -> None:
    """One wrong QPA of a service that was disclosed at least twice: nothing can be said of one that stands alone."""
    dice = Random(seed)
    disclosed = made(dice, SOUND)
    places: dict[str, list[int]] = {}
    for n, one in enumerate(disclosed):
        places.setdefault(one.code, []).append(n)
    wrong: set[str] = set()
    for many in places.values():
        if len(many) > 1 and dice.random() < 0.5:
            n = dice.choice(many)
            amount = (disclosed[n].amount * Decimal(factor)).quantize(_CENT)
            if abs(amount - disclosed[n].amount) < 2:  # of a few dollars: no more than rounding makes of them
                continue
            disclosed[n] = replace(disclosed[n], amount=amount, allowed=max(amount, disclosed[n].allowed))
            wrong.add(disclosed[n].claim_id)
    asked = {claim for found in audit(disclosed, qpa_increases()) for claim in found.claims}
    assert len(wrong) > 300
    assert len(wrong & asked) >= 0.95 * len(wrong), f"{len(wrong & asked)} of {len(wrong)}"
