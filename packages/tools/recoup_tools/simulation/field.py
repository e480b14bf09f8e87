"""The country's disputes as the record has them, played through the payer model: do CMS's figures come out?

Services stand in the shares of determinations of 2025Q2; providers' offers are log-normal about a median of their
service. Nothing of ours is in it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from statistics import NormalDist, median
from typing import NamedTuple

import msgspec

from recoup_tools.demo.dice import Dice
from recoup_tools.demo.idr_model import FITTED, IdrModel
from recoup_tools.demo.payer import answer
from recoup_tools.demo.payer_memory import ClaimFile
from recoup_tools.demo.payer_profiles import PROFILES
from shared.events.claims import RemittanceFacts, RemittanceLine
from shared.events.idr import IdrInitiated
from shared.events.payer import PayerIdrDetermination
from shared.money import cents

_BEGUN = date(2025, 4, 1)
_STANDARD = NormalDist()
_STEPS = 1_000_000
SPREAD = 0.70
"""Standard deviation of the logarithm of providers' offers: (ln p75 − ln p25) / 1.349 is 0.62 on air ambulances' lines,
which are of one service; physicians' are of many codes."""


class Service(NamedTuple):
    """A service of CMS's Table 14: its code here, determinations of 2025Q2, and the median of providers' offers.

    CMS prints the median of the offers that were chosen, of either side: with an eighth of payers' among them it lies
    an eighth below that of providers'.
    """

    name: str
    code: str
    determinations: int
    median_offer: float


FIELD = (
    Service("emergency", "99285", 286_070, 3.50),
    Service("radiology", "74177", 113_968, 5.75),
    Service("anesthesia", "00790", 59_141, 3.50),
    Service("surgery", "27447", 48_614, 14.9),
    Service("neurology", "95941", 42_152, 32.2),
    Service("pathology", "88305", 26_623, 5.05),
    Service("critical care", "99291", 13_830, 3.80),
)


class FieldFigures(msgspec.Struct, frozen=True):
    """What the disputes came to: shares of determinations (the last one of all that were closed), multiples, days."""

    disputes: int
    provider_share: float
    one_party_share: float
    ineligible_share: float
    winning_multiple: Mapping[str, float]
    median_days: float
    p90_days: float


def play_field(count: int, seed: int, idr: IdrModel = FITTED) -> FieldFigures:
    """Play `count` disputes; the same arguments give the same figures."""
    kinds: Counter[str] = Counter()
    winning: dict[str, list[float]] = defaultdict(list)
    days: list[int] = []
    weights = tuple((service, service.determinations) for service in FIELD)
    profile = msgspec.structs.replace(PROFILES[0][0], idr=idr)
    for number in range(count):
        dice = Dice("field", seed, number)
        service = dice.weighted(weights)
        qpa = Decimal(dice.between(60, 900))
        drawn = _STANDARD.inv_cdf((dice.below(_STEPS) + 0.5) / _STEPS)
        offer = cents(qpa * Decimal(repr(round(service.median_offer * math.exp(SPREAD * drawn), 4))))
        claim = f"field-{seed}-{number}"
        begun = IdrInitiated(
            claim_id=claim, case_id=claim, initiated_on=_BEGUN, offer=offer, administrative_fee=Decimal(115),
            entity_fee=Decimal(520), determination_due_on=_BEGUN,
        )  # fmt: skip
        (determination,) = answer(begun, _BEGUN, _file(claim, service.code, qpa, offer), profile, seed=seed)
        days.append((determination.on - _BEGUN).days)
        if not isinstance(determination.event, PayerIdrDetermination):
            kinds["ineligible"] += 1
            continue
        kinds["determined"] += 1
        kinds["one party"] += bool(determination.event.default_of)
        kinds["provider"] += determination.event.prevailing == "provider"
        winning[service.name].append(float(determination.event.award / qpa))
    days.sort()
    return FieldFigures(
        disputes=count,
        provider_share=kinds["provider"] / kinds["determined"],
        one_party_share=kinds["one party"] / kinds["determined"],
        ineligible_share=kinds["ineligible"] / count,
        winning_multiple={name: median(found) for name, found in winning.items()},
        median_days=median(days),
        p90_days=float(days[math.ceil(0.9 * len(days)) - 1]),
    )


def _file(claim: str, code: str, qpa: Decimal, offer: Decimal) -> ClaimFile:
    charge = max(qpa * 4, offer)
    line = RemittanceLine(line=1, code=code, charge=charge, paid=qpa, allowed=qpa, qpa=qpa)
    facts = RemittanceFacts(
        remittance_id=claim, status="1", charge=charge, paid=qpa, patient_responsibility=Decimal(0), paid_on=_BEGUN,
        received_on=_BEGUN, lines=(line,),
    )  # fmt: skip
    return ClaimFile(claim_id=claim, standing=facts, disputed=(1,), federal=True)
